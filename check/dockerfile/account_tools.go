// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// argument is a word of a command.
type argument struct {
	text  string
	known bool // false where only the running shell knows it
}

// optionSyntax is how a program reads its options.
type optionSyntax struct {
	flags, values string // options without and with a value
	// long are the long options and the letters that they stand for, as
	// "uid=u". Any beginning of one that fits no other will do.
	long string
	perl bool // long options may have one dash, and there are no short ones
}

// options are the options that were given, by letter, and what else was.
type options struct {
	given    map[byte]argument
	operands []argument
}

func (o *options) has(letters string) bool {
	for i := range len(letters) {
		if _, ok := o.given[letters[i]]; ok {
			return true
		}
	}
	return false
}

// read takes the arguments apart; it reports false where the program would not
// take them, or where that is not certain.
func (s optionSyntax) read(args []argument) (options, bool) {
	out := options{given: map[byte]argument{}}
	for i := 0; i < len(args); i++ {
		text := args[i].text
		switch {
		case text == "--":
			out.operands = append(out.operands, args[i+1:]...)
			return out, true
		case !strings.HasPrefix(text, "-") || text == "-":
			out.operands = append(out.operands, args[i])
		default:
			used, ok := s.option(&out, args, i)
			if !ok {
				return out, false
			}
			i += used
		}
	}
	return out, true
}

// option reads the option args[i]; used is how many words after it are its own.
func (s optionSyntax) option(out *options, args []argument, i int) (used int, ok bool) {
	name, long := strings.CutPrefix(args[i].text, "--")
	if !long {
		name = name[1:]
	}
	if !long && !s.perl {
		return s.letters(out, args, i, name)
	}
	name, value, joined := strings.Cut(name, "=")
	letter := s.find(name)
	switch takes := strings.IndexByte(s.values, letter) >= 0; {
	case letter == 0, joined && !takes:
		return 0, false
	case joined:
		out.given[letter] = argument{value, args[i].known}
	case takes && i+1 == len(args):
		return 0, false
	case takes:
		out.given[letter] = args[i+1]
		return 1, true
	default:
		out.given[letter] = argument{known: true}
	}
	return 0, true
}

// letters reads short options that stand together.
func (s optionSyntax) letters(out *options, args []argument, i int, letters string) (used int, ok bool) {
	for n := range len(letters) {
		letter, rest := letters[n], letters[n+1:]
		switch {
		case strings.IndexByte(s.flags, letter) >= 0:
			out.given[letter] = argument{known: true}
		case strings.IndexByte(s.values, letter) < 0:
			return 0, false
		case rest != "":
			out.given[letter] = argument{rest, args[i].known}
			return 0, true
		case i+1 == len(args):
			return 0, false
		default:
			out.given[letter] = args[i+1]
			return 1, true
		}
	}
	return 0, true
}

// find returns the letter of a long option, 0 for none or more than one.
func (s optionSyntax) find(name string) (letter byte) {
	for entry := range strings.FieldsSeq(s.long) {
		full, short, _ := strings.Cut(entry, "=")
		switch {
		case full == name:
			return short[0]
		case !strings.HasPrefix(full, name):
		case letter != 0 && letter != short[0]:
			letter = '?'
		default:
			letter = short[0]
		}
	}
	if letter == '?' {
		return 0
	}
	return letter
}

// verb is what an account tool does.
type verb int

const (
	addUser verb = iota
	addGroup
	changeUser
	changeGroup
	removeUser
	removeGroup
	addMember // which changes neither accounts nor their numbers
)

// number is a UID or GID in a command.
type number struct {
	value        int64
	given, known bool
}

// change is what a command asks of the accounts.
type change struct {
	verb     verb
	name     argument
	newName  argument
	uid, gid number // gid is that of a group, or a user's primary one
	group    argument
	home     argument
	ownGroup groupMaking

	system  bool // a number that is not given is below firstUserID
	shared  bool // the number may be that of another
	lenient bool // that there is one of this name already is no failure
}

// groupMaking tells whether a user gets a group of the same name.
type groupMaking int

const (
	noGroup      groupMaking = iota
	sameIDGroup              // with the UID as its GID; if that is taken, the command fails
	anyIDGroup               // with the UID as its GID if that is possible
	reusedGroup              // the same, or the group of that name that is there
	unknownGroup             // it depends on the configuration
)

// numberOf returns the number that an option gives.
func (o *options) numberOf(letter byte) number {
	value, ok := o.given[letter]
	if !ok {
		return number{}
	}
	n, known := plainNumber(value.text)
	return number{value: n, given: true, known: known && value.known}
}

// plainNumber reads a decimal number; a leading zero may mean an octal one.
func plainNumber(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 32)
	return n, err == nil && strconv.FormatInt(n, 10) == text && n >= 0
}

// primary sets the primary group from an option, which gives a name or a
// number.
func (c *change) primary(group argument) {
	n, isNumber := plainNumber(group.text)
	if isNumber && group.known {
		c.gid = number{value: n, given: true, known: true}
		return
	}
	c.group = group
	c.gid = number{given: true}
}

// toolArgs returns the arguments of a call.
func toolArgs(call check.Call) []argument {
	var out []argument
	for i, text := range call.Args[1:] {
		out = append(out, argument{text, !call.IsUnexpanded(i + 1)})
	}
	return out
}

// changeOf returns what the call of an account tool asks for, by the tools of a
// family of distributions ("" for an unknown one); false where that is not
// certain.
func changeOf(call check.Call, family string) (change, bool) {
	args := toolArgs(call)
	var found []change
	for _, dialect := range dialectsOf(family, call.Name()) {
		tool, ok := dialect[call.Name()]
		if !ok {
			continue
		}
		given, ok := tool.syntax.read(args)
		if !ok {
			continue
		}
		if c, ok := tool.change(&given, family); ok {
			found = append(found, c)
		}
	}
	if len(found) == 0 || slices.ContainsFunc(found, func(c change) bool { return c.verb != found[0].verb || c.name != found[0].name }) {
		return change{}, false
	}
	return common(found), true
}

// common returns what several readings of a command agree in; they have the
// verb and the name in common.
func common(readings []change) change {
	out := readings[0]
	for _, c := range readings[1:] {
		out.lenient = out.lenient || c.lenient
		out.shared = out.shared || c.shared
		out.system = out.system && c.system
		if out.gid != c.gid || out.group != c.group {
			out.gid, out.group = number{given: true}, argument{}
		}
		if out.ownGroup != c.ownGroup {
			out.ownGroup = unknownGroup
		}
		if out.home != c.home {
			out.home = argument{}
		}
	}
	return out
}
