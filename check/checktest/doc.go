// SPDX-License-Identifier: Apache-2.0

// Package checktest makes images from small text cases and serves them as each
// kind of target, so that a rule is tested on exactly what users bring.
//
// A case is a txtar archive. Its comment tells the story in a sentence; its
// files describe the image and what is expected:
//
//	config.json     the "config" object of the image config; {} by default
//	image.json      platform, media types, index and other traits, or how a Dockerfile is built: [Traits]
//	function.yaml   the function's settings, as .fgpreflight.yaml holds them
//	reference       the name that the image has in its registry
//	files           entries of the layer, in order: see [ParseFiles]
//	rootfs/PATH     contents of a file of the layer
//	layer2/files    the same for the second layer, and so on
//	Dockerfile      in place of all of these but image.json and function.yaml: a Dockerfile
//	want            the rows expected of the rules that the case is about
package checktest
