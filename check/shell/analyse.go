// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"fmt"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

// Word is one argument of a program.
type Word struct {
	Text string
	At   check.Location
}

// Environment is what is known of the variables that a command starts with, as
// a [check.Env] tells it.
type Environment interface {
	Lookup(name string) check.Setting[string]
}

// Analyse takes apart the command that these words start when a container
// starts, the program first, with env for its environment.
func Analyse(words []Word, env Environment) *check.Command {
	return analyse(words, &analysis{}, rootScope(startVariables(env)))
}

// AnalyseRun does the same for a command that a builder runs for a RUN
// instruction. The calls include those in command substitutions, and a variable
// that is not in the environment is not set but for what the builder and the
// shell add.
func AnalyseRun(words []Word, env Environment) *check.Command {
	return analyse(words, &analysis{build: true}, rootScope(buildVariables(env)))
}

func analyse(words []Word, a *analysis, s *scope) *check.Command {
	a.out = new(check.Command)
	if len(words) == 0 {
		return a.out
	}
	p := start{scope: s}
	for _, w := range words {
		a.out.Args = append(a.out.Args, w.Text)
		p.words = append(p.words, word{text: w.Text, at: w.At})
	}
	a.start(p)
	return a.out
}

// Limits on what a command may cost; a function's own command has 5,120
// characters at most.
const (
	maxNesting   = 16        // wrappers around a program, shells in shells
	maxDepth     = 100       // blocks in blocks of a script
	maxScript    = 32 << 10  // bytes of one script; the parser takes up to 1 kB of stack for each
	maxBrackets  = 1_000     // of one script; those nest deepest
	maxExpansion = 256 << 10 // bytes of all words that were expanded
	maxSteps     = 2_000     // commands of a script that are looked at
)

// word is one argument of a program.
type word struct {
	text       string
	unexpanded bool           // text is as written, only the running shell knows its value
	at         check.Location // zero for a word of a script
}

func texts(words []word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.text
	}
	return out
}

// start is a program that is about to be started.
type start struct {
	words       []word
	scope       *scope
	wrappers    [][]string
	background  bool
	conditional bool
	unchecked   bool
	guard       *check.Guard
	writes      []check.Redirection
	inScript    bool
	nesting     int
	at          check.Location // of the script; zero outside of one
}

// location returns where the program is named.
func (p *start) location() check.Location {
	if p.inScript {
		return p.at
	}
	return p.words[0].at
}

// analysis takes one command apart.
type analysis struct {
	out   *check.Command
	build bool
	spent int // of maxExpansion
	steps int // of maxSteps
}

// opaque notes why the calls may not be all or not be right; the first reason
// stays.
func (a *analysis) opaque(format string, args ...any) {
	if a.out.Opaque == nil {
		a.out.Opaque = fmt.Errorf(format, args...)
	}
}

// spend reports whether n more bytes of expanded words are within the limit.
func (a *analysis) spend(n int) bool {
	a.spent += n
	if a.spent > maxExpansion {
		a.opaque("the words of the script expand to more than %d bytes", maxExpansion)
		return false
	}
	return true
}

// start notes the calls that the program comes down to: takes wrappers off it
// and looks into the script that it gives to a shell.
func (a *analysis) start(p start) {
	for ; p.nesting < maxNesting; p.nesting++ {
		if s, ok := scriptOf(p.words); ok {
			a.script(p, s)
			return
		}
		if !a.unwrap(&p) {
			a.add(p)
			return
		}
	}
	a.opaque("it is nested more than %d programs deep", maxNesting)
	a.add(p)
}

// add notes the program as a call.
func (a *analysis) add(p start) {
	call := check.Call{
		Args: texts(p.words), Wrappers: p.wrappers, Dir: p.scope.dir, Vars: a.vars(p.scope),
		Background: p.background, Conditional: p.conditional, Guard: p.guard, Writes: p.writes, At: p.location(),
		// After something that is not certain, so is what the script notices.
		Unchecked: p.unchecked || p.background || a.out.Opaque != nil,
	}
	for i, w := range p.words {
		if w.unexpanded {
			call.Unexpanded = append(call.Unexpanded, i)
		}
	}
	if slices.Contains(call.Unexpanded, 0) {
		a.opaque("the program %s is known only to the running shell", quote(p.words[0].text))
	}
	a.out.Calls = append(a.out.Calls, call)
}

// vars returns what the script and the wrappers put into the environment.
func (a *analysis) vars(s *scope) map[string]string {
	var out map[string]string
	for name, v := range s.exported() {
		if !a.spend(len(name) + len(v.value)) {
			return nil
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = v.value
	}
	return out
}
