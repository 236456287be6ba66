// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// declare runs export, readonly and the like.
func (r *shellRun) declare(c *syntax.DeclClause, s *scope) {
	for _, as := range c.Args {
		if as.Name == nil {
			if as.Value == nil || as.Value.Lit() == "" {
				r.opaque("what %s sets is known only to the running shell", quote(r.source(as)))
			}
			continue // An option.
		}
		name := as.Name.Value
		if c.Variant.Value != "export" && c.Variant.Value != "readonly" {
			s.forget(name) // It may be another variable of the same name.
			continue
		}
		v := s.lookup(name)
		if !as.Naked {
			v = r.value(as, s)
		}
		v.exported = v.exported || c.Variant.Value == "export"
		s.assign(name, v)
	}
}

// builtin does what a builtin of the shell does to the shell itself. It reports
// whether that is all; the other builtins are calls as well.
func (r *shellRun) builtin(name string, words []word, s *scope) (done bool) {
	switch name {
	case "cd":
		r.changeDir(words, s)
		return true
	case "export", "readonly":
		r.export(words, s)
		return true
	case "exec":
		return len(words) == 1 // It only redirects.
	case "trap":
		s.left = true // It may end the script in its own way.
	case "eval", ".", "source", "alias", "pushd", "popd":
		r.opaque("what %s does in the script is known only to the running shell", name)
	case "set":
		r.lost = r.lost || setsParams(words[1:])
		s.shell.apply(words[1:])
	case "shift":
		r.lost = true
	case "getopts", "local", "mapfile", "printf", "read", "readarray", "typeset", "unset", "wait":
		for _, w := range words[1:] {
			if name, _, _ := strings.Cut(w.text, "="); syntax.ValidName(name) {
				s.forget(name)
			}
		}
	}
	return false
}

// export runs export and readonly where they are commands like others, which
// they are to a POSIX shell.
func (r *shellRun) export(words []word, s *scope) {
	for _, w := range words[1:] {
		name, value, assigned := strings.Cut(w.text, "=")
		switch {
		case !syntax.ValidName(name):
			if w.unexpanded {
				r.opaque("what %s sets is known only to the running shell", quote(w.text))
			}
			continue // An option.
		case !assigned:
			v := s.lookup(name)
			v.exported = v.exported || words[0].text == "export"
			s.set(name, v)
			continue
		}
		v := variable{value: value, state: known, exported: words[0].text == "export"}
		if w.unexpanded {
			v.state = unknown
		}
		s.assign(name, v)
	}
}

// setsParams reports whether the arguments of set hold more than options.
func setsParams(args []word) bool {
	for i := 0; i < len(args); i++ {
		text := args[i].text
		if args[i].unexpanded || text == "" || text == "-" || text == "--" || text[0] != '-' && text[0] != '+' {
			return true
		}
		i += strings.Count(text, "o") // It is followed by the name of an option.
	}
	return false
}

// changeDir runs cd.
func (r *shellRun) changeDir(words []word, s *scope) {
	var target word
	for _, w := range words[1:] {
		if !slices.Contains([]string{"-L", "-P", "-e", "--"}, w.text) || target.text != "" {
			target = w
		}
	}
	if target.text == "" {
		home := s.lookup("HOME")
		target = word{text: home.value, unexpanded: home.state != known}
	}
	if target.unexpanded || target.text == "-" {
		r.opaque("the directory of cd %s is known only to the running shell", quote(target.text))
		return
	}
	s.dir = join(s.dir, target.text)
}
