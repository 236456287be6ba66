// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// place is a folder that the function needs.
type place struct {
	what string // "HOME"
	path string // absolute
	at   check.Location
}

// placesOf returns HOME, WORKDIR and the folders of what the start command names
// by an absolute path. Open says why others are not known, nil if these are all.
func placesOf(ctx context.Context, s *check.Subject) (list []place, open, err error) {
	env, err := s.Env(ctx)
	if err != nil {
		return nil, nil, err
	}
	config, err := s.Config(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, named := range []struct {
		what  string
		value check.Setting[string]
	}{{"HOME", env.Lookup("HOME")}, {"WORKDIR", config.WorkingDir}} {
		value, _, err := named.value.Get()
		switch {
		case err != nil && !isUnavailable(err):
			return nil, nil, err
		case err != nil:
			open = cmp.Or(open, err)
		case path.IsAbs(value):
			list = append(list, place{named.what, path.Clean(value), named.value.At()})
		}
	}
	cmd, err := s.Command(ctx)
	switch {
	case err != nil && !isUnavailable(err):
		return nil, nil, err
	case err != nil:
		return list, cmp.Or(open, err), nil
	}
	return append(list, foldersOfCode(cmd)...), open, nil
}

// foldersOfCode returns the folder of the script, else of the program, of each
// call that is certain to run and names it by an absolute path.
func foldersOfCode(cmd *check.Command) []place {
	var list []place
	if isUncertain(cmd) {
		return nil
	}
	for _, call := range cmd.Calls {
		file := codeOf(recognise(call))
		if !call.Conditional && path.IsAbs(file) {
			list = append(list, place{"the folder", path.Dir(path.Clean(file)), call.At})
		}
	}
	return list
}

// codeOf returns the file of the application's code that the launch names: the
// script, else the program; "" where only the running shell knows it.
func codeOf(l *launch) string {
	switch {
	case l.call.IsUnexpanded(l.scriptIndex):
		return ""
	case l.script != "":
		return l.script
	default:
		return l.call.Args[0]
	}
}

// obstacle returns what keeps the function's user from reading and entering the
// folder. One that is not there, or is mounted, is no matter of this.
func (p place) obstacle(ctx context.Context, s *check.Subject) (*check.Obstacle, error) {
	if isMounted(s.Function(), p.path) {
		return nil, nil
	}
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return nil, err
	}
	folder, _, err := exists(fsys, p.path)
	if !folder.Mode.IsDir() {
		return nil, err
	}
	return obstacleTo(fsys, p.path, s.Function().RunsAs(), check.Read|check.Execute)
}

// closed is the failure of a folder that the obstacle closes.
func (p place) closed(o *check.Obstacle, f *check.Function) check.Verdict {
	who := f.RunsAs()
	switch {
	case p.what == "HOME" && isRootsHome(o.Path):
		return check.Failf(p.at, "HOME is %s, in the home of root, which is closed to %s (%s)", brief(p.path), who, ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("give the function's user a HOME of its own; the lines go before USER:\n\n%s\nRUN mkdir -p /home/app && chown %s /home/app", setLine(f, "HOME", "/home/app"), proposedUser(f))
	case o.Final:
		return check.Failf(p.at, "%s %s is closed to %s (%s)", p.what, brief(p.path), who, ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("let the function's user read and enter %s"+beforeUser+"%s", brief(p.path), chmodLine(o.Owned, who, o.Lacks))
	default:
		return check.Failf(p.at, "%s %s lies behind %s, which %s may not enter (%s)", p.what, brief(p.path), brief(o.Path), who, ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("let the function's user pass through %s"+beforeUser+"%s", brief(o.Path), chmodLine(o.Owned, who, o.Lacks))
	}
}

// certainFolder reports whether there certainly is a folder of that name, where
// another question about it was answered by the error unknown: it asks less
// than [exists], which needs modes and owners that a text may not tell.
func certainFolder(fsys fs.FS, name string, unknown error) (bool, error) {
	if !isUnavailable(unknown) {
		return false, unknown
	}
	file, err := fsys.Open(check.FSName(name))
	switch {
	case errors.Is(err, fs.ErrNotExist) || isUnavailable(err):
		return false, unknown
	case err != nil:
		return false, err
	}
	if _, isFolder := file.(fs.ReadDirFile); !isFolder {
		return false, errors.Join(unknown, file.Close())
	}
	return true, file.Close()
}

// toldOfCommand returns what stops the programs and the arguments of the start
// command, by path, each with the verdict that refers to the rule which tells.
// The error says why there may be more.
func toldOfCommand(ctx context.Context, s *check.Subject) (map[string]check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return nil, err
	}
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return nil, err
	}
	told := map[string]check.Verdict{}
	var errs []error
	list, _ := argumentsOf(s.Function(), cmd)
	for _, a := range list {
		o, err := obstacleTo(fsys, a.path, s.Function().RunsAs(), check.Execute)
		errs = append(errs, err)
		if o != nil {
			told[o.Path] = check.SeeRule("FG305", "arguments-readable")
		}
	}
	errs = append(errs, tellOfPrograms(ctx, s, cmd, told))
	return told, worst(errs)
}

// worst returns the first error that is trouble, else the first that says that
// something is not known.
func worst(errs []error) error {
	for _, err := range errs {
		if err != nil && !isUnavailable(err) {
			return err
		}
	}
	return cmp.Or(errs...)
}

// tellOfPrograms adds what stops the programs; the error says why there may be
// more.
func tellOfPrograms(ctx context.Context, s *check.Subject, cmd *check.Command, told map[string]check.Verdict) error {
	var errs []error
	list := startingPrograms(cmd)
	for _, program := range list[:min(len(list), maxStarting)] {
		p, err := program.lookUp(ctx, s)
		errs = append(errs, err)
		if err == nil {
			p.tell(told)
		}
	}
	return worst(errs)
}

// tell adds what stops the program.
func (p *started) tell(told map[string]check.Verdict) {
	switch {
	case p.Obstacle == nil:
	case p.shell:
		told[p.Obstacle.Path] = check.SeeRule("FG404", "shell-present")
	default:
		told[p.Obstacle.Path] = check.SeeRule("FG302", "command-executable")
	}
}

// placeList returns the places for a message.
func placeList(places []place) string {
	var texts []string
	for _, p := range places {
		texts = append(texts, p.what+" "+brief(p.path))
	}
	return cut(strings.Join(texts, ", "), 2*maxShown)
}
