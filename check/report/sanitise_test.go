// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fgpreflight/fgpreflight/check/report"
)

func TestSanitise(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", `USER "app" 50 % <a&b> 'x'`, `USER "app" 50 % <a&b> 'x'`},
		{"letters of other scripts", "função 函数 ✗ é", "função 函数 ✗ é"},
		{"escape sequence", "\x1b[31m", `\x1b[31m`},
		{"line breaks and tabs", "a\r\nb\tc\v\f", `a\r\nb\tc\v\f`},
		{"nul, bell, backspace, delete", "\x00\a\b\x7f", `\x00\a\b\x7f`},
		{"C1", "\u0085\u009b", `\u0085\u009b`},
		{"direction", "\u202a\u202e\u2066\u2069\u200e\u200f\u061c", `\u202a\u202e\u2066\u2069\u200e\u200f\u061c`},
		{"separators", "\u2028\u2029", `\u2028\u2029`},
		{"invisible", "\u200b\u200d\ufeff\u00ad\U000e0041", `\u200b\u200d\ufeff\u00ad\U000e0041`},
		{"odd spaces", "a\u00a0b\u3000c", `a\u00a0b\u3000c`},
		{"invalid UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"surrogate in UTF-8", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"replacement character", "\ufffd", "\ufffd"},
		{"backslash", `\x1b`, `\x1b`},
		{"command of GitHub", "a ##[add-mask]b ##[", `a \x23#[add-mask]b \x23#[`},
		{"commands of others", "##vso[x]##teamcity[y]###[z]", `\x23#vso[x]\x23#teamcity[y]#\x23#[z]`},
		{"no commands", "## [a] #[b] ##A[c] ##", "## [a] #[b] ##A[c] ##"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := report.Sanitise(c.in, 200); got != c.want {
				t.Errorf("Sanitise(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestSanitiseLimit(t *testing.T) {
	for _, c := range []struct {
		name, in string
		limit    int
		want     string
	}{
		{"fits exactly", strings.Repeat("a", 20), 20, strings.Repeat("a", 20)},
		{"one too long", strings.Repeat("a", 21), 20, strings.Repeat("a", 17) + "…"},
		{"an escape is not cut", strings.Repeat("a", 15) + "\x1b" + "bbbb", 20, strings.Repeat("a", 15) + "…"},
		{"a character is not cut", strings.Repeat("é", 11), 20, strings.Repeat("é", 8) + "…"},
		{"least limit", strings.Repeat("a", 30), -1, strings.Repeat("a", 13) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := report.Sanitise(c.in, c.limit); got != c.want {
				t.Errorf("Sanitise(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
			}
		})
	}
}

func FuzzSanitise(f *testing.F) {
	f.Add(evil, 16)
	f.Add(strings.Repeat("\U0010ffff", 10), 40)
	f.Add("plain", 0)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		got := report.Sanitise(s, limit)
		for _, r := range got {
			if !strconv.IsPrint(r) {
				t.Errorf("%q is left in %q", r, got)
			}
		}
		if !utf8.ValidString(got) {
			t.Errorf("%q is not valid UTF-8", got)
		}
		if len(got) > max(limit, 16) {
			t.Errorf("%d bytes are over the limit %d", len(got), limit)
		}
		if again := report.Sanitise(got, limit); again != got {
			t.Errorf("a second time turns %q into %q", got, again)
		}
		if strconv.Quote(s) == `"`+s+`"` && len(s) <= limit && !strings.Contains(s, "##") && got != s {
			t.Errorf("harmless %q became %q", s, got)
		}
	})
}
