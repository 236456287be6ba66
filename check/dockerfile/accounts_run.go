// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// accountRun is one RUN instruction as it changes the accounts.
type accountRun struct {
	*accountBook
	at     check.Location
	locate func(word string) check.Location
	tests  map[*string]result // results of the guards, by their first word
}

// result is how a command ended.
type result int

const (
	unclear result = iota
	success
	failure
)

// run makes the changes of a RUN instruction at the location. Locate returns
// the place of the next use of a program in it; nil if there is none.
func (b *accountBook) run(cmd *check.Command, at check.Location, locate func(word string) check.Location) {
	r := &accountRun{accountBook: b, at: at, locate: locate, tests: map[*string]result{}}
	for i := range cmd.Calls {
		r.call(&cmd.Calls[i])
	}
	if cmd.Opaque != nil {
		r.arbitrary(unsure(at, "runs what is not certain: %v", cmd.Opaque))
	}
}

// call makes the changes of one program.
func (r *accountRun) call(call *check.Call) {
	how, runs := r.certainty(call)
	if isAccountTool(call.Name()) && !call.IsUnexpanded(0) {
		r.tool(call, how, runs)
		return
	}
	if !runs {
		return
	}
	if r.writes(call, how) {
		return
	}
	r.program(call, how)
}

// certainty returns what the call certainly did; runs is false for one that
// certainly was left out.
func (r *accountRun) certainty(call *check.Call) (how certainty, runs bool) {
	if call.Conditional {
		if call.Guard == nil || len(call.Guard.Args) == 0 {
			return possible, true
		}
		switch got := r.result(call.Guard); {
		case got == unclear:
			return possible, true
		case (got == failure) != call.Guard.Failed:
			return possible, false
		}
	}
	if call.Unchecked {
		return possible, true
	}
	return certain, true
}

// tool makes the change that an account tool is asked for.
func (r *accountRun) tool(call *check.Call, how certainty, runs bool) {
	at := r.at
	if r.locate != nil {
		at = r.locate(call.Args[0])
	}
	r.noteUse(call, how, runs, at)
	if !runs {
		return
	}
	c, ok := changeOf(*call, r.family)
	if _, foreign := changeOf(*call, ""); !ok && foreign {
		return // It is meant for another distribution, and fails on this one.
	}
	if !ok {
		why := unsure(at, "calls %s in a way that is not understood", call.Name())
		r.doubt(why)
		return
	}
	if how == possible && !call.Unchecked && r.needed(call, &c) {
		how = either
	}
	r.apply(&c, how, at)
}

// needed reports whether the call runs if and only if what it adds is not there.
func (r *accountRun) needed(call *check.Call, c *change) bool {
	if call.Guard == nil || !call.Guard.Failed {
		return false
	}
	kind, name, ok := existenceTest(call.Guard.Args)
	_, isNumber := plainNumber(name)
	return ok && !isNumber && c.name.known && name == c.name.text && (kind == passwdFile && c.verb == addUser || kind == groupFile && c.verb == addGroup)
}

// noteUse notes the use of an account tool.
func (r *accountRun) noteUse(call *check.Call, how certainty, runs bool, at check.Location) {
	name := call.Name()
	use := check.ToolUse{Name: name, Base: r.ref, At: at}
	present := slices.Contains(r.tools, name)
	switch {
	case !runs || call.Conditional && how == possible:
		use.Present = check.Missing[bool](&check.UnavailableError{
			Fact: name, Why: "it is used under a condition only", Hint: hintBuilt,
		})
	case !present && r.moreTool != nil:
		use.Present = check.Missing[bool](r.moreTool)
	default:
		use.Present = check.Known(present, r.toolsAt)
	}
	if other := sameUse[name]; slices.Contains(r.tools, other) {
		use.Instead = other
	}
	r.uses = append(r.uses, use)
}

// writes notes the files of accounts that the output of a call goes to. It
// reports whether there is one.
func (r *accountRun) writes(call *check.Call, how certainty) bool {
	file, written := "", 0
	for _, w := range call.Writes {
		switch name := accountFile(w.Path); {
		case name != "":
			file = name
			written++
			if !w.Append {
				written++ // It is not a line more.
			}
		case w.Path == "":
			r.doubt(unsure(r.at, "writes to a file whose name is known only when it runs"))
		}
	}
	if written == 0 {
		return false
	}
	line, ok := echoed(call)
	if whole := written > 1; ok && how == certain && len(call.Writes) == 1 && r.addLine(file, line, whole, r.at) {
		return true
	}
	why := unsure(r.at, "writes to %s", file)
	if written > 1 {
		r.replaced(file, why)
	}
	r.doubt(why)
	return true
}

// doubt notes that there may be further accounts.
func (b *accountBook) doubt(why error) {
	b.rest, b.ids = cmp.Or(b.rest, why), cmp.Or(b.ids, why)
}

// arbitrary notes that something ran that may do anything but change an account
// that is there, which only commands do that say so.
func (b *accountBook) arbitrary(why error) {
	b.doubt(why)
	b.moreTool = cmp.Or(b.moreTool, why)
}

// echoed returns the one line that echo or printf writes.
func echoed(call *check.Call) (string, bool) {
	if len(call.Unexpanded) > 0 || len(call.Args) < 2 {
		return "", false
	}
	switch call.Args[0] {
	case "echo":
		if strings.HasPrefix(call.Args[1], "-") {
			return "", false
		}
		return strings.Join(call.Args[1:], " "), true
	case "printf":
		line, ok := strings.CutSuffix(call.Args[1], `\n`)
		return line, ok && len(call.Args) == 2
	}
	return "", false
}
