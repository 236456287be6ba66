// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"io"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// GitHub drops a summary of more than 1 MiB, so that fixes and then whole
// targets are left out, and that is said.
func TestMarkdownIsBounded(t *testing.T) {
	long := strings.Repeat("long ", 500)
	for _, c := range []struct {
		name             string
		targets, each    int
		fixes, omissions string // what must be there
	}{
		{"all of it", 3, 20, "How to mend 20 findings", ""},
		{"without fixes", 1, 200, "left out, as the page would be too long: how to mend 200 findings", ""},
		{"without targets", 8, 100, ": how to mend 100 findings", "too long: 6 targets"},
		{"rows of targets", 12000, 0, "", "left out, as the page would be too long: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			var reports []*check.Report
			for range c.targets {
				reports = append(reports, many(c.each, long))
			}
			page := write(t, func(w io.Writer) error { return report.Markdown(w, reports, plain) })
			if len(page) > 1<<20 {
				t.Errorf("the page has %d bytes", len(page))
			}
			if !strings.Contains(page, c.fixes) {
				t.Errorf("%q is missing", c.fixes)
			}
			if !strings.Contains(page, c.omissions) {
				t.Errorf("%q is missing", c.omissions)
			}
			if !strings.Contains(page, "exit code ") {
				t.Error("the exit code is missing")
			}
		})
	}
}

// A text from outside is shown as it is, and is no markup.
func TestMarkdownEscapes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"USER root, at /etc/passwd:3 (80%)", "USER root, at /etc/passwd:3 (80%)"},
		{"a | b", `a \| b`},
		{"*a* _b_ `c` ~d~ $e$", "\\*a\\* \\_b\\_ \\`c\\` \\~d\\~ \\$e\\$"},
		{"<a> [b](c) &lt; @d #1", `\<a\> \[b\](c) \&lt; \@d \#1`},
		{"http://a www.b WWW.c aww.d", `http\://a www\.b WWW\.c aww.d`},
		{"  - a", `\- a`},
		{"+ a", `\+ a`},
		{"=", `\=`},
		{"::add-mask::a", `\::add-mask::a`},
		{"10. a 2. b", `10\. a 2. b`},
		{"10) a", `10\) a`},
		{"1.0", `1\.0`},
		{`a\b`, `a\\b`},
	} {
		page := write(t, func(w io.Writer) error { return report.Markdown(w, []*check.Report{many(1, c.text)}, plain) })
		if !strings.Contains(page, " | "+c.want+" | ") {
			t.Errorf("%q is not written as %q in:\n%s", c.text, c.want, page)
		}
	}
}
