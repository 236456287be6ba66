// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"path"
	"slices"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fgpreflight/fgpreflight/check"
)

// redirect returns where the output of the statement goes: the files of the
// statements around it and its own.
func (r *shellRun) redirect(st *syntax.Stmt, f frame) []check.Redirection {
	writes := slices.Clip(f.writes)
	for _, redir := range st.Redirs {
		if w, ok := r.write(redir, f.scope); ok {
			writes = append(writes, w)
		}
	}
	return writes
}

// write returns the file that a redirection writes to, false where it writes
// to none.
func (r *shellRun) write(redir *syntax.Redirect, s *scope) (check.Redirection, bool) {
	var w check.Redirection
	switch redir.Op {
	case syntax.AppOut, syntax.AppClob, syntax.AppAll, syntax.AppAllClob:
		w.Append = true
	case syntax.RdrOut, syntax.RdrInOut, syntax.RdrClob, syntax.RdrAll, syntax.RdrAllClob:
	case syntax.DplOut:
		if isDescriptor(redir.Word.Lit()) {
			return w, false
		}
	case syntax.RdrIn, syntax.DplIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		return w, false
	}
	if name, ok := r.expandValue(redir.Word, s); ok && name != "" {
		w.Path = join(s.dir, name)
		if !path.IsAbs(w.Path) && s.dir == "" {
			w.Path = path.Clean(name)
		}
	}
	return w, true
}

// isDescriptor reports whether the word behind >& is a number, or "-" to close.
func isDescriptor(text string) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return text != ""
}

// substitutions runs the commands that the shell runs to expand the words of
// the statement. They may not run, and how they end counts for nothing.
func (r *shellRun) substitutions(st *syntax.Stmt, f frame) {
	f = f.on(nil).unnoticed()
	f.shellNoticed, f.writes = false, nil
	for _, part := range ownParts(st) {
		syntax.Walk(part, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.CmdSubst:
				r.list(n.Stmts, f.subshell())
				return false
			case *syntax.ProcSubst:
				r.list(n.Stmts, f.subshell())
				return false
			}
			return true
		})
	}
}

// ownParts returns the parts of a statement that the shell expands for the
// statement itself, not for those in it.
func ownParts(st *syntax.Stmt) []syntax.Node {
	var out []syntax.Node
	for _, redir := range st.Redirs {
		out = append(out, redir.Word)
		if redir.Hdoc != nil {
			out = append(out, redir.Hdoc)
		}
	}
	switch c := st.Cmd.(type) {
	case *syntax.CallExpr, *syntax.DeclClause, *syntax.TestClause, *syntax.ArithmCmd, *syntax.LetClause:
		out = append(out, c)
	case *syntax.ForClause:
		out = append(out, c.Loop)
	case *syntax.CaseClause:
		out = append(out, c.Word)
		for _, item := range c.Items {
			for _, pattern := range item.Patterns {
				out = append(out, pattern)
			}
		}
	}
	return out
}
