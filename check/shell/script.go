// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shells are the known shells by base name, with the language they speak.
var shells = map[string]syntax.LangVariant{
	"sh": syntax.LangPOSIX, "ash": syntax.LangPOSIX, "dash": syntax.LangPOSIX,
	"bash": syntax.LangBash, "ksh": syntax.LangMirBSDKorn, "zsh": syntax.LangZsh,
}

// script is a text that a shell is given by -c.
type script struct {
	shell  word
	lang   syntax.LangVariant
	text   word
	params []word // $0, $1, …
	set    shellOptions
	// switched is set for a script that su or runuser starts as another user;
	// login, where that user's environment replaces all of it.
	switched, login bool
}

// scriptOf returns the script that the program with these words runs.
func scriptOf(words []word) (script, bool) {
	name := path.Base(words[0].text)
	first := 1
	if name == "busybox" && len(words) > 1 {
		name, first = words[1].text, 2
	}
	lang, isShell := shells[name]
	switch {
	case words[0].unexpanded:
		return script{}, false
	case name == "su" || name == "runuser":
		return switchedScript(words)
	case !isShell:
		return script{}, false
	}
	at := scriptIndex(words, first)
	if at == 0 {
		return script{}, false
	}
	s := script{shell: words[0], lang: lang, text: words[at], params: words[at+1:]}
	s.set.apply(words[first:at])
	return s, true
}

// scriptIndex returns the index of the script among the words of a shell whose
// options begin at the index first, or 0 when -c gives none.
func scriptIndex(words []word, first int) int {
	given := false
	for i := first; i < len(words); i++ {
		text := words[i].text
		switch {
		case text == "--rcfile" || text == "--init-file":
			i++
		case strings.HasPrefix(text, "--") && text != "--":
		case len(text) > 1 && text != "--" && (text[0] == '-' || text[0] == '+'):
			given = given || text[0] == '-' && strings.Contains(text, "c")
			i += strings.Count(text, "o") + strings.Count(text, "O") // each is followed by the name of an option
		default:
			if text == "--" || text == "-" {
				i++
			}
			if !given || i >= len(words) {
				return 0
			}
			return i
		}
	}
	return 0
}

// switchOptions is what su and runuser have in common; a lone "-" is -l.
var switchOptions = grammar{"fhlmpPT", "cgGsw", "fast login preserve-environment pty no-pty command= session-command= group= supp-group= shell= whitelist-environment="}

// switchedScript returns the script of "su [-] user -c script".
func switchedScript(words []word) (script, bool) {
	s := script{shell: word{text: "/bin/sh"}, lang: syntax.LangPOSIX, switched: true}
	var operands []word
	given := false
	for i := 1; i < len(words); {
		if words[i].text == "-" || !isOption(words[i]) {
			s.login = s.login || words[i].text == "-"
			if words[i].text != "-" && words[i].text != "--" {
				operands = append(operands, words[i])
			}
			i++
			continue
		}
		options, next, err := switchOptions.read(words, i)
		if err != nil {
			return script{}, false
		}
		for _, o := range options {
			switch {
			case o.among("c command session-command"):
				s.text, given = o.value, true
			case o.among("s shell") && o.value.text != "":
				s.shell = o.value
			case o.among("l login"):
				s.login = true
			}
		}
		i = next
	}
	if lang, ok := shells[path.Base(s.shell.text)]; ok {
		s.lang = lang
	}
	if len(operands) > 0 {
		s.params = operands[1:] // The first is the user.
	}
	return s, given
}

// script notes the calls of a script that p runs.
func (a *analysis) script(p start, s script) {
	if s.text.unexpanded || s.shell.unexpanded {
		a.opaque("the script %s is known only to the running shell", quote(s.text.text))
		a.add(p)
		return
	}
	if !p.inScript {
		p.inScript, p.at = true, s.text.at
		a.out.Shell, a.out.Script = s.shell.text, s.text.text
	}
	file, err := parseScript(s.text.text, s.lang)
	if err != nil {
		a.opaque("reading the script that %s runs: %w", quote(s.shell.text), err)
		return
	}
	p.scope = p.scope.child()
	if s.switched {
		p.wrappers = append(slices.Clip(p.wrappers), texts(p.words))
		p.scope.switchUser(s.login)
	}
	p.scope.shell, p.scope.left = s.set, false
	r := &shellRun{analysis: a, shell: p, text: s.text.text, lang: s.lang, params: s.params, functions: map[string]*syntax.Stmt{}}
	noticed := !p.unchecked && !p.background
	r.list(file.Stmts, frame{
		scope: p.scope, background: p.background, conditional: p.conditional, guard: p.guard, writes: p.writes,
		noticed: noticed, shellNoticed: noticed,
	})
}

// switchUser makes the environment that of another user.
func (s *scope) switchUser(login bool) {
	s.cleared = login
	for _, name := range []string{"HOME", "LOGNAME", "PATH", "SHELL", "USER"} {
		s.set(name, variable{value: "$" + name, state: unknown})
	}
}

// parseScript parses a script. The text is hostile: its length and depth are
// bounded, and a parser that panics is one that does not understand.
func parseScript(text string, lang syntax.LangVariant) (file *syntax.File, err error) {
	if len(text) > maxScript {
		return nil, fmt.Errorf("it is longer than %d bytes", maxScript)
	}
	if strings.Count(text, "(")+strings.Count(text, "{")+strings.Count(text, "`") > maxBrackets {
		return nil, fmt.Errorf("it has more than %d brackets", maxBrackets)
	}
	defer func() {
		if cause := recover(); cause != nil {
			file, err = nil, errors.New("it is not understood")
		}
	}()
	return syntax.NewParser(syntax.Variant(lang)).Parse(strings.NewReader(text), "")
}
