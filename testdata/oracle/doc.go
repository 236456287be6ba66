// SPDX-License-Identifier: Apache-2.0

// Package oracle holds fgpreflight's evaluator of Dockerfiles against those
// who decide what a Dockerfile means: buildkit's own conversion, and the images
// that a Docker Engine builds.
//
// It is a module of its own because buildkit's conversion needs more than twice
// as many modules as the program does. Run it with
//
//	cd testdata/oracle && go test ./...
package oracle
