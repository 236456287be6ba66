// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"slices"
	"strings"
	"unicode"

	"github.com/fgpreflight/fgpreflight/check"
)

// withOption returns the call's words with a value for the first of the options:
// in the place of the value that one of them has, else behind the program.
func (s step) withOption(args []string, names words, value string) []string {
	a := s.scan(args, s.start)
	for _, o := range a.options {
		if !names.has(o.name) || o.value == "" {
			continue
		}
		with := slices.Clone(args)
		with[o.index] = strings.TrimSuffix(with[o.index], o.value) + value
		return with
	}
	return slices.Insert(slices.Clone(args), s.behind(a), names.list()[0], value)
}

// withFolder returns the call's words with the folder that the program starts
// from: in the place of the one that is there, else behind the program.
func (s step) withFolder(args []string, folder string) []string {
	a := s.scan(args, s.start)
	own := 0
	if s.sub != "" {
		own = 1
	}
	if len(a.operands) > own {
		with := slices.Clone(args)
		with[a.operands[own]] = folder
		return with
	}
	return slices.Insert(slices.Clone(args), s.behind(a), folder)
}

// behind returns the index at which what is added to the program's arguments
// stands.
func (s step) behind(a arguments) int {
	if s.sub == "" || s.early {
		return s.start + 1
	}
	return a.operands[0] + 1
}

// mend returns what to change, with the call as it is then to be written in the
// start command.
func (r *reliance) mend(cmd *check.Command, call check.Call) string {
	switch {
	case r.words != nil:
		return cut(r.fix+", in the start command:\n\n"+inCommand(cmd, call, r.words), maxMend)
	case r.folder != "":
		line := "cd " + r.folder + " && exec " + plainWords(call.Args)
		if cmd.Shell == "" {
			line = jsonArray(commandWith(cmd, call, []string{"/bin/sh", "-c", line})...)
		}
		return cut(r.fix+":\n\n"+line, maxMend)
	default:
		return cut(r.fix, maxMend)
	}
}

// inCommand returns the words of a call as they stand in the start command: in
// the array of the whole of it, or as a line of its script.
func inCommand(cmd *check.Command, call check.Call, words []string) string {
	if cmd.Shell == "" {
		return jsonArray(commandWith(cmd, call, words)...)
	}
	return plainWords(words)
}

// commandWith returns the words of a command that no shell runs, with others in
// the place of its one call.
func commandWith(cmd *check.Command, call check.Call, words []string) []string {
	around := max(len(cmd.Args)-len(call.Args), 0)
	return slices.Concat(cmd.Args[:around], words)
}

// plainWords returns the words as a line of a script. What a shell would take
// apart is left to be filled in.
func plainWords(words []string) string {
	line := strings.Join(words, " ")
	if i := slices.IndexFunc(words, func(word string) bool { return strings.ContainsFunc(word, isOdd) }); i >= 0 {
		return strings.Join(append(slices.Clone(words[:i]), "…"), " ")
	}
	return line
}

// isOdd reports whether a letter of a word in a script may end the word, or do
// more than stand for itself.
func isOdd(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("\"'`\\&|;<>()", r)
}
