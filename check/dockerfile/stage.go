// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"context"
	_ "crypto/sha256" // A reference with a digest is refused without it.
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/fgpreflight/fgpreflight/check"
)

// stage returns the state at the end of a stage.
func (e *evaluator) stage(s *stage) *state {
	if st, ok := e.done[s]; ok {
		return st
	}
	var st *state
	var triggers []trigger
	if s.base != nil {
		parent := e.stage(s.base)
		st, triggers = parent.child(), parent.onbuild
	} else {
		st = e.onImage(s)
		triggers, st.onbuild = st.onbuild, nil
		st.root = s
	}
	e.done[s] = st // A trigger may copy from the stage that it is in.
	for _, text := range triggers {
		e.trigger(st, s, text)
	}
	for _, in := range s.commands {
		if e.stopped() {
			break
		}
		e.apply(st, s, in)
	}
	e.order = append(e.order, s)
	return st
}

// stopped reports whether there is no use in going on.
func (e *evaluator) stopped() bool {
	if e.ctx.Err() != nil {
		e.fail(context.Cause(e.ctx))
	}
	return e.err != nil
}

// onImage returns the state that a stage on an image begins with.
func (e *evaluator) onImage(s *stage) *state {
	from := e.file.argument(s.instruction)
	if s.refErr != nil {
		return newState(nil, s.refErr, from)
	}
	from.Base = s.ref
	base, err := e.baseImage(s, from)
	if err != nil {
		e.fail(err)
	}
	if base != nil {
		return newState(base, nil, from)
	}
	return newState(nil, unknownImage(s.ref), from)
}

// baseImage returns what is known of the image that a stage starts from; nil
// for nothing.
func (e *evaluator) baseImage(s *stage, from check.Location) (*Base, error) {
	if e.options.Resolve == nil || s.ref == scratch {
		return knownBase(s.ref, from), nil
	}
	platform := s.platform
	if platform == "" {
		platform = e.options.Platform
	}
	base, err := e.options.Resolve(e.ctx, s.ref, platform)
	if err != nil {
		return nil, fmt.Errorf("line %d: base image %s: %w", s.first, brief(s.ref), err)
	}
	if base == nil {
		return knownBase(s.ref, from), nil
	}
	return base.at(from), nil
}

// scratch is the name of the base image that holds nothing.
const scratch = "scratch"

func unknownImage(ref string) error {
	return &check.UnavailableError{
		Fact: "base image",
		Why:  fmt.Sprintf("it depends on the base image %s, which this program does not know", brief(ref)),
		Hint: "pass --resolve-base",
	}
}

// trigger applies an ONBUILD instruction of what a stage is built on. It
// counts as written in the FROM line.
func (e *evaluator) trigger(st *state, s *stage, text trigger) {
	in := &instruction{first: s.first, last: s.last}
	result, err := parser.Parse(strings.NewReader(string(text)))
	if err == nil && len(result.AST.Children) != 1 {
		err = fmt.Errorf("onbuild trigger should be a single expression: %s", brief(string(text)))
	}
	if err == nil {
		node := result.AST.Children[0]
		node.StartLine, node.EndLine = s.first, s.last
		// A nil linter would make the parser panic on a comment in the trigger.
		in.command, err = instructions.ParseInstructionWithLinter(node, linter.New(&linter.Config{}))
	}
	if _, isFrom := in.command.(*instructions.Stage); err == nil && isFrom {
		err = fmt.Errorf("%s is not a command", brief(string(text)))
	}
	if err == nil {
		err = e.checkFrom(in.command)
	}
	if err != nil {
		in.command, in.fault = nil, messageOf(err)
		e.fault(s.first, in.fault)
	}
	e.apply(st, s, in)
}

// checkReference finds fault with the name of a base image. A name that lacks
// the value of an ARG is right with the --build-arg that is to give it.
func (e *evaluator) checkReference(s *stage, undefined []string) {
	if s.base != nil || s.ref == scratch {
		return
	}
	_, err := reference.ParseNormalizedNamed(s.ref)
	switch {
	case err == nil:
		return
	case e.declaresAll(undefined):
		s.refErr = needsBuildArg(undefined[0])
		return
	case s.ref == "":
		e.blankBase(s)
		return
	default:
		err = fmt.Errorf("failed to parse stage name %q: %w", brief(s.ref), err)
	}
	e.fault(s.first, err)
	s.refErr = seeFG001(s.first)
}

// blankBase finds fault with a base image without a name, which variables leave.
func (e *evaluator) blankBase(s *stage) {
	s.refErr = seeFG001(s.first)
	e.file.fault(s.first, fmt.Errorf("base name (%s) should not be blank", brief(s.from.BaseName)))
	if name := variableIn.FindStringSubmatch(s.from.BaseName); name != nil {
		mend := "give %s a value: ARG %[1]s=<image> before the first FROM, or --build-arg %[1]s=<image>"
		e.file.faults[len(e.file.faults)-1].Fix = fmt.Sprintf(mend, name[1])
	}
}

// variableIn is a variable in the name of a base image.
var variableIn = regexp.MustCompile(`\$\{?(\w{1,80})`)

// checkSources finds fault with what the instructions of all stages read from
// others. The builder looks that up even for stages that it does not need.
func (e *evaluator) checkSources() {
	open, closed := map[*stage]bool{}, map[*stage]bool{}
	var visit func(s *stage)
	visit = func(s *stage) {
		open[s] = true
		for _, in := range s.commands {
			fault := e.checkFrom(in.command)
			for _, source := range e.sources(in.command) {
				if open[source] && !closed[source] && fault == nil {
					fault = fmt.Errorf("circular dependency detected on stage: %s", brief(stageName(source)))
				}
				if !open[source] {
					visit(source)
				}
			}
			if fault != nil {
				e.fault(in.first, fault)
				in.command, in.fault = nil, fault
			}
		}
		closed[s] = true
	}
	for _, s := range e.file.stages {
		if !open[s] {
			visit(s)
		}
	}
}

// checkFrom returns what is wrong with COPY --from and RUN --mount=from=.
func (e *evaluator) checkFrom(command any) error {
	switch c := command.(type) {
	case *instructions.CopyCommand:
		return e.checkCopyFrom(c.From)
	case *instructions.RunCommand:
		for _, mount := range instructions.GetMounts(c) {
			if err := e.checkImage(mount.From); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *evaluator) checkCopyFrom(from string) error {
	x, fault := e.expand(from, newVariables(nil, nil))
	if fault != nil {
		return fault
	}
	if x.text != from {
		return errors.New("variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround")
	}
	index, err := strconv.Atoi(from)
	switch {
	case err != nil:
		return e.checkImage(from)
	case index < 0 || index >= len(e.file.stages):
		return fmt.Errorf("invalid stage index %d", index)
	}
	return nil
}

// checkImage returns what is wrong with the name of a stage or an image.
func (e *evaluator) checkImage(name string) error {
	if name == "" || name == scratch || e.named(name, len(e.file.stages)) != nil {
		return nil
	}
	if _, err := reference.ParseNormalizedNamed(name); err != nil {
		return fmt.Errorf("failed to parse stage name %q: %w", brief(name), err)
	}
	return nil
}

// sources returns the stages that an instruction reads from.
func (e *evaluator) sources(command any) []*stage {
	var out []*stage
	switch c := command.(type) {
	case *instructions.CopyCommand:
		if from := e.source(c.From); from != nil {
			out = append(out, from)
		}
	case *instructions.RunCommand:
		for _, mount := range instructions.GetMounts(c) {
			if from := e.named(mount.From, len(e.file.stages)); from != nil {
				out = append(out, from)
			}
		}
	}
	return out
}

// source returns the stage that COPY --from names by name or number, or nil
// for an image.
func (e *evaluator) source(from string) *stage {
	if index, err := strconv.Atoi(from); err == nil {
		if index < 0 || index >= len(e.file.stages) {
			return nil
		}
		return e.file.stages[index]
	}
	return e.named(from, len(e.file.stages))
}

// finish writes the target's state into the image.
func (e *evaluator) finish(out *Image, target *stage, st *state) {
	at := e.file.line(1)
	if target != nil {
		out.Stage = target.from.Name
		at = e.file.argument(target.instruction)
		if st.root != nil {
			e.setPlatform(st, st.root)
			at.Base = st.root.ref
		}
	}
	config := st.config
	config.Env = st.env.env().Under(at)
	config.Ports.Have = slices.Clone(config.Ports.Have)
	config.Faults = e.file.faults
	slices.SortStableFunc(config.Faults, func(a, b check.Fault) int { return a.At.Line - b.At.Line })
	if os, arch := config.OS.Or(""), config.Architecture.Or(""); os != "" && arch != "" {
		out.Platform = os + "/" + arch
	}
	out.Config = &config
	out.Accounts = st.accounts.accounts()
	out.RootFS = st.tree.FS()
	out.Build = e.build(st, out.RootFS)
}

// build returns how the target is made.
func (e *evaluator) build(st *state, files fs.FS) *check.Build {
	out := &check.Build{Programs: st.startable(files), AccountPrograms: st.accounts.programs()}
	if st.root != nil {
		out.Base = st.root.ref
	}
	seen := map[check.Location]bool{}
	for _, s := range e.order {
		for _, use := range e.done[s].accounts.toolUses() {
			if !seen[use.At] {
				seen[use.At] = true
				if root := e.done[s].root; use.Base == "" && root != nil {
					use.Base = root.ref
				}
				out.AccountTools = append(out.AccountTools, use)
			}
		}
	}
	return out
}

// startable returns the programs of the base image as commands can name them.
// One that a line certainly removed is none.
func (st *state) startable(files fs.FS) []string {
	inherits := st.env.Lookup("PATH").At().Base != ""
	var out []string
	for _, program := range st.programs {
		if _, err := fs.Stat(files, strings.TrimPrefix(program, "/")); path.IsAbs(program) && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if path.IsAbs(program) {
			out = append(out, program)
		}
		if inherits {
			out = append(out, path.Base(program))
		}
	}
	return out
}
