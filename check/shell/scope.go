// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"iter"
	"strings"
)

// state is what is known of a variable.
type state int

const (
	unset   state = iota // certainly not set
	known                // set, the value is known
	unknown              // only the running shell knows
	absent               // set neither in the image nor for the function, but perhaps by the platform
)

// variable is a variable of a shell. For an unknown one the value is the text
// as written.
type variable struct {
	value    string
	state    state
	exported bool
}

// flow is whether a script goes on.
type flow int

const (
	running  flow = iota
	returned      // from a function
	exited        // by exit or exec
)

// scope is the variables and the directory of a shell. What a child changes,
// its parent does not see.
type scope struct {
	parent  *scope
	vars    map[string]variable
	cleared bool                       // the parent's variables are not inherited
	blurred bool                       // they may or may not be
	others  func(name string) variable // the variables that the root scope starts with
	dir     string
	flow    flow
	shell   shellOptions
	left    bool // the script may have ended before, as if all went well
}

// rootScope returns the environment that the command starts with.
func rootScope(variables func(name string) variable) *scope {
	// A shell does not take IFS from the environment.
	return &scope{vars: map[string]variable{"IFS": {state: absent}}, others: variables}
}

// startVariables returns the variables that a container starts with.
func startVariables(env Environment) func(name string) variable {
	return func(name string) variable { return inherited(env, name, variable{state: absent}) }
}

// buildVariables returns the variables that the commands of a RUN instruction
// start with.
func buildVariables(env Environment) func(name string) variable {
	return func(name string) variable {
		missing := variable{state: unset}
		if mayBeSetByBuilder(name) {
			missing = variable{value: "$" + name, state: unknown}
		}
		return inherited(env, name, missing)
	}
}

// inherited returns a variable of the environment, and missing for one that it does
// not have.
func inherited(env Environment, name string, missing variable) variable {
	switch value, set, err := env.Lookup(name).Get(); {
	case err != nil:
		return variable{value: "$" + name, state: unknown, exported: true}
	case set:
		return variable{value: value, state: known, exported: true}
	default:
		return missing
	}
}

func (s *scope) child() *scope {
	return &scope{parent: s, dir: s.dir, shell: s.shell, left: s.left}
}

func (s *scope) set(name string, v variable) {
	if s.vars == nil {
		s.vars = map[string]variable{}
	}
	s.vars[name] = v
}

func (s *scope) lookup(name string) variable {
	for ; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			return v
		}
		if s.blurred {
			return variable{value: "$" + name, state: unknown}
		}
		if s.cleared {
			return variable{state: unset}
		}
		if s.parent == nil {
			return s.others(name)
		}
	}
	return variable{state: absent}
}

// assign sets the variable as name=value does: it stays exported if it was.
func (s *scope) assign(name string, v variable) {
	v.exported = v.exported || s.lookup(name).exported
	s.set(name, v)
}

// forget makes the variable unknown.
func (s *scope) forget(name string) { s.assign(name, variable{value: "$" + name, state: unknown}) }

// exported yields the exported variables that were set on top of the root
// scope.
func (s *scope) exported() iter.Seq2[string, variable] {
	return func(yield func(string, variable) bool) {
		seen := map[string]bool{}
		for ; s.parent != nil; s = s.parent {
			for name, v := range s.vars {
				given := v.exported && (v.state == known || v.state == unknown)
				if !seen[name] && given && !yield(name, v) {
					return
				}
				seen[name] = true
			}
			if s.cleared || s.blurred {
				return
			}
		}
	}
}

// merge takes over what a child changed that certainly ran to its end.
func (s *scope) merge(child *scope) {
	for name, v := range child.vars {
		s.set(name, v)
	}
	s.dir, s.flow = child.dir, max(s.flow, child.flow)
	s.shell, s.left = child.shell, child.left
}

// mergeMaybe takes over what a child changed that may not have run: its
// variables are unknown then. It reports whether the directory is still
// certain.
func (s *scope) mergeMaybe(child *scope) bool {
	for name := range child.vars {
		s.forget(name)
	}
	s.shell.errexit = s.shell.errexit && child.shell.errexit
	s.shell.pipefail = s.shell.pipefail && child.shell.pipefail
	s.left = s.left || child.left
	return s.dir == child.dir
}

// mayBeSetByBuilder reports whether the builder or the shell sets the variable
// by itself: HOME from the account that runs, PATH where the image has none,
// the proxies from the builder's own settings.
func mayBeSetByBuilder(name string) bool {
	switch name {
	case "HOME", "HOSTNAME", "LOGNAME", "OLDPWD", "OPTARG", "OPTIND", "PATH", "PPID", "PWD", "RANDOM", "SECONDS", "SHELL", "SHLVL",
		"TERM", "UID", "EUID", "GROUPS", "USER", "USERNAME", "_":
		return true
	}
	for _, part := range []string{"BASH", "HOST", "LINENO", "OSTYPE", "MACHTYPE", "ZSH", "_PROXY", "_proxy"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// mayBeSetByPlatform reports whether the platform, the engine or the shell sets
// the variable by itself.
func mayBeSetByPlatform(name string) bool {
	switch name {
	case "HOME", "HOSTNAME", "IFS", "OLDPWD", "PATH", "PPID", "PWD", "RANDOM", "SECONDS", "SHELL", "SHLVL", "TERM", "UID", "EUID", "USER", "_",
		"INVOKE_TYPE", "POD_IP", "HOST_IP", "PodName", "POD_ID":
		return true
	}
	return strings.HasPrefix(name, "RUNTIME_") || strings.HasPrefix(name, "BASH")
}
