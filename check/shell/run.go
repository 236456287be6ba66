// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shellRun walks through a script as the shell would run it, without running
// anything, and notes the programs that it starts.
type shellRun struct {
	*analysis
	program   start // the shell
	text      string
	lang      syntax.LangVariant
	params    []word // $0, $1, …
	lost      bool   // params were changed by set or shift
	functions map[string]*syntax.Stmt
}

// frame is how a statement is run.
type frame struct {
	scope       *scope
	background  bool
	conditional bool
	depth       int
}

func (f frame) in(s *scope) frame {
	f.scope = s
	return f
}

// list runs statements until one of them ends the shell.
func (r *shellRun) list(stmts []*syntax.Stmt, f frame) {
	for _, st := range stmts {
		r.stmt(st, f)
		if f.scope.flow != running {
			return
		}
	}
}

// stmt runs one statement.
func (r *shellRun) stmt(st *syntax.Stmt, f frame) {
	r.steps++
	f.depth++
	if r.steps > maxSteps || f.depth > maxDepth {
		r.opaque("the script is too long or too deep to follow")
		return
	}
	if st.Background || st.Coprocess || st.Disown {
		f.background = true
		f = f.in(f.scope.child())
	}
	r.command(st.Cmd, f)
}

// command runs what a statement consists of. Tests and arithmetic start
// nothing.
func (r *shellRun) command(cmd syntax.Command, f frame) {
	switch c := cmd.(type) {
	case *syntax.CallExpr:
		r.call(c, f)
	case *syntax.DeclClause:
		r.declare(c, f.scope)
	case *syntax.BinaryCmd:
		r.binary(c, f)
	case *syntax.Block:
		r.list(c.Stmts, f)
	case *syntax.Subshell:
		r.list(c.Stmts, f.in(f.scope.child()))
	case *syntax.IfClause:
		r.ifClause(c, f)
	case *syntax.WhileClause:
		forgetAssigned(c, f.scope)
		r.list(c.Cond, f)
		r.maybe(c.Do, f)
	case *syntax.ForClause:
		forgetAssigned(c, f.scope)
		r.maybe(c.Do, f)
	case *syntax.CaseClause:
		for _, item := range c.Items {
			r.maybe(item.Stmts, f)
		}
	case *syntax.FuncDecl:
		if c.Name != nil {
			r.functions[c.Name.Value] = c.Body
		}
	case *syntax.TimeClause:
		if c.Stmt != nil {
			r.stmt(c.Stmt, f)
		}
	case *syntax.CoprocClause:
		f.background = true
		r.stmt(c.Stmt, f.in(f.scope.child()))
	}
}

// maybe runs statements that the shell may leave out.
func (r *shellRun) maybe(stmts []*syntax.Stmt, f frame) {
	child := f.scope.child()
	f.conditional = true
	r.list(stmts, f.in(child))
	r.mergeMaybe(f.scope, child)
}

func (r *shellRun) mergeMaybe(s, child *scope) {
	if !s.mergeMaybe(child) {
		r.opaque("whether the script changes to the directory %s is not certain", quote(child.dir))
	}
}

func (r *shellRun) ifClause(c *syntax.IfClause, f frame) {
	r.list(c.Cond, f) // The else part has no condition.
	for ; c != nil; c = c.Else {
		r.maybe(c.Then, f)
		if c.Else != nil {
			r.maybe(c.Else.Cond, f)
		}
	}
}

func (r *shellRun) binary(c *syntax.BinaryCmd, f frame) {
	switch c.Op {
	case syntax.AndStmt:
		r.and(c, f)
	case syntax.OrStmt:
		r.stmt(c.X, f)
		if f.scope.flow == running {
			r.maybe([]*syntax.Stmt{c.Y}, f)
		}
	case syntax.Pipe, syntax.PipeAll:
		r.stmt(c.X, f.in(f.scope.child()))
		r.stmt(c.Y, f.in(f.scope.child()))
	}
}

// and runs a chain of &&. Each command sees what the ones before changed; what
// comes after the chain does so for certain only if none of those can fail.
func (r *shellRun) and(c *syntax.BinaryCmd, f frame) {
	chain := []*syntax.Stmt{c.Y}
	for {
		chain = append(chain, c.X)
		left, ok := c.X.Cmd.(*syntax.BinaryCmd)
		if !ok || left.Op != syntax.AndStmt || c.X.Negated {
			break
		}
		c, chain = left, append(chain[:len(chain)-1], left.Y)
	}
	slices.Reverse(chain)
	child := f.scope.child()
	inner := f.in(child)
	certain := true
	for i, st := range chain {
		r.stmt(st, inner)
		if child.flow != running {
			break
		}
		inner.conditional = inner.conditional || tests(st)
		certain = certain && (i == len(chain)-1 || succeeds(st))
	}
	if certain {
		f.scope.merge(child)
	} else {
		r.mergeMaybe(f.scope, child)
	}
}

// firstWord returns the literal name of a simple command, or "".
func firstWord(st *syntax.Stmt) string {
	call, ok := st.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	return call.Args[0].Lit()
}

// tests reports whether a command is there to fail or not.
func tests(st *syntax.Stmt) bool {
	switch st.Cmd.(type) {
	case *syntax.TestClause, *syntax.ArithmCmd, *syntax.LetClause:
		return true
	}
	return st.Negated || slices.Contains([]string{"[", "test", "command", "false", "getent", "grep", "id", "which"}, firstWord(st))
}

// succeeds reports whether a command does not fail where the container is any
// good.
func succeeds(st *syntax.Stmt) bool {
	if call, ok := st.Cmd.(*syntax.CallExpr); ok && len(call.Args) == 0 {
		return !st.Negated
	}
	if _, ok := st.Cmd.(*syntax.DeclClause); ok {
		return !st.Negated
	}
	return !st.Negated && slices.Contains([]string{":", "cd", "echo", "exec", "set", "true", "ulimit", "umask"}, firstWord(st))
}

// forgetAssigned makes the variables unknown that a loop assigns, as its second
// round sees what the first one left.
func forgetAssigned(loop syntax.Node, s *scope) {
	syntax.Walk(loop, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name != nil {
				s.forget(n.Name.Value)
			}
		case *syntax.WordIter:
			s.forget(n.Name.Value)
		}
		return true
	})
}

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

// value returns what an assignment gives a variable.
func (r *shellRun) value(as *syntax.Assign, s *scope) variable {
	if as.Append || as.Index != nil || as.Array != nil {
		return variable{value: r.source(as), state: unknown}
	}
	if as.Value == nil {
		return variable{state: known}
	}
	text, ok := r.expandValue(as.Value, s)
	if !ok {
		return variable{value: r.source(as.Value), state: unknown}
	}
	return variable{value: text, state: known}
}

// source returns a part of the script as it is written.
func (r *shellRun) source(n syntax.Node) string {
	from, to := n.Pos().Offset(), n.End().Offset()
	if from > to || to > uint(len(r.text)) {
		return ""
	}
	return r.text[from:to]
}

// call runs a simple command.
func (r *shellRun) call(c *syntax.CallExpr, f frame) {
	words := r.words(c.Args, f.scope)
	if len(words) == 0 {
		for _, as := range c.Assigns {
			f.scope.assign(as.Name.Value, r.value(as, f.scope))
		}
		return
	}
	name := words[0].text
	if words[0].unexpanded {
		name = ""
	}
	if body := r.functions[name]; body != nil {
		r.function(body, words, f)
		return
	}
	if r.builtin(name, words, f.scope) {
		return
	}
	scope := f.scope.child()
	for _, as := range c.Assigns {
		v := r.value(as, f.scope)
		v.exported = true
		scope.set(as.Name.Value, v)
	}
	r.start(start{
		words: words, scope: scope, wrappers: r.program.wrappers, inScript: true, at: r.program.at, nesting: r.program.nesting + 1,
		background: f.background, conditional: f.conditional,
	})
	switch name {
	case "exec", "exit":
		f.scope.flow = exited
	case "return":
		f.scope.flow = returned
	}
}

// function runs the body of a function with its arguments.
func (r *shellRun) function(body *syntax.Stmt, words []word, f frame) {
	params, lost := r.params, r.lost
	f.conditional = true
	words[0] = word{unexpanded: true}
	if len(params) > 0 {
		words[0] = params[0] // $0 stays.
	}
	r.params, r.lost = words, false
	r.stmt(body, f)
	r.params, r.lost = params, lost
	if f.scope.flow == returned {
		f.scope.flow = running
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
	case "eval", ".", "source", "alias", "pushd", "popd":
		r.opaque("what %s does in the script is known only to the running shell", name)
	case "set":
		r.lost = r.lost || setsParams(words[1:])
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
