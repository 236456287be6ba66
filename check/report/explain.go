// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"fmt"
	"go/doc/comment"
	"io"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// Explain writes a rule's documentation for people.
func Explain(w io.Writer, r *check.Rule, s Style) error {
	p := newPage(s)
	p.line(p.paint.bold.Sprint(ruleName(r)), "  ", severities(r))
	p.indented(0, r.Title)
	p.section("Why")
	p.doc(r.Why)
	p.section("How to mend it")
	p.doc(r.Fix)
	p.example("An example that fails", r.Bad)
	p.example("An example that passes", r.Good)
	p.section("What decides it")
	p.indented(2, levels(r))
	p.section("Source")
	for _, source := range r.Source {
		p.line("  ", source)
	}
	return p.flush(w)
}

// severities returns the rule's severity in words, with the one of the other
// profile where it differs.
func severities(r *check.Rule) string {
	text := r.SeverityIn(check.Documented).String()
	if observed := r.SeverityIn(check.Observed); observed != r.Severity {
		text += fmt.Sprintf(" (%s in the profile %s)", observed, check.Observed)
	}
	return text
}

// levelWords are what the letters of [check.Rule.Levels] stand for.
var levelWords = []struct{ letter, words string }{
	{"D", "the Dockerfile"},
	{"C", "the image's config and manifest"},
	{"R", "the files of the image"},
	{"X", "a started container"},
	{"U", "the image's name"},
	{"F", "the function's settings"},
}

// levels returns what can decide the rule, in words.
func levels(r *check.Rule) string {
	var out []string
	for _, level := range levelWords {
		if strings.Contains(r.Levels, level.letter) {
			out = append(out, level.words)
		}
	}
	return strings.Join(out, ", ")
}

func (p *page) section(title string) {
	p.line()
	p.line(p.paint.bold.Sprint(title))
}

// doc adds text in the syntax of Go doc comments.
func (p *page) doc(text string) {
	const indent = 2
	printer := comment.Printer{
		TextPrefix:     strings.Repeat(" ", indent),
		TextCodePrefix: strings.Repeat(" ", indent+4),
		TextWidth:      p.width - indent,
	}
	p.buf.Write(printer.Text(parseDoc(text)))
}

func parseDoc(text string) *comment.Doc {
	var parser comment.Parser
	return parser.Parse(text)
}

// example adds an archive of files, or nothing when it is empty.
func (p *page) example(title, archive string) {
	if archive == "" {
		return
	}
	p.section(title)
	for line := range strings.Lines(archive) {
		p.line("      ", strings.TrimRight(line, "\n"))
	}
}

// ExplainMarkdown writes a rule's documentation as a section of Markdown,
// which begins with a heading of level 3.
func ExplainMarkdown(w io.Writer, r *check.Rule) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "### %s %s\n\n%s. Severity: %s. Decided by: %s.\n\n", r.ID, r.Name, markdownText(r.Title), severities(r), levels(r))
	b.Write(markdown(r.Why))
	b.WriteString("\n**How to mend it**\n\n")
	b.Write(markdown(r.Fix))
	markdownExample(&b, "fails", r.Bad)
	markdownExample(&b, "passes", r.Good)
	b.WriteString("\nSource:\n\n")
	for _, source := range r.Source {
		fmt.Fprintf(&b, "- <%s>\n", source)
	}
	return writeAll(w, b.Bytes())
}

func markdown(text string) []byte {
	var printer comment.Printer
	return printer.Markdown(parseDoc(text))
}

func markdownExample(b *bytes.Buffer, verb, archive string) {
	if archive != "" {
		fmt.Fprintf(b, "\nAn example that %s:\n\n```text\n%s```\n", verb, strings.TrimRight(archive, "\n")+"\n")
	}
}

// markdownText escapes what would be markup in a line of Markdown or a cell of
// a table.
func markdownText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "[", `\[`).Replace(s)
}
