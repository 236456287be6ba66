// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"

	"github.com/fgpreflight/fgpreflight/check"
)

// Summary writes what became of several targets, one line each, and the exit
// code with its reason. It follows their texts, after an empty line.
func Summary(w io.Writer, reports []*check.Report, o TextOptions) error {
	p := newPage(o.Style)
	p.line(p.paint.bold.Sprint(plural(len(reports), "target")))
	for _, r := range reports {
		p.target(r, o.Gate)
	}
	p.line()
	p.line(exitReason(reports, o.Gate))
	return p.flush(w)
}

func (p *page) target(r *check.Report, g check.Gate) {
	v := judge(r, g)
	paint, symbol := p.paint.red, "✗"
	if v.code == check.ExitOK {
		paint, symbol = p.paint.green, "✓"
	}
	const indent = 15
	parts := sortRows(r)
	text := Sanitise(r.Info.Target, maxWord) + ": " + parts.counts()
	p.paragraph(paint.Sprint(pad("  "+symbol+" "+v.word, indent)), indent, text)
}

// exitReason returns the last line: the exit code and how many targets caused
// it.
func exitReason(reports []*check.Report, g check.Gate) string {
	code := ExitCode(reports, g)
	n := 0
	for _, r := range reports {
		if r.ExitCode(g) == code {
			n++
		}
	}
	switch code {
	case check.ExitOK:
		return "exit code 0: every target passed"
	case check.ExitIncomplete:
		return fmt.Sprintf("exit code %d: %s could not be checked completely", code, plural(n, "target"))
	default:
		return fmt.Sprintf("exit code %d: %s failed", code, plural(n, "target"))
	}
}
