// SPDX-License-Identifier: Apache-2.0

// Package readers reads the reports that fgpreflight writes for pipelines with
// programs that others wrote for that: schemas, parsers and renderers.
//
// It is a module of its own because nothing else needs theirs. TAP is read by
// the parser that comes with Perl. Run it with
//
//	cd testdata/readers && go test ./...
package readers
