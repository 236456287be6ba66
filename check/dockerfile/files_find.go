// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// search is a call of find whose arguments are understood.
type search struct {
	roots  []word
	kind   kind   // of -type; anyKind for every one
	some   bool   // other tests leave some of them out
	action []word // behind -exec
	strict bool   // a failure of the action is noticed
}

// tests are the conditions of find that leave files out, with their number of
// arguments.
var tests = map[string]int{
	"-name": 1, "-iname": 1, "-path": 1, "-ipath": 1, "-user": 1, "-group": 1, "-perm": 1, "-mindepth": 1, "-maxdepth": 1,
	"-newer": 1, "-mtime": 1, "-size": 1, "-empty": 0, "-executable": 0, "-not": 0, "!": 0, "-xdev": 0, "-mount": 0,
}

// parseFind reads the arguments of find; false for what is not understood.
func parseFind(args []word) (s search, ok bool) {
	i := 0
	for ; i < len(args) && !strings.HasPrefix(args[i].text, "-") && args[i].text != "!" && args[i].text != "("; i++ {
		s.roots = append(s.roots, args[i])
	}
	for ; i < len(args); i++ {
		text := args[i].text
		skip, isTest := tests[text]
		switch {
		case text == "-type" && i+1 < len(args):
			i++
			s.some = s.some || s.kind != anyKind || !slices.Contains([]string{"d", "f"}, args[i].text)
			s.kind = map[string]kind{"d": folder, "f": plain}[args[i].text]
		case text == "-print" || text == "-print0":
		case isTest:
			s.some = true
			i += skip
		case text == "-exec" || text == "-execdir":
			rest := args[i+1:]
			end := slices.IndexFunc(rest, func(w word) bool { return w.text == ";" || w.text == `\;` || w.text == "+" })
			if end < 0 || end != len(rest)-1 {
				return s, false
			}
			s.action, s.strict = rest[:end], rest[end].text == "+"
			return s, true
		default:
			return s, false
		}
	}
	return s, true
}

// findFiles is "find folder... [-type d] -exec program {} +"; one that only prints
// changes nothing.
func (r *runner) findFiles() bool {
	s, ok := parseFind(r.args)
	if !ok {
		return false
	}
	if len(s.action) == 0 {
		return true
	}
	action := s.action
	if last := len(action) - 1; action[last].text == "{}" {
		action = action[:last]
	}
	if len(action) == 0 {
		return false
	}
	r.toFound(s, action, r.weak || !s.strict && r.who != owner{known: true})
	return true
}

// xargsFlags are the options of xargs. With -I each name takes the place of a
// word, which a program that is understood does not need.
var xargsFlags = flagSet{"0rtx", "dInLPs", map[string]byte{"null": '0', "no-run-if-empty": 'r', "verbose": 't', "max-args": 'n', "max-procs": 'P', "replace": 'I'}}

// xargs is "find ... | xargs program".
func (r *runner) xargs() bool {
	own := r.ownOptions()
	g, _, ok := xargsFlags.read(r.args[:own])
	action := r.args[own:]
	if len(action) == 0 {
		return true
	}
	name := path.Base(action[0].text)
	s, piped := r.piped()
	switch {
	case slices.Contains(inert, name):
	case slices.Contains(creators, name) || slices.Contains(tidy, name):
		r.litter(r.at, true)
	case !ok || !piped:
		r.doubt("/", r.at)
	default:
		r.toFound(s, action, r.weak || g.has('r') || g.has('I') || r.who != owner{known: true})
	}
	return true
}

// ownOptions returns the number of words that are options of xargs itself.
func (r *runner) ownOptions() int {
	n := 0
	for n < len(r.args) && strings.HasPrefix(r.args[n].text, "-") {
		takes := len(r.args[n].text) == 2 && strings.Contains(xargsFlags.values, r.args[n].text[1:])
		if n++; takes {
			n++
		}
	}
	return min(n, len(r.args))
}

// pipeline is a find whose output goes to xargs, and nothing else.
var pipeline = regexp.MustCompile(`\bfind\s[^|;&<>()]*\|\s*xargs\b`)

// piped returns the search whose result xargs gets.
func (r *runner) piped() (search, bool) {
	count := func(name string) (n int) {
		for _, c := range r.cmd.Calls {
			if c.Name() == name {
				n++
			}
		}
		return n
	}
	if r.index == 0 || len(pipeline.FindAllString(r.cmd.Script, -1)) != count("xargs") {
		return search{}, false
	}
	before := &runner{call: &r.cmd.Calls[r.index-1]}
	if before.call.Name() != "find" || before.call.Dir != r.call.Dir {
		return search{}, false
	}
	s, ok := parseFind(wordsOf(before.call)[1:])
	return s, ok && len(s.action) == 0
}

// toFound does to each file that was found what the words of chmod or chown
// say; any other program may do anything to them.
func (r *runner) toFound(s search, action []word, weak bool) {
	dummy := word{text: "/", literal: true}
	e, _, ok := r.accessEffect(path.Base(action[0].text), append(slices.Clone(action[1:]), dummy))
	if len(s.roots) == 0 {
		s.roots = []word{{text: ".", literal: true}}
	}
	if !ok || e.deep || !action[0].literal {
		for _, root := range s.roots {
			r.doubtWord(root)
		}
		return
	}
	do := e.do
	e.deep, e.weak = true, weak || s.some
	e.do = func(n *node) { s.onlyKind(n, do) }
	r.each(s.roots, e)
}

// onlyKind does it to a node as far as that is of the kind searched for.
func (s search) onlyKind(n *node, do func(*node)) {
	switch n.kind {
	case s.kind:
		do(n)
	case folder, plain, link:
		if s.kind == anyKind {
			do(n)
		}
	case anyKind, noLink, baseKind:
		before := n.facts()
		do(n)
		if s.kind == folder {
			n.asFile = before.asFile
		} else {
			n.asDir = before.asDir
		}
		n.uid, n.gid = n.uid.joined(before.uid), n.gid.joined(before.gid)
	}
}

// wordsOf returns the words of a call.
func wordsOf(c *check.Call) []word {
	var words []word
	for i, text := range c.Args {
		words = append(words, word{text, !c.IsUnexpanded(i) && !strings.ContainsAny(text, "*?[{~")})
	}
	return words
}
