// SPDX-License-Identifier: Apache-2.0

package report

import (
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
// becomes a visible escape as in Go, "\x1b" or "\u202e". A result longer than
// limit bytes is cut and ends in "…"; the least limit is 16. Sanitising twice
// changes nothing.
func Sanitise(s string, limit int) string {
	limit = max(limit, 16)
	var b strings.Builder
	fits := 0 // length of the longest prefix that leaves room for the ellipsis
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		b.WriteString(visible(r, s[:size]))
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

// visible returns how the character r, decoded from text, is shown. What is
// invalid decodes to utf8.RuneError, which Quote tells from a real one.
func visible(r rune, text string) string {
	if strconv.IsPrint(r) && r != utf8.RuneError {
		return text
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

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
