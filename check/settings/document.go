// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document returns the only value in the file, or nil for an empty file and
// for one with mistakes.
func (m *mistakes) document(data []byte) *yaml.Node {
	if len(data) > maxFile {
		m.add(1, 1, "the file is longer than %d KiB", maxFile>>10)
		return nil
	}
	if m.unreadable(data); m.errs != nil {
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := decoder.Decode(&first); err != nil {
		m.syntax(err, data)
		return nil
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		m.add(second.Line, second.Column, "there is a second document; the file may have one")
		return nil
	case !errors.Is(err, io.EOF):
		m.syntax(err, data)
		return nil
	}
	return first.Content[0]
}

// unreadable notes the first character that may not be in the file. The YAML
// library refuses some of them without telling where; to others it starts a new
// line, and no editor does.
func (m *mistakes) unreadable(data []byte) {
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			m.add(line, column, "the file is not UTF-8 text")
			return
		case r == '\r' && !bytes.HasPrefix(data[i:], []byte("\r\n")), !allowed(r):
			m.add(line, column, "the character %U is not allowed", r)
			return
		case r == '\n':
			line, column = line+1, 0
		}
		i += size
		column++
	}
}

func allowed(r rune) bool {
	return !unicode.IsControl(r) && r != '\u2028' && r != '\u2029' || strings.ContainsRune("\t\r\n", r)
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?`)

// syntax notes an error of the YAML library, which tells the line at most. The
// column is that of the first character there.
func (m *mistakes) syntax(err error, data []byte) {
	if errors.Is(err, io.EOF) {
		return // There is nothing but comments.
	}
	text := err.Error()
	match := syntaxError.FindStringSubmatch(text)
	line, column := 1, 1
	if match != nil {
		text = text[len(match[0]):]
		if n, err := strconv.Atoi(match[1]); err == nil {
			line = n
		}
	}
	if lines := strings.Split(string(data), "\n"); line <= len(lines) {
		here := lines[line-1]
		column += len(here) - len(strings.TrimLeft(here, " \t"))
	}
	m.add(line, column, "this is not YAML: %s", text)
}
