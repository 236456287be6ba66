// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/fgpreflight/fgpreflight/check"
)

// Options say which image of a Dockerfile is meant.
type Options struct {
	Name      string            // the name that locations have for the text, as the path that the user gave
	Target    string            // the build stage; "" for the last one
	BuildArgs map[string]string // values for ARG
	Platform  string            // "os/arch[/variant]" that the image is built for; "" when that is left to the machine
	// Resolve reads what a base image holds; nil to go by the table of known
	// images alone, as for one that it returns nil for. Platform is "" where the
	// machine that builds decides.
	Resolve func(ctx context.Context, ref, platform string) (*Base, error)
}

// hintBuilt says how to learn what the text does not tell.
const hintBuilt = "check the built image: fgpreflight docker:NAME"

// Image is the image that a Dockerfile makes, as far as its text tells.
type Image struct {
	Config   *check.Config
	Accounts *check.Accounts
	RootFS   fs.FS
	Build    *check.Build
	Stage    string // name of the target stage; "" for one without a name
	Platform string // "linux/amd64"; "" when the machine that builds decides
	Ignores  []check.Ignore
	Notices  []check.Notice
}

// Evaluate returns the image that the text of a Dockerfile makes. Mistakes in
// the text are in its Config.Faults. The error is a [*NoStageError], or says
// that the text is none or too large to be judged, or comes from Resolve.
func Evaluate(ctx context.Context, data []byte, o Options) (image *Image, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			image, err = nil, &check.PanicError{Cause: cause, Stack: debug.Stack()}
		}
	}()
	f, err := parse(o.Name, data)
	if err != nil {
		return nil, err
	}
	e := &evaluator{ctx: ctx, file: f, options: o, done: map[*stage]*state{}}
	return e.image()
}

// NoStageError says that a Dockerfile has no stage of the name that was asked
// for.
type NoStageError struct {
	Name   string
	Stages []string // the names of those it has
}

// Error returns the message.
func (e *NoStageError) Error() string { return fmt.Sprintf("there is no build stage %q", e.Name) }

// evaluator walks through the stages that the target needs.
type evaluator struct {
	ctx     context.Context // of the one call of Evaluate that this lives for
	file    *file
	options Options
	globals *variables
	done    map[*stage]*state
	order   []*stage // those in done
	work    int      // of maxWork
	err     error    // what ended the evaluation
}

// image evaluates the target.
func (e *evaluator) image() (*Image, error) {
	out := &Image{}
	out.Ignores, out.Notices = e.file.ignores()
	if e.file.broken != nil {
		return e.nothing(out), nil //nolint:nilerr // That nothing is known of the image is an answer.
	}
	target, err := e.target()
	if err != nil {
		return nil, err
	}
	e.setGlobals(target)
	e.link()
	st := e.stage(target)
	if e.err != nil {
		return nil, e.err
	}
	e.finish(out, target, st)
	out.Notices = append(out.Notices, e.unusedArgs()...)
	return out, nil
}

// nothing returns an image of which nothing is known.
func (e *evaluator) nothing(out *Image) *Image {
	st := newState(nil, e.file.broken, e.file.line(1))
	e.finish(out, nil, st)
	return out
}

func (e *evaluator) target() (*stage, error) {
	stages := e.file.stages
	if e.options.Target == "" {
		return stages[len(stages)-1], nil
	}
	if s := e.named(e.options.Target, len(stages)); s != nil {
		return s, nil
	}
	var names []string
	for _, s := range stages {
		if s.from.Name != "" {
			names = append(names, s.from.Name)
		}
	}
	return nil, &NoStageError{Name: e.options.Target, Stages: names}
}

// named returns the last stage with the name among the first ones, or nil.
func (e *evaluator) named(name string, among int) *stage {
	for _, s := range slices.Backward(e.file.stages[:among]) {
		if s.from.Name != "" && s.name() == strings.ToLower(name) {
			return s
		}
	}
	return nil
}

// fault notes a mistake that ends the build, for FG001.
func (e *evaluator) fault(line int, err error) {
	if errors.Is(err, errTooLarge) {
		e.fail(&limitError{line})
		return
	}
	e.file.fault(line, err)
}

// fail ends the evaluation; the first reason stays.
func (e *evaluator) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// setGlobals sets the variables that FROM can use: those of the platform and
// ARG before the first FROM.
func (e *evaluator) setGlobals(target *stage) {
	e.globals = e.platformArgs(target)
	for _, in := range e.file.args {
		for _, arg := range in.declared() {
			value, given := e.options.BuildArgs[arg.Key]
			variable := check.Variable{Name: arg.Key, Value: value, At: e.file.find(in).variable(arg.Key)}
			switch {
			case given:
			case arg.Value == nil:
				continue
			default:
				x, fault := e.expand(*arg.Value, e.globals)
				if fault != nil {
					e.fault(in.first, fault)
				}
				variable.Value, variable.Err = x.text, x.err
			}
			e.globals.set(variable)
		}
	}
}

// link expands the FROM lines of all stages, as the builder does it even for
// those it does not need.
func (e *evaluator) link() {
	for _, s := range e.file.stages {
		x, fault := e.expand(s.from.BaseName, e.globals)
		s.ref, s.refErr = x.text, x.err
		switch {
		case fault != nil:
			e.fault(s.first, fault)
			s.refErr = seeFG001(s.first)
		case x.err == nil:
			s.base = e.baseStage(s)
			e.checkReference(s, x.undefined)
		}
		e.linkPlatform(s)
	}
	e.checkSources()
}

// baseStage returns the stage that FROM names, if it is one before s. The
// builder compares the name as written with the lower-case names of stages.
func (e *evaluator) baseStage(s *stage) *stage {
	if s.ref != strings.ToLower(s.ref) {
		return nil
	}
	return e.named(s.ref, s.index)
}

// declaresAll reports whether all the variables are an ARG before the first
// FROM, which a --build-arg is to give a value to.
func (e *evaluator) declaresAll(names []string) bool {
	for _, name := range names {
		if !slices.ContainsFunc(e.file.args, func(in *instruction) bool { return in.declares(name) }) {
			return false
		}
	}
	return len(names) > 0
}

// declared returns the build arguments of an ARG, and none of another
// instruction.
func (in *instruction) declared() []instructions.KeyValuePairOptional {
	arg, ok := in.command.(*instructions.ArgCommand)
	if !ok {
		return nil
	}
	return arg.Args
}

func (in *instruction) declares(name string) bool {
	return slices.ContainsFunc(in.declared(), func(a instructions.KeyValuePairOptional) bool { return a.Key == name })
}

func needsBuildArg(name string) error {
	return &check.UnavailableError{
		Fact: "base image",
		Why:  fmt.Sprintf("ARG %s, which FROM needs, has no value", brief(name)),
		Hint: fmt.Sprintf("pass --build-arg %s=VALUE", brief(name)),
	}
}

// unusedArgs returns a notice for each build argument that no ARG declares.
func (e *evaluator) unusedArgs() []check.Notice {
	var out []check.Notice
	for name := range e.options.BuildArgs {
		if !e.declared(name) && !isPredefined(name) {
			out = append(out, check.Notice{
				At:      check.Location{Artifact: "--build-arg", Key: name},
				Message: fmt.Sprintf("--build-arg %s has no effect: no ARG declares it", brief(name)),
			})
		}
	}
	slices.SortFunc(out, func(a, b check.Notice) int { return strings.Compare(a.Message, b.Message) })
	return out
}

func (e *evaluator) declared(name string) bool {
	lists := [][]*instruction{e.file.args}
	for _, s := range e.file.stages {
		lists = append(lists, s.commands)
	}
	return slices.ContainsFunc(slices.Concat(lists...), func(in *instruction) bool { return in.declares(name) })
}

// isPredefined reports whether the builder knows the argument by itself.
func isPredefined(name string) bool {
	switch strings.ToLower(name) {
	case "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy", "source_date_epoch":
		return true
	}
	return strings.HasPrefix(name, "BUILDKIT_")
}
