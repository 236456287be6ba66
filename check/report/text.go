// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/fgpreflight/fgpreflight/check"
)

// TextOptions is how [Text] and [Summary] write.
type TextOptions struct {
	Style
	Gate    check.Gate
	Verbose bool // every row with its evidence and the facts it asked for
	// Baseline is the file of the baseline, for the line about what it hides.
	Baseline string
}

// Text writes the report of one target for people. It ends with a line that
// says what to do next. Reports of several targets are to be separated by an
// empty line and to be closed by [Summary].
func Text(w io.Writer, r *check.Report, o TextOptions) error {
	t := &textReport{page: newPage(o.Style), report: r, options: o, rows: sortRows(r)}
	t.header()
	t.notices()
	t.troubles()
	for _, result := range t.rows.failed {
		t.failure(result)
	}
	t.suppressions()
	t.log()
	t.unknowns()
	if o.Verbose {
		t.rest()
	} else {
		t.restInShort()
	}
	t.figures()
	t.ending()
	return t.flush(w)
}

// textReport is a report while it is written.
type textReport struct {
	*page
	report  *check.Report
	options TextOptions
	rows    rows
	lines   []string // of the Dockerfile, once one was shown
}

// mark is how an entry begins.
type mark struct {
	symbol, word string
	paint        *color.Color
}

// markWidth is the columns of a mark with the space behind it.
const markWidth = 11

func (t *textReport) mark(m mark) string {
	return m.paint.Sprint(m.symbol+" "+m.word) + strings.Repeat(" ", markWidth-2-columns(m.word))
}

func (t *textReport) severityMark(s check.Severity) mark {
	switch s {
	case check.Error:
		return mark{"✗", s.String(), t.paint.red}
	case check.Warning:
		return mark{"!", s.String(), t.paint.yellow}
	case check.Note:
		return mark{"·", s.String(), t.paint.cyan}
	}
	return mark{"?", "failed", t.paint.red}
}

// failure writes one failed rule: what is wrong, where, and how to mend it.
func (t *textReport) failure(r check.Result) {
	m := t.severityMark(r.Severity)
	t.entry(m, r)
	t.indented(2, Sanitise(r.Message, maxMessage))
	t.excerpts(r.At, m.paint)
	t.fix(r.Fix)
	t.asked(r)
}

// suppressions writes what the user lets through: a row for each failed rule,
// and one line for those of the baseline unless verbose.
func (t *textReport) suppressions() {
	for _, result := range t.rows.suppressed {
		if !result.Baseline || t.options.Verbose {
			t.suppressed(result)
		}
	}
	if hidden := t.rows.inBaseline(); hidden > 0 && !t.options.Verbose {
		verb := "are"
		if hidden == 1 {
			verb = "is"
		}
		t.line()
		t.paragraph(t.mark(mark{"~", "known", t.paint.faint}), markWidth,
			fmt.Sprintf("%s of the baseline %s %s hidden", plural(hidden, "finding"), Sanitise(t.options.Baseline, maxWord), verb))
	}
}

// suppressed writes one failed rule that the user lets through.
func (t *textReport) suppressed(r check.Result) {
	m := mark{"~", r.Severity.String(), t.paint.faint}
	t.entry(m, r)
	t.indented(2, Sanitise(r.Message, maxMessage))
	t.excerpts(r.At, m.paint)
	t.labelled("suppressed:", Sanitise(r.Suppressed, maxMessage))
	if t.options.Verbose {
		t.fix(r.Fix)
	}
	t.asked(r)
}

// entry writes the first line of a row: the rule and where it was decided.
func (t *textReport) entry(m mark, r check.Result) {
	t.line()
	head := pad(ruleName(r.Rule), t.nameWidth())
	where := t.places(r.At)
	switch {
	case where == "":
		t.line(t.mark(m), t.paint.bold.Sprint(ruleName(r.Rule)))
	case markWidth+columns(head)+2+columns(where) <= t.width:
		t.line(t.mark(m), t.paint.bold.Sprint(head), "  ", t.paint.faint.Sprint(where))
	default:
		t.line(t.mark(m), t.paint.bold.Sprint(ruleName(r.Rule)))
		t.labelled("at:", where)
	}
}

func ruleName(r *check.Rule) string { return r.ID + " " + r.Name }

// nameWidth returns the width of the longest name among the rows that are
// written with a location.
func (t *textReport) nameWidth() int {
	width := 0
	for _, r := range t.report.Results {
		if t.options.Verbose || r.Outcome == check.Fail {
			width = max(width, columns(ruleName(r.Rule)))
		}
	}
	return width
}

// maxPlaces is how many locations a row shows unless verbose.
const maxPlaces = 3

func (t *textReport) places(at []check.Location) string {
	limit := maxPlaces
	if t.options.Verbose {
		limit = maxLocations
	}
	at = distinct(at)
	var out []string
	for _, l := range at[:min(limit, len(at))] {
		out = append(out, Sanitise(l.Place(), maxWord))
	}
	text := strings.Join(out, ", ")
	if more := len(at) - len(out); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// distinct returns the locations, each place once.
func distinct(at []check.Location) []check.Location {
	var out []check.Location
	seen := map[string]bool{}
	for _, l := range at {
		if place := l.Place(); !seen[place] {
			seen[place] = true
			out = append(out, l)
		}
	}
	return out
}

// labelled writes "  label text", wrapped behind the label.
func (t *textReport) labelled(label, text string) {
	t.paragraph("  "+t.paint.bold.Sprint(label)+" ", 3+columns(label), text)
}

// fix writes how to mend a failure. Its first block of lines is prose and gets
// wrapped, and so is a later one that ends in a colon and does not itself
// follow a colon. Any other block is to be typed and keeps its lines.
func (t *textReport) fix(fix string) {
	const label = "fix:"
	const indent = 3 + len(label)
	for i, block := range blocks(sanitiseLines(fix, maxFix)) {
		switch {
		case i == 0:
			t.labelled(label, strings.Join(block.lines, " "))
		case block.typed:
			for _, line := range block.lines {
				t.line(strings.Repeat(" ", indent+2), line)
			}
		default:
			t.indented(indent, strings.Join(block.lines, " "))
		}
	}
}

// block is lines of a fix that no empty line divides.
type block struct {
	lines []string
	typed bool // to be typed, else prose
}

func blocks(lines []string) []block {
	var out []block
	for start := 0; start < len(lines); {
		end := start
		for end < len(lines) && lines[end] != "" {
			end++
		}
		if end > start {
			next := block{lines: lines[start:end]}
			if len(out) > 0 {
				before := out[len(out)-1]
				next.typed = !next.leads() || !before.typed && before.leads()
			}
			out = append(out, next)
		}
		start = end + 1
	}
	return out
}

// leads reports whether the block announces what follows it.
func (b block) leads() bool { return strings.HasSuffix(b.lines[len(b.lines)-1], ":") }

// asked writes which facts decided the row.
func (t *textReport) asked(r check.Result) {
	if t.options.Verbose && len(r.Asked) > 0 {
		t.labelled("asked:", Sanitise(strings.Join(r.Asked, ", "), maxMessage))
	}
}

// restInShort writes the rules that need no attention by their IDs.
func (t *textReport) restInShort() {
	if len(t.rows.passed)+len(t.rows.notApplicable) > 0 {
		t.line()
	}
	t.ids(mark{"✓", "passed", t.paint.green}, t.rows.passed)
	t.ids(mark{"-", "n/a", t.paint.faint}, t.rows.notApplicable)
}

func (t *textReport) ids(m mark, results []check.Result) {
	if len(results) == 0 {
		return
	}
	t.paragraph(t.mark(m), markWidth, strings.Join(ids(results), " "))
}

func ids(results []check.Result) []string {
	var out []string
	for _, r := range results {
		out = append(out, r.Rule.ID)
	}
	return out
}

// rest writes the rules that need no attention with their evidence.
func (t *textReport) rest() {
	for _, r := range t.rows.passed {
		t.calm(mark{"✓", "passed", t.paint.green}, r)
	}
	for _, r := range t.rows.notApplicable {
		t.calm(mark{"-", "n/a", t.paint.faint}, r)
	}
}

func (t *textReport) calm(m mark, r check.Result) {
	t.entry(m, r)
	t.indented(2, Sanitise(r.Message, maxMessage))
	t.excerpts(r.At, m.paint)
	if r.Suppressed != "" {
		t.labelled("suppression not needed:", Sanitise(r.Suppressed, maxMessage))
	}
	t.asked(r)
}
