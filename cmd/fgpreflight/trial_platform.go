// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/trial"
)

// machine is what is asked of the machine that an engine runs on.
type machine interface {
	Platform() (system, arch string)
	IsRemote() bool
}

// suit leaves this program, which is for an architecture, out of a trial on a
// machine for another. The error says that nothing is left then to call the
// image with: a port is published on the engine's machine alone.
func suit(o *trial.Options, m machine, arch string) error {
	if _, at := m.Platform(); o.Program != nil && at != "" && at != arch {
		o.Program, o.NoProgram = nil, &check.UnavailableError{
			Fact: "running container",
			Why:  fmt.Sprintf("fgpreflight is to run itself there, and this copy of it is for linux/%s, not linux/%s", arch, at),
			Hint: "run fgpreflight on the engine's machine, or name another engine with --engine",
		}
	}
	missing, ok := errors.AsType[*check.UnavailableError](o.NoProgram)
	if o.Program != nil || !ok || !m.IsRemote() {
		return nil
	}
	return &check.UnavailableError{
		Fact: missing.Fact,
		Why:  "the engine is on another machine, where no published port can be called: " + missing.Why,
		Hint: missing.Hint,
	}
}

// blame returns an error where a program was not started for want of another
// machine: that says nothing of an image for an architecture.
func blame(t *check.Trial, m machine, arch string) error {
	_, at := m.Platform()
	if t.Refusal.Kind != check.WrongFormat || at == "" || arch == "" || at == arch {
		return nil
	}
	return &check.UnavailableError{
		Fact: "running container",
		Why:  fmt.Sprintf("the engine's machine is linux/%s and does not run programs for linux/%s", at, arch),
		Hint: fmt.Sprintf("let it emulate them (docker run --privileged --rm tonistiigi/binfmt --install %s), or name another engine with --engine", arch),
	}
}
