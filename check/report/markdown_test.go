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
