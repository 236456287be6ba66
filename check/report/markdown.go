// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// maxMarkdown is how many bytes [Markdown] writes at most: GitHub drops a
// summary of more than 1 MiB as a whole.
const maxMarkdown = 1 << 20

// maxOverview and maxSections are where its table of the targets and their
// parts end at the latest, with some room for what follows them.
const (
	maxOverview = maxMarkdown / 2
	maxSections = maxMarkdown - 1024
)

// Markdown writes the reports in the Markdown of GitHub, for the summary of a
// job: a table of the targets, and for each a table of its failures, with how
// to mend them and the rules that did not fail folded away. What would make it
// longer than 1 MiB is left out, and said to be.
func Markdown(w io.Writer, reports []*check.Report, o Options) error {
	var b bytes.Buffer
	b.WriteString("## fgpreflight\n\n| | Target | Rules |\n| --- | --- | --- |\n")
	left := 0
	for _, r := range reports {
		row := markdownOverview(r, o)
		if b.Len()+len(row) > maxOverview {
			left++
			continue
		}
		b.WriteString(row)
	}
	writeOmission(&b, left, plural(left, "target"))
	fmt.Fprintf(&b, "\n%s\n", exitReason(newLines(reports, o.Gate)))
	left = 0
	for _, r := range reports {
		m := &markdownReport{report: r, options: o, rows: sortRows(r)}
		section := m.section(true)
		if b.Len()+len(section) > maxSections {
			section = m.section(false)
			if b.Len()+len(section) > maxSections {
				left++
				continue
			}
		}
		b.Write(section)
	}
	writeOmission(&b, left, plural(left, "target"))
	return writeAll(w, b.Bytes())
}

// writeOmission says that n of something are not there.
func writeOmission(b *bytes.Buffer, n int, what string) {
	if n > 0 {
		fmt.Fprintf(b, "\nleft out, as the page would be too long: %s\n", what)
	}
}

// markdownOverview returns the row of a target in the first table.
func markdownOverview(r *check.Report, o Options) string {
	v := judge(r, o.Gate)
	symbol := "✗"
	if v.code == check.ExitOK {
		symbol = "✓"
	}
	parts := sortRows(r)
	return fmt.Sprintf("| %s %s | %s | %s |\n", symbol, v.word, markdownSafe(Sanitise(r.Info.Target, maxWord)), parts.counts())
}

// markdownReport is a target's part of the page.
type markdownReport struct {
	bytes.Buffer
	report  *check.Report
	options Options
	rows    rows
}

// section returns the part of one target, with or without what is folded.
func (m *markdownReport) section(folded bool) []byte {
	m.Reset()
	info := m.report.Info
	fmt.Fprintf(m, "\n### %s\n", markdownSafe(Sanitise(info.Target, maxWord)))
	for _, n := range info.Notices[:min(maxLocations, len(info.Notices))] {
		text := Sanitise(n.Message, maxMessage)
		if !n.At.IsZero() {
			text = Sanitise(n.At.Place(), maxWord) + ": " + text
		}
		fmt.Fprintf(m, "\nnotice: %s\n", markdownSafe(text))
	}
	found := findings(m.report, m.options)
	if len(found) > 0 {
		fmt.Fprint(m, "\n| Severity | Rule | What | Where |\n| --- | --- | --- | --- |\n")
	}
	for _, f := range found {
		m.row(f)
	}
	if !folded {
		writeOmission(&m.Buffer, len(found), "how to mend "+plural(len(found), "finding"))
		return m.Bytes()
	}
	m.mends(found)
	m.reasons("suppressed", "Reason", m.rows.suppressed, func(r check.Result) string { return r.Suppressed })
	m.reasons("unknown", "What decides it", m.rows.unknown, func(r check.Result) string { return r.Hint })
	m.names("not checked", m.rows.troubled)
	m.names("passed", m.rows.passed)
	m.names("n/a", m.rows.notApplicable)
	return m.Bytes()
}

// row writes a finding as a row of the table.
func (m *markdownReport) row(f finding) {
	name := f.title()
	if f.rule != nil {
		name = fmt.Sprintf("[%s](%s)", name, ruleURI(f.rule))
	}
	where := f.place.at()
	if within := f.place.within; where == "" {
		where = within
	} else if within != "" {
		where += " (" + within + ")"
	}
	fmt.Fprintf(m, "| %s | %s | %s | %s |\n", f.level, name, markdownSafe(f.message), markdownSafe(where))
}

// mends writes how to mend the findings, folded.
func (m *markdownReport) mends(found []finding) {
	n := 0
	var b strings.Builder
	for _, f := range found {
		if len(f.fix) > 0 {
			n++
			fmt.Fprintf(&b, "**%s**: %s\n\n", f.title(), f.markdown())
		}
	}
	m.fold("How to mend "+plural(n, "finding"), b.String(), n)
}

// reasons writes a table of rows with the reason of each, folded.
func (m *markdownReport) reasons(word, heading string, results []check.Result, reason func(check.Result) string) {
	var b strings.Builder
	fmt.Fprintf(&b, "| Rule | What | %s |\n| --- | --- | --- |\n", heading)
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", ruleName(r.Rule), markdownSafe(Sanitise(r.Message, maxMessage)), markdownSafe(Sanitise(reason(r), maxMessage)))
	}
	m.fold(fmt.Sprintf("%d %s", len(results), word), b.String(), len(results))
}

// names writes the rules that need no attention, folded.
func (m *markdownReport) names(word string, results []check.Result) {
	var names []string
	for _, r := range results {
		names = append(names, ruleName(r.Rule))
	}
	m.fold(fmt.Sprintf("%d %s", len(results), word), strings.Join(names, ", ")+"\n", len(results))
}

// fold writes a text that is shown when its title is clicked, unless it holds
// nothing.
func (m *markdownReport) fold(title, text string, n int) {
	if n > 0 {
		fmt.Fprintf(m, "\n<details><summary>%s</summary>\n\n%s\n\n</details>\n", title, strings.TrimRight(text, "\n"))
	}
}

// markdown returns the finding for people: the message, and what to do, with
// what is to be typed as code.
func (f finding) markdown() string {
	var b strings.Builder
	b.WriteString(markdownSafe(f.text()))
	for _, part := range blocks(f.fix) {
		b.WriteString("\n\n")
		if part.typed {
			b.WriteString(fenced(part.lines))
			continue
		}
		b.WriteString(markdownSafe(strings.Join(part.lines, " ")))
	}
	return b.String()
}

// fenced returns the lines as a block of code, between fences longer than any
// that it holds.
func fenced(lines []string) string {
	text := string(withoutCommands([]byte(strings.Join(lines, "\n"))))
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "\n" + text + "\n" + fence
}

// markdownSafe returns a line of foreign text so that nothing in it is markup,
// in a paragraph as in the cell of a table: neither HTML, nor a link, the
// mention of a user, or a list at its beginning.
func markdownSafe(s string) string {
	s = strings.TrimLeft(s, " ")
	var b strings.Builder
	if s != "" && strings.ContainsRune("+-=:", rune(s[0])) {
		b.WriteByte('\\')
	}
	number := len(s) - len(strings.TrimLeft(s, "0123456789"))
	for i, r := range s {
		switch {
		case strings.ContainsRune("\\`*_[]<>|~&#@$", r),
			r == ':' && strings.HasPrefix(s[i:], "://"),
			r == '.' && i >= len("www") && strings.EqualFold(s[i-len("www"):i], "www"),
			number > 0 && i == number && (r == '.' || r == ')'):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
