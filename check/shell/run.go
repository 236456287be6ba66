// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"slices"
	"strconv"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fgpreflight/fgpreflight/check"
)

// shellRun walks through a script as the shell would run it, without running
// anything, and notes the programs that it starts.
type shellRun struct {
	*analysis
	shell     start
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
	guard       *check.Guard
	writes      []check.Redirection // where the output goes
	depth       int

	// noticed is set where the script fails if the statement does,
	// shellNoticed where it fails if the shell or subshell does that runs the
	// statement. In a condition, errexit is ignored.
	noticed, shellNoticed, ignored bool
}

func (f frame) in(s *scope) frame {
	f.scope = s
	return f
}

// on returns the frame of a statement that is run on a condition; the guard is
// nil where more than the result of one command decides.
func (f frame) on(guard *check.Guard) frame {
	f.guard = guard
	if f.conditional {
		f.guard = nil
	}
	f.conditional = true
	return f
}

// unnoticed returns the frame of a statement that may fail.
func (f frame) unnoticed() frame {
	f.noticed, f.ignored = false, true
	return f
}

// subshell returns the frame of a statement in a shell of its own.
func (f frame) subshell() frame {
	f.shellNoticed = f.noticed
	return f.in(f.scope.child())
}

// list runs statements until one of them ends the shell. What the last one
// returns is the result of the list.
func (r *shellRun) list(stmts []*syntax.Stmt, f frame) {
	noticed := f.noticed
	for i, st := range stmts {
		f.noticed = noticed && i == len(stmts)-1
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
		f = f.unnoticed().subshell()
	}
	if st.Negated {
		f = f.unnoticed()
	}
	if endsOnError(st) {
		f.noticed = f.noticed || f.scope.shell.errexit && f.shellNoticed && !f.ignored
	}
	f.writes = r.redirect(st, f)
	if r.build {
		r.substitutions(st, f)
	}
	r.command(st.Cmd, f)
}

// endsOnError reports whether errexit ends the script if the statement fails.
// Of other statements it looks at the commands in them, so that it does not see
// the first of "a && b", nor those in "{ a && b; }" as a whole.
func endsOnError(st *syntax.Stmt) bool {
	switch c := st.Cmd.(type) {
	case *syntax.BinaryCmd:
		return c.Op == syntax.Pipe || c.Op == syntax.PipeAll
	case *syntax.Block, *syntax.IfClause, *syntax.WhileClause, *syntax.ForClause, *syntax.CaseClause, *syntax.TimeClause:
		return false
	}
	return true
}

// command runs what a statement consists of. Tests and arithmetic start
// nothing.
func (r *shellRun) command(cmd syntax.Command, f frame) {
	switch c := cmd.(type) {
	case nil: // There is a redirection only.
		r.call(new(syntax.CallExpr), f)
	case *syntax.CallExpr:
		r.call(c, f)
	case *syntax.DeclClause:
		r.declare(c, f.scope)
	case *syntax.BinaryCmd:
		r.binary(c, f)
	case *syntax.Block:
		r.list(c.Stmts, f)
	case *syntax.Subshell:
		r.list(c.Stmts, f.subshell())
	case *syntax.IfClause:
		r.ifClause(c, f)
	case *syntax.WhileClause:
		forgetAssigned(c, f.scope)
		r.list(c.Cond, f.unnoticed())
		r.loop(c.Do, f)
	case *syntax.ForClause:
		forgetAssigned(c, f.scope)
		r.loop(c.Do, f)
	case *syntax.CaseClause:
		for _, item := range c.Items {
			r.maybe(item.Stmts, f.on(nil))
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
		r.stmt(c.Stmt, f.unnoticed().subshell())
	}
}

// maybe runs statements that the shell may leave out.
func (r *shellRun) maybe(stmts []*syntax.Stmt, f frame) {
	child := f.scope.child()
	r.list(stmts, f.in(child))
	r.mergeMaybe(f.scope, child)
}

// loop runs the body of a loop, which returns what its last round does.
func (r *shellRun) loop(body []*syntax.Stmt, f frame) {
	f = f.on(nil)
	f.noticed = false
	r.maybe(body, f)
}

func (r *shellRun) mergeMaybe(s, child *scope) {
	if !s.mergeMaybe(child) {
		r.opaque("whether the script changes to the directory %s is not certain", quote(child.dir))
	}
}

func (r *shellRun) ifClause(c *syntax.IfClause, f frame) {
	r.list(c.Cond, f.unnoticed()) // The else part has no condition.
	guard := r.guard(c.Cond, f.scope)
	r.maybe(c.Then, f.on(guard))
	for guard = guard.Opposite(); c.Else != nil; guard = nil {
		c = c.Else
		if len(c.Cond) > 0 {
			guard = nil
			r.maybe(c.Cond, f.on(nil).unnoticed())
		}
		r.maybe(c.Then, f.on(guard))
	}
}

// guard returns the condition as a guard if it is one simple command, else nil.
func (r *shellRun) guard(cond []*syntax.Stmt, s *scope) *check.Guard {
	if len(cond) != 1 || cond[0].Background {
		return nil
	}
	call, ok := cond[0].Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 || len(call.Assigns) > 0 {
		return nil
	}
	words := r.words(call.Args, s)
	if len(words) == 0 || slices.ContainsFunc(words, func(w word) bool { return w.unexpanded }) {
		return nil
	}
	return &check.Guard{Args: texts(words), Failed: cond[0].Negated}
}

func (r *shellRun) binary(c *syntax.BinaryCmd, f frame) {
	switch c.Op {
	case syntax.AndStmt:
		r.and(c, f)
	case syntax.OrStmt:
		x := f.unnoticed()
		// What is ignored may not even have been reached.
		x.noticed = endsScript(c.Y) && f.shellNoticed && (f.noticed || !f.ignored)
		r.stmt(c.X, x)
		if f.scope.flow == running {
			r.maybe([]*syntax.Stmt{c.Y}, f.on(r.guard([]*syntax.Stmt{c.X}, f.scope).Opposite()))
		}
	case syntax.Pipe, syntax.PipeAll:
		x := f
		x.noticed = f.noticed && f.scope.shell.pipefail
		r.stmt(c.X, x.subshell())
		r.stmt(c.Y, f.subshell())
	}
}

// endsScript reports whether the statement ends the script as a failure.
func endsScript(st *syntax.Stmt) bool {
	if block, ok := st.Cmd.(*syntax.Block); ok && len(block.Stmts) > 0 {
		return endsScript(block.Stmts[len(block.Stmts)-1])
	}
	call, ok := st.Cmd.(*syntax.CallExpr)
	if !ok || st.Background || len(call.Args) != 2 || call.Args[0].Lit() != "exit" {
		return false
	}
	return isFailure(call.Args[1].Lit())
}

// isFailure reports whether the argument of exit is certainly not 0.
func isFailure(status string) bool {
	n, err := strconv.Atoi(status)
	return err == nil && n > 0 && n < 256
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
	inner.ignored = true // Even for the last one, as it may be left out.
	for i, st := range chain {
		r.stmt(st, inner)
		if child.flow != running {
			break
		}
		if !r.build && tests(st) { // A build that goes on has passed the test, or it is unchecked.
			inner = inner.on(nil)
		}
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
		if !r.build || len(f.writes) == 0 {
			return
		}
		words = []word{{text: ":"}} // It empties files.
	}
	name := words[0].text
	if words[0].unexpanded {
		name = ""
	}
	if body := r.functions[name]; body != nil {
		r.function(body, words, f)
		return
	}
	if r.build && name == "exec" && len(words) == 1 && len(f.writes) > 0 {
		r.opaque("where the output of the script goes is not certain")
	}
	if r.builtin(name, words, f.scope) {
		return
	}
	r.program(words, c.Assigns, f)
	switch name {
	case "exec", "exit":
		f.scope.flow = exited
		f.scope.left = f.scope.left || name == "exec" || len(words) != 2 || !isFailure(words[1].text)
	case "return":
		f.scope.flow = returned
	}
}

// program starts a program, with the variables that are assigned before it.
func (r *shellRun) program(words []word, assigns []*syntax.Assign, f frame) {
	scope := f.scope.child()
	for _, as := range assigns {
		v := r.value(as, f.scope)
		v.exported = true
		scope.set(as.Name.Value, v)
	}
	r.start(start{
		words: words, scope: scope, wrappers: r.shell.wrappers, inScript: true, at: r.shell.at, nesting: r.shell.nesting + 1,
		background: f.background, conditional: f.conditional, unchecked: !f.noticed || f.scope.left, guard: f.guard, writes: f.writes,
	})
}

// function runs the body of a function with its arguments.
func (r *shellRun) function(body *syntax.Stmt, words []word, f frame) {
	params, lost := r.params, r.lost
	f = f.on(nil)
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
