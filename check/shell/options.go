// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"fmt"
	"slices"
	"strings"
)

// grammar is the options of a program, as getopt_long reads them.
type grammar struct {
	flags  string // short options without a value
	values string // short options with a value
	long   string // long options, separated by spaces; those with a value end in "="
}

// option is an option that was read.
type option struct {
	name  string // without dashes
	value word
}

// read reads the option that stands at words[i], and its value; next is the
// index behind them.
func (g grammar) read(words []word, i int) (options []option, next int, err error) {
	text := words[i].text
	if name, ok := strings.CutPrefix(text, "--"); ok {
		return g.readLong(words, i, name)
	}
	letters := text[1:]
	for n := range len(letters) {
		name, rest := letters[n:n+1], letters[n+1:] // A byte, as for getopt.
		switch {
		case strings.Contains(g.flags, name):
			options = append(options, option{name: name})
		case !strings.Contains(g.values, name):
			return nil, 0, unknownOption(words, "-"+name)
		case rest != "":
			return append(options, option{name, word{text: rest, unexpanded: words[i].unexpanded}}), i + 1, nil
		case i+1 < len(words):
			return append(options, option{name, words[i+1]}), i + 2, nil
		default:
			return nil, 0, unknownOption(words, "-"+name)
		}
	}
	return options, i + 1, nil
}

func (g grammar) readLong(words []word, i int, text string) ([]option, int, error) {
	name, value, joined := strings.Cut(text, "=")
	known := strings.Fields(g.long)
	switch {
	case joined && slices.Contains(known, name+"="):
		return []option{{name, word{text: value, unexpanded: words[i].unexpanded}}}, i + 1, nil
	case !joined && slices.Contains(known, name+"=") && i+1 < len(words):
		return []option{{name, words[i+1]}}, i + 2, nil
	case !joined && slices.Contains(known, name):
		return []option{{name: name}}, i + 1, nil
	}
	return nil, 0, unknownOption(words, "--"+name)
}

func unknownOption(words []word, name string) error {
	return fmt.Errorf("the option %s of %s is not understood", quote(name), quote(words[0].text))
}

// isOption reports whether the word is an option, neither "-" nor "--".
func isOption(w word) bool {
	return strings.HasPrefix(w.text, "-") && w.text != "-" && w.text != "--"
}

// among reports whether the option is in a list of names separated by spaces.
func (o option) among(names string) bool { return slices.Contains(strings.Fields(names), o.name) }

// given reports whether one of the options is in the list of names.
func given(options []option, names string) bool {
	return slices.ContainsFunc(options, func(o option) bool { return o.among(names) })
}
