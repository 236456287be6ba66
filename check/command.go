// SPDX-License-Identifier: Apache-2.0

package check

import (
	"path"
	"slices"
)

// Command is what the function starts: the image's ENTRYPOINT and CMD under the
// function's overrides, taken apart.
//
// An override of the command replaces ENTRYPOINT and CMD; an override of the
// arguments replaces CMD (contract 2.3).
type Command struct {
	Args []string   // the argument vector; empty when nothing would be started
	At   []Location // where its parts come from, the program first

	// Shell is the shell that runs a script given by -c, as written
	// ("/bin/sh"), and Script that text; both are empty where the program is
	// started directly.
	Shell, Script string
	// Calls are the programs that get started, in order: one where no shell
	// runs a script, else the simple commands of the script.
	Calls []Call
	// Opaque says why Calls may not be all or not be right: a script that does
	// not parse, a program or a directory that only the running shell can name.
	// Nil where Calls is exact, but for the words in their Unexpanded.
	Opaque error
}

// Program returns the program that is started first, as written, or "".
func (c *Command) Program() string {
	if len(c.Args) == 0 {
		return ""
	}
	return c.Args[0]
}

// Call is one program started by a [Command], with the wrappers around it
// taken off.
type Call struct {
	// Args is the program and its arguments. In a script each word is expanded
	// with the effective environment; a word that could not be is kept as
	// written and its index is in Unexpanded.
	Args       []string
	Unexpanded []int
	// Wrappers are the commands that start the program and then get out of
	// its way or watch it, outermost first, each with its own arguments: env,
	// exec, tini, dumb-init, nohup, sudo, gosu, a base image's
	// docker-entrypoint.sh.
	Wrappers [][]string
	Dir      string            // directory chosen by a cd before or by a wrapper, relative to the start directory unless absolute; "" for the start directory
	Vars     map[string]string // variables that the script and the wrappers set for this call, on top of the effective ones
	// Background is set for a call that ends in & (or in a wrapper that
	// detaches), Conditional for one that may not run at all: behind ||, in an
	// if, a loop, a function.
	Background  bool
	Conditional bool
	// Unchecked is set for a call whose failure the script does not notice:
	// before ||, before ; without set -e, before | without pipefail, behind !,
	// in a condition, in the background.
	Unchecked bool
	// Guard is the command whose result alone decides whether a Conditional
	// call runs; nil where there is none or more to it.
	Guard  *Guard
	Writes []Redirection // the files that the script redirects output to
	At     Location
}

// Guard is a condition that is one simple command.
type Guard struct {
	Args   []string
	Failed bool // the call runs if the command fails
}

// Opposite returns the condition that holds where g does not; nil for nil.
func (g *Guard) Opposite() *Guard {
	if g == nil {
		return nil
	}
	return &Guard{Args: g.Args, Failed: !g.Failed}
}

// Redirection is a file that output is redirected to.
type Redirection struct {
	Path   string // relative to the start directory unless absolute; "" where only the running shell knows it
	Append bool
}

// Name returns the base name of the program: "python3" for
// "/usr/bin/python3", "" for an empty call.
func (c Call) Name() string {
	if len(c.Args) == 0 {
		return ""
	}
	return path.Base(c.Args[0])
}

// HasWrapper reports whether a wrapper with that base name starts the call.
func (c Call) HasWrapper(name string) bool {
	for _, w := range c.Wrappers {
		if len(w) > 0 && path.Base(w[0]) == name {
			return true
		}
	}
	return false
}

// IsUnexpanded reports whether the i-th word of Args is known only to the
// running shell.
func (c Call) IsUnexpanded(i int) bool {
	return slices.Contains(c.Unexpanded, i)
}
