// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"

	"github.com/fgpreflight/fgpreflight/check"
)

// Line is what [Summary] says of one target. It is small, and its report may be
// forgotten.
type Line struct {
	Code                    int // the exit code that the report alone would have
	target, verdict, counts string
}

// NewLine returns the line of a report.
func NewLine(r *check.Report, g check.Gate) Line {
	v, parts := judge(r, g), sortRows(r)
	return Line{v.code, Sanitise(r.Info.Target, maxWord), v.word, parts.counts()}
}

func newLines(reports []*check.Report, g check.Gate) []Line {
	out := make([]Line, 0, len(reports))
	for _, r := range reports {
		out = append(out, NewLine(r, g))
	}
	return out
}

// Summary writes what became of several targets, one line each, and the exit
// code with its reason. It follows their texts, after an empty line.
func Summary(w io.Writer, lines []Line, s Style) error {
	p := newPage(s)
	p.line(p.paint.bold.Sprint(plural(len(lines), "target")))
	for _, l := range lines {
		p.target(l)
	}
	p.line()
	p.line(exitReason(lines))
	return p.flush(w)
}

func (p *page) target(l Line) {
	paint, symbol := p.paint.red, "✗"
	if l.Code == check.ExitOK {
		paint, symbol = p.paint.green, "✓"
	}
	const indent = 15
	p.paragraph(paint.Sprint(pad("  "+symbol+" "+l.verdict, indent)), indent, l.target+": "+l.counts)
}

// exitReason returns the last line: the exit code and how many targets caused
// it.
func exitReason(lines []Line) string {
	code, n := check.ExitOK, 0
	for _, l := range lines {
		if l.Code > code {
			code, n = l.Code, 0
		}
		if l.Code == code {
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
