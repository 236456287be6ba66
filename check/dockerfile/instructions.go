// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/sys/signal"

	"github.com/fgpreflight/fgpreflight/check"
)

// apply does what an instruction does to the image. A mistake ends the build,
// so what it was meant to do, and what was before it, is not known any more.
func (e *evaluator) apply(st *state, s *stage, in *instruction) {
	if in.fault == nil {
		fault := e.dispatch(st, s, in)
		if fault == nil {
			return
		}
		e.fault(in.first, fault)
	}
	st.lose(seeFG001(in.first))
}

// dispatch is apply for an instruction that parses. Its error is a mistake
// that ends the build.
func (e *evaluator) dispatch(st *state, s *stage, in *instruction) error {
	switch c := in.command.(type) {
	case *instructions.EnvCommand:
		return e.env(st, in, c)
	case *instructions.ArgCommand:
		return e.arg(st, in, c)
	case *instructions.LabelCommand:
		return e.label(st, c)
	case *instructions.UserCommand:
		return e.user(st, in, c)
	case *instructions.WorkdirCommand:
		return e.workdir(st, in, c)
	case *instructions.ExposeCommand:
		return e.expose(st, in, c)
	case *instructions.VolumeCommand:
		return e.volume(st, in, c)
	case *instructions.StopSignalCommand:
		return e.stopSignal(st, in, c)
	case *instructions.HealthCheckCommand:
		st.config.Healthcheck = listAt(c.Health.Test, e.file.argument(in))
		if len(c.Health.Test) > 0 && c.Health.Test[0] == "NONE" {
			st.config.Healthcheck = check.NotSet[[]string](e.file.argument(in))
		}
	case *instructions.ShellCommand:
		st.shell = c.Shell
	case *instructions.CmdCommand:
		st.config.Cmd, st.cmdSet = st.commandLine(c.ShellDependantCmdLine, e.file.argument(in)), true
	case *instructions.EntrypointCommand:
		st.config.Entrypoint = st.commandLine(c.ShellDependantCmdLine, e.file.argument(in))
		if !st.cmdSet {
			st.config.Cmd = check.NotSet[[]string](e.file.argument(in))
		}
	case *instructions.OnbuildCommand:
		st.onbuild = append(st.onbuild, trigger(c.Expression))
	case *instructions.RunCommand:
		if fault := e.mounts(st, c); fault != nil {
			return fault
		}
		return e.run(st, in, c)
	case *instructions.CopyCommand:
		return e.copy(st, s, in, c)
	case *instructions.AddCommand:
		return e.add(st, in, c)
	case *instructions.MaintainerCommand:
	}
	return nil
}

// commandLine returns the argument vector of CMD or ENTRYPOINT: the shell form
// is wrapped in the shell. Variables are not expanded in either form.
func (st *state) commandLine(line instructions.ShellDependantCmdLine, at check.Location) check.Setting[[]string] {
	args := line.CmdLine
	if line.PrependShell {
		args = append(slices.Clone(st.shell), strings.Join(args, " "))
	}
	return listAt(args, at)
}

// listAt returns a list as a setting; engines read an empty one as not set.
func listAt(list []string, at check.Location) check.Setting[[]string] {
	if len(list) == 0 {
		return check.NotSet[[]string](at)
	}
	return check.Known(list, at)
}

// textAt is listAt for texts.
func textAt(x expansion, at check.Location) check.Setting[string] {
	switch {
	case x.err != nil:
		return check.Missing[string](x.err)
	case x.text == "":
		return check.NotSet[string](at)
	default:
		return check.Known(x.text, at)
	}
}

// mounts finds fault with the mounts of a RUN instruction, and with the stages
// that they show.
func (e *evaluator) mounts(st *state, c *instructions.RunCommand) error {
	unclear := false
	fault := c.Expand(func(word string) (string, error) {
		x, fault := e.expand(word, st.scope)
		unclear = unclear || x.err != nil
		return x.text, fault
	})
	if fault != nil && !unclear {
		return fault
	}
	for _, source := range e.sources(c) {
		e.stage(source)
	}
	return nil
}

// env expands all pairs before it sets the first: in ENV A=1 B=$A, B gets the
// value that A had before.
func (e *evaluator) env(st *state, in *instruction, c *instructions.EnvCommand) error {
	find := e.file.find(in)
	var vars []check.Variable
	for _, pair := range c.Env {
		name, value, fault := e.expandPair(pair, st.scope)
		if fault != nil {
			return fault
		}
		if name.err != nil {
			st.env.rest, st.scope.rest = name.err, name.err
			continue
		}
		vars = append(vars, check.Variable{Name: name.text, Value: value.text, Err: value.err, At: find.variable(pair.Key)})
	}
	for _, v := range vars {
		st.env.set(v)
		st.scope.set(v)
	}
	return nil
}

// arg makes build arguments known to the stage: with the value given, else its
// default, else that of the same ARG before the first FROM.
func (e *evaluator) arg(st *state, in *instruction, c *instructions.ArgCommand) error {
	find := e.file.find(in)
	for _, arg := range c.Args {
		v := check.Variable{Name: arg.Key, At: find.variable(arg.Key)}
		given, isGiven := e.options.BuildArgs[arg.Key]
		global, isGlobal, globalErr := e.globals.get(arg.Key)
		switch {
		case isGiven:
			v.Value = given
		case arg.Value != nil:
			x, fault := e.expand(*arg.Value, st.scope)
			if fault != nil {
				return fault
			}
			v.Value, v.Err = x.text, x.err
		case isGlobal:
			v.Value, v.Err = global, globalErr
		default:
			continue
		}
		if !strings.HasPrefix(arg.Key, "BUILDKIT_SBOM_") {
			st.scope.set(v)
		}
	}
	return nil
}

// expandPair expands both halves of NAME=value.
func (e *evaluator) expandPair(pair instructions.KeyValuePair, vars *variables) (name, value expansion, fault error) {
	if name, fault = e.expand(pair.Key, vars); fault != nil {
		return name, value, fault
	}
	value, fault = e.expand(pair.Value, vars)
	return name, value, fault
}

func (e *evaluator) label(st *state, c *instructions.LabelCommand) error {
	for _, pair := range c.Labels {
		name, value, fault := e.expandPair(pair, st.scope)
		if fault != nil {
			return fault
		}
		if name.err != nil || value.err != nil {
			continue
		}
		if st.config.Labels == nil {
			st.config.Labels = map[string]string{}
		}
		st.config.Labels[name.text] = value.text
	}
	return nil
}

func (e *evaluator) user(st *state, in *instruction, c *instructions.UserCommand) error {
	x, fault := e.expand(c.User, st.scope)
	if fault != nil {
		return fault
	}
	st.config.User = textAt(x, e.file.argument(in))
	st.config.UserWritten = ""
	if x.text != c.User {
		st.config.UserWritten = c.User
	}
	return nil
}

func (e *evaluator) workdir(st *state, in *instruction, c *instructions.WorkdirCommand) error {
	x, fault := e.expand(c.Path, st.scope)
	if fault != nil {
		return fault
	}
	at := e.file.argument(in)
	st.config.WorkingDir = joinWorkdir(st.config.WorkingDir, x, at)
	if dir := st.config.WorkingDir.Or(""); len(dir) >= maxPath {
		return fmt.Errorf("the path of WORKDIR has %d bytes; Linux takes %d at most", len(dir), maxPath-1)
	}
	st.tree.names = st.identity
	st.tree.workdir(st.config.WorkingDir.Or(""), st.folderOwner(), at)
	return nil
}

// joinWorkdir returns the directory that WORKDIR leads to. An absolute one is
// kept as written, as the builder does.
func joinWorkdir(current check.Setting[string], x expansion, at check.Location) check.Setting[string] {
	parent, _, err := current.Get()
	switch {
	case x.err != nil:
		return check.Missing[string](x.err)
	case path.IsAbs(x.text):
		return check.Known(x.text, at)
	case err != nil:
		return check.Missing[string](err)
	case x.text == "" && path.IsAbs(parent):
		return check.Known(parent, at)
	default:
		return check.Known(path.Join("/", parent, x.text), at)
	}
}

// portWork is what one port counts for among the bytes of maxWork.
const portWork = 16

func (e *evaluator) expose(st *state, in *instruction, c *instructions.ExposeCommand) error {
	find := e.file.find(in)
	ports := &st.config.Ports
	for _, word := range c.Ports {
		x, fault := e.expandWords(word, st.scope)
		if fault != nil {
			return fault
		}
		if x.err != nil {
			ports.Rest = x.err
			continue
		}
		for _, part := range x.words {
			list, err := parsePorts(part)
			if err != nil {
				return err
			}
			if e.work += portWork * len(list); e.work > maxWork {
				return errTooLarge
			}
			for _, port := range list {
				st.addPort(port)
			}
		}
		ports.At = find.word(func(written string) bool { return written == word })
	}
	return nil
}

// addPort adds a port to the set.
func (st *state) addPort(port string) {
	if len(st.ports) == 0 {
		st.ports = map[string]bool{}
		for _, have := range st.config.Ports.Have {
			st.ports[have] = true
		}
	}
	if !st.ports[port] {
		st.ports[port] = true
		st.config.Ports.Have = append(st.config.Ports.Have, port)
	}
}

func (e *evaluator) volume(st *state, in *instruction, c *instructions.VolumeCommand) error {
	for _, word := range c.Volumes {
		x, fault := e.expand(word, st.scope)
		switch {
		case fault != nil:
			return fault
		case x.err != nil:
			st.config.Volumes.Rest = x.err
			continue
		case x.text == "":
			return errors.New("VOLUME specified can not be an empty string")
		case !slices.Contains(st.config.Volumes.Have, x.text):
			st.config.Volumes.Have = append(st.config.Volumes.Have, x.text)
		}
		st.config.Volumes.At = e.file.argument(in)
	}
	return nil
}

func (e *evaluator) stopSignal(st *state, in *instruction, c *instructions.StopSignalCommand) error {
	x, fault := e.expand(c.Signal, st.scope)
	if fault != nil {
		return fault
	}
	if x.err == nil {
		if _, err := signal.ParseSignal(x.text); err != nil {
			return fmt.Errorf("STOPSIGNAL: %w", err)
		}
	}
	st.config.StopSignal = textAt(x, e.file.argument(in))
	return nil
}
