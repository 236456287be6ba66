// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fatih/color"

	"github.com/fgpreflight/fgpreflight/check"
)

// maxExcerpts is how many lines of the Dockerfile a row shows.
const maxExcerpts = 3

// excerpts writes the lines of the Dockerfile that the locations name, each
// once, with the places in them marked as compilers do. A FROM line shows
// nothing of what is inherited through it, and is left out:
//
//	7 | USER root
//	  |      ^~~~
func (t *textReport) excerpts(at []check.Location, paint *color.Color) {
	var numbers []int
	places := map[int][]check.Location{}
	for _, l := range at[:min(maxLocations, len(at))] {
		if !t.report.Info.InText(l) || l.Base != "" {
			continue
		}
		if places[l.Line] == nil {
			numbers = append(numbers, l.Line)
		}
		places[l.Line] = append(places[l.Line], l)
	}
	for _, number := range numbers[:min(maxExcerpts, len(numbers))] {
		t.excerpt(number, places[number], paint)
	}
}

// excerpt writes one line of the Dockerfile and the marks below it. A line
// that is not there, or shows nothing by itself, is left out.
func (t *textReport) excerpt(number int, places []check.Location, paint *color.Color) {
	lines := t.textLines()
	if number > len(lines) {
		return
	}
	line := strings.TrimSuffix(lines[number-1], "\r")
	if strings.TrimSpace(line) == "" || columns(line) == 0 {
		return
	}
	gutter := fmt.Sprintf("  %4d | ", number)
	x := newExcerpt(line)
	var spans []span
	for _, l := range places {
		if s, ok := x.span(l); ok {
			spans = append(spans, s)
		}
	}
	x.cut(spans, t.width-len(gutter))
	t.line(t.paint.faint.Sprint(gutter), x.String())
	if marks := x.marks(spans); marks != "" {
		empty := strings.Repeat(" ", len(gutter)-2) + "| "
		t.line(t.paint.faint.Sprint(empty), paint.Sprint(marks))
	}
}

// textLines returns the lines of the Dockerfile.
func (t *textReport) textLines() []string {
	if t.lines == nil {
		t.lines = t.report.Info.Lines()
	}
	return t.lines
}

// excerpt is a line of a text as it is shown.
type excerpt struct {
	cells    []string // each character of the line
	from, to int      // the cells that are shown
}

// newExcerpt returns the line with all of its characters shown, as safe as
// [Sanitise] makes them, and with tabs as wide everywhere.
func newExcerpt(line string) *excerpt {
	x := &excerpt{}
	for line != "" {
		cell, size := visible(line)
		if line[0] == '\t' {
			cell = "    "
		}
		x.cells = append(x.cells, cell)
		line = line[size:]
	}
	x.to = len(x.cells)
	return x
}

// span is the cells from one index up to another.
type span struct{ from, to int }

// span returns the cells of a location: without a column all but the blanks at
// both ends, without a width one. It reports false for a column that the line
// does not have.
func (x *excerpt) span(l check.Location) (s span, ok bool) {
	if l.Column > len(x.cells) {
		return span{}, false
	}
	if l.Column > 0 {
		from := l.Column - 1
		return span{from, from + min(max(l.Width, 1), len(x.cells)-from)}, true
	}
	blank := func(cell string) bool { return strings.TrimSpace(cell) == "" }
	s.to = len(x.cells)
	for s.from < s.to && blank(x.cells[s.from]) {
		s.from++
	}
	for s.to > s.from && blank(x.cells[s.to-1]) {
		s.to--
	}
	return s, s.from < s.to
}

// cut leaves as much of a line that is wider than the page as fits around the
// start of the first span, more behind it than before it.
func (x *excerpt) cut(spans []span, width int) {
	if x.columns(0, len(x.cells)) <= width {
		return
	}
	start := 0
	if len(spans) > 0 {
		start = spans[0].from
	}
	width -= 2 * columns(ellipsis)
	x.from, x.to = start, start
	x.growRight(width * 2 / 3)
	x.growLeft(width)
	x.growRight(width)
}

func (x *excerpt) growRight(width int) {
	used := x.columns(x.from, x.to)
	for x.to < len(x.cells) {
		if used += columns(x.cells[x.to]); used > width {
			return
		}
		x.to++
	}
}

func (x *excerpt) growLeft(width int) {
	used := x.columns(x.from, x.to)
	for x.from > 0 {
		if used += columns(x.cells[x.from-1]); used > width {
			return
		}
		x.from--
	}
}

// columns returns how wide the cells from one index up to another are.
func (x *excerpt) columns(from, to int) int {
	n := 0
	for _, cell := range x.cells[from:to] {
		n += columns(cell)
	}
	return n
}

// lead is what stands before the first cell that is shown.
func (x *excerpt) lead() string {
	if x.from > 0 {
		return ellipsis
	}
	return ""
}

// String returns the line as far as it is shown.
func (x *excerpt) String() string {
	tail := ""
	if x.to < len(x.cells) {
		tail = ellipsis
	}
	return x.lead() + strings.Join(x.cells[x.from:x.to], "") + tail
}

// marks returns what stands below the line: a caret at the start of each span
// that is shown, and tildes below the rest of it.
func (x *excerpt) marks(spans []span) string {
	lead := columns(x.lead())
	marks := slices.Repeat([]byte(" "), lead+x.columns(x.from, x.to))
	for _, s := range spans {
		if s.from < x.from || s.from >= x.to {
			continue
		}
		// A mark that combines with the last character has no column of its own.
		start := min(lead+x.columns(x.from, s.from), len(marks)-1)
		end := lead + x.columns(x.from, min(s.to, x.to))
		for i := start; i < end; i++ {
			if marks[i] == ' ' {
				marks[i] = '~'
			}
		}
		marks[start] = '^'
	}
	return strings.TrimRight(string(marks), " ")
}
