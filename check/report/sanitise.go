// SPDX-License-Identifier: Apache-2.0

package report

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The longest strings that a report shows, in bytes. What came from outside
// may be of any size.
const (
	maxWord    = 512   // names, digests, locations
	maxMessage = 2048  // messages, reasons, errors
	maxFix     = 16384 // fixes, all their lines together
)

// ellipsis ends a string that was cut.
const ellipsis = "…"

// Sanitise returns s as one line that is safe to show: what is not printable
// (control characters, line breaks, tabs, invalid UTF-8, marks that turn the
// direction of writing, invisible characters, spaces other than the plain one)
// becomes a visible escape as in Go, "\x1b" or "\u202e". So does the beginning
// of what a pipeline would take for a command in its log, see [logCommand]. A
// result longer than limit bytes is cut and ends in "…"; the least limit is 16.
// Sanitising twice changes nothing.
func Sanitise(s string, limit int) string {
	limit = max(limit, 16)
	var b strings.Builder
	fits := 0 // length of the longest prefix that leaves room for the ellipsis
	for len(s) > 0 {
		shown, size := visible(s)
		b.WriteString(shown)
		s = s[size:]
		if b.Len() <= limit-len(ellipsis) {
			fits = b.Len()
		}
		if b.Len() > limit {
			return b.String()[:fits] + ellipsis
		}
	}
	return b.String()
}

// visible returns how the first character of s is shown, and its size in
// bytes. What is invalid decodes to utf8.RuneError, which Quote tells from a
// real one.
func visible(s string) (shown string, size int) {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == '#' && logCommand.MatchString(s):
		return `\x23`, size
	case strconv.IsPrint(r) && r != utf8.RuneError:
		return s[:size], size
	}
	quoted := strconv.Quote(s[:size])
	return quoted[1 : len(quoted)-1], size
}

// logCommand is what pipelines obey wherever they read it in a log: that of
// GitHub Actions "##[name]", those of Azure "##vso[name]" and of TeamCity
// "##teamcity[name]".
var logCommand = regexp.MustCompile(`^##[a-z]*\[`)

// commandLine is a line that GitHub Actions obeys: a workflow command.
var commandLine = regexp.MustCompile(`(?m)^( *):(:[A-Za-z])`)

// withoutCommands returns the lines of a text with each that would be a
// workflow command made visible as such.
func withoutCommands(text []byte) []byte { return commandLine.ReplaceAll(text, []byte(`$1\x3a$2`)) }

// sanitiseLines returns the lines of s, each sanitised, together no longer
// than limit bytes, give or take one line's ellipsis. Tabs become four spaces.
func sanitiseLines(s string, limit int) []string {
	var out []string
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		line = Sanitise(strings.ReplaceAll(line, "\t", "    "), limit)
		out = append(out, line)
		if limit -= len(line) + 1; limit <= 0 {
			return append(out, ellipsis)
		}
	}
	return out
}
