// SPDX-License-Identifier: Apache-2.0

// Package source opens targets: it turns what the user names, a reference, an
// archive, a layout or an engine's image, into a [check.Subject].
//
// [Detect] tells the kinds of target apart. Each source then fills in the same
// small structure: how to get the config, the manifest and the layers. The
// facts are computed from it in one place, so that a rule sees no difference
// between the sources.
//
// Everything that is read is hostile. JSON texts, entries of archives,
// requests, redirects and decompressed bytes are bounded, manifests and configs
// are compared with their digests, and nothing is unpacked to disk. Only an
// archive that is compressed or comes from a stream is copied to a temporary
// file first.
package source
