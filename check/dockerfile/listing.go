// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fgpreflight/fgpreflight/check"
)

// listing is the lines of a Dockerfile and the name that locations have for it.
type listing struct {
	name   string
	lines  []string
	escape rune
}

func newListing(name string, data []byte) *listing {
	t := &listing{name: name, lines: strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n"), escape: '\\'}
	for i, line := range t.lines {
		t.lines[i] = strings.TrimSuffix(line, "\r")
	}
	return t
}

// line returns the location of a whole line.
func (t *listing) line(number int) check.Location {
	return check.Location{Artifact: t.name, Line: number}
}

// token is a word of an instruction as it is written; start and end are byte
// offsets in its line.
type token struct {
	text             string
	line, start, end int
}

// at returns the location from one token to the end of another on its line.
func (t *listing) at(from, to token) check.Location {
	if to.line != from.line {
		to.end = len(strings.TrimRightFunc(t.written(from.line), unicode.IsSpace))
	}
	line := t.lines[from.line-1]
	return check.Location{
		Artifact: t.name, Line: from.line,
		Column: utf8.RuneCountInString(line[:from.start]) + 1,
		Width:  utf8.RuneCountInString(line[from.start:max(from.end, to.end)]),
	}
}

// written returns a line without the escape character that continues it.
func (t *listing) written(number int) string {
	line := t.lines[number-1]
	trimmed := strings.TrimRight(line, " \t")
	if cut, ok := strings.CutSuffix(trimmed, string(t.escape)); ok {
		return cut
	}
	return line
}

// tokens returns the words of an instruction behind its keyword, divided at
// white space that is not quoted. Comments between its lines are left out.
func (t *listing) tokens(in *instruction) []token {
	var out []token
	for number := in.first; number <= min(in.last, len(t.lines)); number++ {
		line := t.written(number)
		if number > in.first && strings.HasPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "#") {
			continue
		}
		out = append(out, tokensOf(line, number)...)
	}
	if len(out) == 0 {
		return nil
	}
	return out[1:]
}

func tokensOf(line string, number int) []token {
	var out []token
	start, quote := -1, rune(0)
	for i, r := range line {
		switch {
		case quote == 0 && unicode.IsSpace(r):
			if start >= 0 {
				out = append(out, token{line[start:i], number, start, i})
			}
			start = -1
			continue
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		}
		if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		out = append(out, token{line[start:], number, start, len(line)})
	}
	return out
}

// argument returns the location of what follows the keyword and the flags of
// an instruction, as far as its line goes.
func (t *listing) argument(in *instruction) check.Location {
	tokens := t.tokens(in)
	for len(tokens) > 1 && strings.HasPrefix(tokens[0].text, "--") {
		tokens = tokens[1:]
	}
	if len(tokens) == 0 {
		return t.line(in.first)
	}
	return t.at(tokens[0], tokens[len(tokens)-1])
}

// finder locates words of an instruction one after another.
type finder struct {
	listing *listing
	in      *instruction
	tokens  []token
	next    int
}

func (t *listing) find(in *instruction) *finder {
	return &finder{listing: t, in: in, tokens: t.tokens(in)}
}

// word returns the location of the next word that satisfies accept, else that
// of the first such word, else that of the whole argument.
func (f *finder) word(accept func(string) bool) check.Location {
	for _, from := range []int{f.next, 0} {
		for i := from; i < len(f.tokens); i++ {
			if accept(f.tokens[i].text) {
				f.next = i + 1
				return f.listing.at(f.tokens[i], f.tokens[i])
			}
		}
	}
	return f.listing.argument(f.in)
}

// variable returns the location of the next NAME=value, or of NAME in the form
// without an equals sign.
func (f *finder) variable(name string) check.Location {
	return f.word(func(word string) bool { return word == name || strings.HasPrefix(word, name+"=") })
}

// program returns the location of the next use of a program in a script.
func (f *finder) program(name string) check.Location {
	return f.word(func(word string) bool { return strings.Trim(word, `;&|(){}"'`+"`") == name })
}
