// SPDX-License-Identifier: Apache-2.0

// Package report writes what package check found out: as text for a person at
// a terminal or a pipeline's log, as JSON, and in the formats that pipelines
// show by themselves: SARIF, JUnit, workflow commands of GitHub, Code Quality
// of GitLab, Checkstyle, TAP and Markdown. It also writes the documentation of
// the rules.
//
// Each writer composes its output first and writes it with one call, so that a
// report is never mixed with another; the error is that of the writer. Every
// string that came from outside passes through [Sanitise], or is escaped as an
// address is.
package report
