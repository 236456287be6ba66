// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"path"
	"slices"
	"strings"
)

// wrapper is a program that starts the program behind its own arguments.
type wrapper struct {
	options  grammar
	operands int    // arguments of its own, before the program
	assigns  bool   // NAME=value before the program goes into the environment
	builtin  bool   // part of the shell, no program
	entry    bool   // an entrypoint script that ends in exec "$@"
	dir      string // option with the directory that the program starts in
	clear    string // options that empty the environment
	dash     string // the option that a lone "-" stands for
	unset    string // options with a variable that is removed
	needs    string // options without one of which it is no wrapper
	policy   bool   // its own configuration decides which variables it passes on
	detach   string // options that send the program to the background
	// attach are the options of a wrapper that detaches the main process of a
	// container unless one of them is given.
	attach string
	source string // the page that says so
}

// wrappers are the known wrappers by base name. A wrapper with an option that
// is not listed is not looked through.
var wrappers = map[string]wrapper{
	"env": {
		options: grammar{"i0v", "uC", "ignore-environment null debug unset= chdir="}, assigns: true,
		dir: "C chdir", clear: "i ignore-environment", dash: "i", unset: "u unset",
		source: "https://man7.org/linux/man-pages/man1/env.1.html",
	},
	"exec":  {options: grammar{"cl", "a", ""}, builtin: true, clear: "c", source: "https://man7.org/linux/man-pages/man1/bash.1.html"},
	"nohup": {source: "https://man7.org/linux/man-pages/man1/nohup.1.html"},
	"nice": {
		options: grammar{"0123456789", "n", "adjustment="},
		source:  "https://man7.org/linux/man-pages/man1/nice.1.html",
	},
	"ionice": {
		options: grammar{"t", "cn", "class= classdata= ignore"},
		source:  "https://man7.org/linux/man-pages/man1/ionice.1.html",
	},
	"stdbuf": {
		options: grammar{"", "ioe", "input= output= error="},
		source:  "https://man7.org/linux/man-pages/man1/stdbuf.1.html",
	},
	"timeout": {
		options: grammar{"v", "ks", "preserve-status foreground verbose kill-after= signal="}, operands: 1,
		source: "https://man7.org/linux/man-pages/man1/timeout.1.html",
	},
	"time": {
		options: grammar{"apqv", "fo", "append portability quiet verbose format= output="},
		source:  "https://man7.org/linux/man-pages/man1/time.1.html",
	},
	"setsid": {
		options: grammar{"cfw", "", "ctty fork wait"}, detach: "f fork", attach: "w wait",
		source: "https://man7.org/linux/man-pages/man1/setsid.1.html",
	},
	"tini":        {options: grammar{"svwg", "pe", ""}, source: "https://github.com/krallin/tini"},
	"tini-static": {options: grammar{"svwg", "pe", ""}, source: "https://github.com/krallin/tini"},
	"docker-init": {options: grammar{"svwg", "pe", ""}, source: "https://docs.docker.com/reference/cli/docker/container/run/#init"},
	"dumb-init":   {options: grammar{"cv", "r", "single-child verbose rewrite="}, source: "https://github.com/Yelp/dumb-init"},
	"catatonit":   {options: grammar{"gP", "", ""}, source: "https://github.com/openSUSE/catatonit"},
	"sudo": {
		options: grammar{"ABbEHknPS", "CDghpRrtTUu", "askpass bell background non-interactive preserve-env set-home stdin chdir= group= host= prompt= user="},
		assigns: true, policy: true, dir: "D chdir", detach: "b background",
		source: "https://man7.org/linux/man-pages/man8/sudo.8.html",
	},
	"doas":    {options: grammar{"n", "aCu", ""}, policy: true, source: "https://man.openbsd.org/doas"},
	"gosu":    {operands: 1, source: "https://github.com/tianon/gosu"},
	"su-exec": {operands: 1, source: "https://github.com/ncopa/su-exec"},
	"setpriv": {
		options: grammar{"", "", "clear-groups keep-groups init-groups no-new-privs nnp reset-env ruid= euid= reuid= rgid= egid= regid= " +
			"groups= inh-caps= ambient-caps= bounding-set= securebits= pdeathsig= selinux-label= apparmor-profile="}, clear: "reset-env",
		source: "https://man7.org/linux/man-pages/man1/setpriv.1.html",
	},
	"chpst": {
		options: grammar{"vP012", "uUbe/CnlLmdopfcrt", ""}, dir: "C",
		source: "https://smarden.org/runit/chpst.8",
	},
	"s6-setuidgid": {operands: 1, source: "https://skarnet.org/software/s6/s6-setuidgid.html"},
	"runuser": {
		options: grammar{"", "u", "user="}, needs: "u user",
		source: "https://man7.org/linux/man-pages/man1/runuser.1.html",
	},
	"docker-entrypoint.sh":  {entry: true, source: "https://github.com/nodejs/docker-node/blob/main/docker-entrypoint.sh"},
	"docker-php-entrypoint": {entry: true, source: "https://github.com/docker-library/php/blob/master/docker-php-entrypoint"},
}

// unwrap takes the wrapper off that the program starts with, and reports
// whether there was one with a program behind it.
func (a *analysis) unwrap(p *start) bool {
	name := path.Base(p.words[0].text)
	w, known := wrappers[name]
	if !known || p.words[0].unexpanded || w.builtin && (!p.inScript || name != p.words[0].text) {
		return false
	}
	words := p.words
	if name == "env" {
		words = a.splitString(words)
	}
	options, next, err := w.readOptions(words)
	if err != nil {
		a.opaque("%w", err)
		return false
	}
	scope := p.scope.child()
	scope.blurred = w.policy
	if w.assigns {
		next = scope.takeAssignments(words, next)
	}
	next += w.operands
	if next >= len(words) || w.entry && !passesOn(words[next]) || w.needs != "" && !given(options, w.needs) {
		return false
	}
	for _, o := range options {
		w.apply(o, p, scope)
	}
	if w.attach != "" && p.leadsSession() && !given(options, w.attach) {
		p.background = true
	}
	p.wrappers = append(slices.Clip(p.wrappers), texts(words[:next]))
	p.words, p.scope = words[next:], scope
	return true
}

// readOptions reads the options before the first operand; next is its index.
func (w wrapper) readOptions(words []word) (options []option, next int, err error) {
	for next = 1; next < len(words) && !w.entry; {
		switch {
		case words[next].text == "--":
			return options, next + 1, nil
		case words[next].text == "-" && w.dash != "":
			options = append(options, option{name: w.dash})
			next++
		case !isOption(words[next]):
			return options, next, nil
		default:
			var more []option
			if more, next, err = w.options.read(words, next); err != nil {
				return nil, 0, err
			}
			options = append(options, more...)
		}
	}
	return options, next, nil
}

// apply does what the option does to the program that gets started.
func (w wrapper) apply(o option, p *start, s *scope) {
	switch {
	case o.among(w.dir):
		s.dir = join(s.dir, o.value.text)
	case o.among(w.clear):
		s.cleared = true
	case o.among(w.unset):
		s.set(o.value.text, variable{state: unset})
	case o.among(w.detach):
		p.background = true
	}
}

// takeAssignments puts leading NAME=value words into the environment and
// returns the index behind them.
func (s *scope) takeAssignments(words []word, i int) int {
	for ; i < len(words); i++ {
		name, value, ok := strings.Cut(words[i].text, "=")
		if !ok || name == "" {
			break
		}
		state := known
		if words[i].unexpanded {
			state = unknown
		}
		s.set(name, variable{value: value, state: state, exported: true})
	}
	return i
}

// splitString returns the words of an env whose first option is -S with the
// option's text taken apart.
func (a *analysis) splitString(words []word) []word {
	if len(words) < 2 {
		return words
	}
	text, rest := words[1].text, words[2:]
	switch {
	case text == "-S" && len(rest) > 0:
		text, rest = rest[0].text, rest[1:]
	case strings.HasPrefix(text, "-S"):
		text = text[2:]
	case strings.HasPrefix(text, "--split-string="):
		text = strings.TrimPrefix(text, "--split-string=")
	default:
		return words
	}
	if strings.ContainsAny(text, `\"'$#`) {
		return words // The option is unknown to the grammar, which makes the command opaque.
	}
	out := words[:1:1]
	for field := range strings.FieldsSeq(text) {
		out = append(out, word{text: field, at: words[1].at})
	}
	return append(out, rest...)
}

// passesOn reports whether an entrypoint script starts the program named by its
// first argument as it is: an option, or a script to a language's own image, is
// for the image's default program.
func passesOn(first word) bool {
	return !strings.HasPrefix(first.text, "-") && !slices.Contains([]string{".js", ".mjs", ".cjs", ".php"}, path.Ext(first.text))
}

// leadsSession reports whether the program runs as the leader of its process
// group, as the main process of a container does, and what it becomes by exec.
func (p *start) leadsSession() bool {
	return !p.inScript || len(p.wrappers) > 0 && p.wrappers[0][0] == "exec"
}

// join returns the directory that cd to dir leads to from the directory at,
// which is relative to the start directory unless absolute.
func join(at, dir string) string {
	if path.IsAbs(dir) {
		return path.Clean(dir)
	}
	return path.Join(at, dir)
}
