// SPDX-License-Identifier: Apache-2.0

// Package report writes what package check found out: as text for a person at
// a terminal or a pipeline's log, and as one JSON document for programs. It
// also writes the documentation of the rules.
//
// Each writer composes its output first and writes it with one call, so that a
// report is never mixed with another; the error is that of the writer. Every
// string that came from outside passes through [Sanitise].
package report
