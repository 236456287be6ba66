// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"maps"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

// state is the image of a stage while it is built.
type state struct {
	config  check.Config    // but for its Env
	ports   map[string]bool // config.Ports.Have, once one was added here
	env     *variables      // the variables of the image
	scope   *variables      // those and ARG: what instructions expand
	shell   []string        // of RUN and of the shell form
	cmdSet  bool            // CMD was given in this very stage
	onbuild []trigger       // for stages on top of this one

	programs []string // of the base image
	root     *stage   // the stage at the beginning of the chain; nil for none
	accounts *accountBook
	tree     *tree
}

// trigger is an ONBUILD instruction that waits for a stage on top.
type trigger string

// defaultPath is the PATH of an image that sets none, as the builder writes
// it.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var defaultShell = []string{"/bin/sh", "-c"}

// newState returns the state of a stage on an image; base is nil for one that
// is not known, err says why.
func newState(base *Base, err error, from check.Location) *state {
	if base == nil {
		base = unknownBase(err)
	}
	st := &state{config: base.Config, accounts: newAccountBook(base, err), tree: newTree(base, err)}
	st.env = newVariables(base.Config.Env.All(), base.Config.Env.Rest())
	if _, set, err := st.env.get("PATH"); !set && err == nil {
		st.env.set(check.Variable{Name: "PATH", Value: defaultPath, At: from})
	}
	st.scope = st.env.clone()
	st.programs = base.Programs
	st.config.Labels = maps.Clone(base.Config.Labels)
	// A shell of its own is as rare in a base image as it matters little: it
	// is a POSIX shell with -c as well.
	st.shell = base.Shell.Or(nil)
	if len(st.shell) == 0 {
		st.shell = defaultShell
	}
	for _, text := range base.OnBuild {
		st.onbuild = append(st.onbuild, trigger(text))
	}
	return st
}

// unknownBase returns an image of which nothing is known.
func unknownBase(err error) *Base {
	return &Base{
		Config: check.Config{
			OS: check.Missing[string](err), Architecture: check.Missing[string](err),
			User:       check.Missing[string](err),
			Entrypoint: check.Missing[[]string](err), Cmd: check.Missing[[]string](err),
			WorkingDir: check.Missing[string](err),
			Env:        check.NewEnv(nil, err),
			Ports:      check.Set{Rest: err}, Volumes: check.Set{Rest: err},
			Healthcheck: check.Missing[[]string](err), StopSignal: check.Missing[string](err),
		},
		Shell:    check.Missing[[]string](err),
		Accounts: &check.Accounts{Rest: err},
		Tools:    check.Set{Rest: err},
	}
}

// child returns the state that a stage on top of this one begins with: its
// ARG values stay, but the image's variables win over them again.
func (st *state) child() *state {
	c := *st
	c.env, c.scope = st.env.clone(), st.scope.clone()
	c.scope.override(st.env)
	c.config.Ports.Have = slices.Clone(st.config.Ports.Have)
	c.config.Volumes.Have = slices.Clone(st.config.Volumes.Have)
	c.config.Labels = maps.Clone(st.config.Labels)
	c.accounts, c.tree = st.accounts.clone(), st.tree.clone()
	c.ports, c.cmdSet, c.onbuild = nil, false, nil
	return &c
}

// lose forgets everything, since a mistake hides what was meant.
func (st *state) lose(err error) {
	unknown := unknownBase(err)
	st.config, st.ports = unknown.Config, nil
	st.env, st.scope = newVariables(nil, err), newVariables(nil, err)
	st.accounts, st.tree = newAccountBook(unknown, err), newTree(nil, err)
}
