// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"
)

// Style is how text is laid out. The zero Style is 80 columns without colour.
type Style struct {
	Width int  // columns; 0 stands for 80, and the least is 40
	Color bool // with ANSI colours; nothing is told by colour alone
}

const (
	defaultWidth = 80
	leastWidth   = 40
)

// page collects the lines of a text. Strings given to it are sanitised
// already.
type page struct {
	buf   bytes.Buffer
	width int
	paint palette
}

func newPage(s Style) *page {
	width := s.Width
	if width == 0 {
		width = defaultWidth
	}
	return &page{width: max(width, leastWidth), paint: newPalette(s.Color)}
}

// flush writes the page.
func (p *page) flush(w io.Writer) error { return writeAll(w, withoutCommands(p.buf.Bytes())) }

func writeAll(w io.Writer, b []byte) error {
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// line adds the parts as one line.
func (p *page) line(parts ...string) {
	for _, part := range parts {
		p.buf.WriteString(part)
	}
	p.buf.WriteByte('\n')
}

// paragraph adds the text, wrapped. Its first line follows the label, which
// may be painted and takes indent columns; the others are indented as much.
func (p *page) paragraph(label string, indent int, text string) {
	for i, line := range wrap(text, p.width-indent) {
		if i > 0 {
			label = strings.Repeat(" ", indent)
		}
		p.line(label, line)
	}
}

// indented adds the text, wrapped and indented.
func (p *page) indented(indent int, text string) {
	p.paragraph(strings.Repeat(" ", indent), indent, text)
}

// wrap breaks the text at single spaces into lines of at most width columns. A
// longer word keeps a line of its own. Runs of spaces inside a line are kept,
// as they may be part of a quoted value. A hard space becomes a plain one that
// no line is broken at; sanitised strings hold none.
func wrap(text string, width int) []string {
	words := strings.Split(text, " ")
	lines := []string{words[0]}
	column := columns(words[0])
	for _, word := range words[1:] {
		need := 1 + columns(word)
		if column+need > width {
			lines = append(lines, word)
			column = need - 1
			continue
		}
		lines[len(lines)-1] += " " + word
		column += need
	}
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(line, hardSpace, " ")
	}
	return lines
}

const hardSpace = "\u00a0"

// together keeps the text on one line when it is wrapped.
func together(text string) string { return strings.ReplaceAll(text, " ", hardSpace) }

// pad fills s up with spaces to the width.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}

// palette is the colours of a page. They are made for it, since the defaults
// of package color depend on the process.
type palette struct {
	bold, faint, red, yellow, cyan, green, magenta *color.Color
}

func newPalette(on bool) palette {
	paint := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return palette{
		bold:    paint(color.Bold),
		faint:   paint(color.Faint),
		red:     paint(color.FgRed, color.Bold),
		yellow:  paint(color.FgYellow, color.Bold),
		cyan:    paint(color.FgCyan, color.Bold),
		green:   paint(color.FgGreen, color.Bold),
		magenta: paint(color.FgMagenta, color.Bold),
	}
}
