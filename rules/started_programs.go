// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// starting is a program that the start command is certain to start.
type starting struct {
	name string // as written
	dir  string // that it is looked up from; "" for /
	path string // PATH of the call, where the script sets one
	by   string // base name of the shell or wrapper that starts it; "" for the container runtime
	// byShell is set where that is the shell of a script.
	byShell bool
	shell   bool // it is the shell of a script, which FG404 looks after
	call    bool // it is the program of a call, not what is around it; FG402 looks at those
	at      check.Location
}

// maxStarting bounds how many programs of a script are looked up; the list may
// hold one more, which tells that there are.
const maxStarting = 100

// startingPrograms returns the programs that the command is certain to start.
// Where its script is not certain, those are the ones around the script.
func startingPrograms(cmd *check.Command) []starting {
	at, shell := firstOf(cmd.At), path.Base(cmd.Shell)
	var list startingList
	if cmd.Shell != "" || isUncertain(cmd) {
		list.add(starting{name: cmd.Program(), shell: cmd.Program() == cmd.Shell, at: at})
	}
	if cmd.Shell != "" {
		list.add(starting{name: cmd.Shell, by: path.Base(cmd.Program()), shell: true, at: at})
	}
	if isUncertain(cmd) {
		return list
	}
	for _, call := range cmd.Calls {
		if call.Conditional {
			continue
		}
		next := starting{dir: call.Dir, path: call.Vars["PATH"], at: call.At}
		if cmd.Shell != "" {
			next.by, next.byShell = shell, true
		}
		for i, words := range append(slices.Clip(call.Wrappers), call.Args) {
			next.name, next.call = words[0], i == len(call.Wrappers)
			if shellBuiltins.has(next.name) && cmd.Shell != "" {
				continue
			}
			list.add(next)
			next.by, next.byShell = path.Base(next.name), false
		}
	}
	return list
}

// startingList holds each program once.
type startingList []starting

func (l *startingList) add(s starting) {
	for _, other := range *l {
		if other.name == s.name && other.dir == s.dir && other.path == s.path {
			return
		}
	}
	if len(*l) <= maxStarting {
		*l = append(*l, s)
	}
}

// shellBuiltins are the commands that a shell carries out itself.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html and
// https://man7.org/linux/man-pages/man1/bash.1.html name them.
const shellBuiltins words = ". : [ [[ alias bg break builtin caller cd command compgen complete compopt continue declare dirs disown " +
	"echo enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf " +
	"pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask " +
	"unalias unset wait"

// started is a program that gets started, looked up.
type started struct {
	starting
	*check.Program
	inWorkdir bool // it is missing, but would be found from WORKDIR
}

// lookUp looks the program up, from WORKDIR too where it is missing from /.
func (p starting) lookUp(ctx context.Context, s *check.Subject) (*started, error) {
	found, err := p.find(ctx, s, p.name, p.dir)
	if err != nil || found.Found || !p.call || path.IsAbs(p.name) || path.IsAbs(p.dir) || !strings.Contains(p.name, "/") {
		return &started{starting: p, Program: found}, err
	}
	workdir, err := workingDir(ctx, s)
	if err != nil {
		return nil, err
	}
	there, err := p.find(ctx, s, p.name, path.Join(workdir, p.dir))
	if err != nil {
		return nil, err
	}
	return &started{starting: p, Program: found, inWorkdir: there.Found}, nil
}

// find looks a program up under the PATH of the call, which one that is named
// by a path does not need.
func (p starting) find(ctx context.Context, s *check.Subject, name, dir string) (*check.Program, error) {
	if p.path == "" && !strings.Contains(name, "/") {
		return s.Program(ctx, name, dir)
	}
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return nil, err
	}
	return check.LookUp(fsys, name, dir, p.path, s.Function().RunsAs())
}

// workingDir returns the image's WORKDIR as an absolute path.
func workingDir(ctx context.Context, s *check.Subject) (string, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return "", err
	}
	dir, _, err := config.WorkingDir.Get()
	return path.Clean("/" + dir), err
}

// absent returns the verdict of a rule on a program that is not there, or is no
// file, which another rule tells; ok is false for one that is.
func (p *started) absent(f *check.Function) (verdict check.Verdict, ok bool) {
	switch {
	case p.Found && p.File.Mode.IsRegular():
		return check.Verdict{}, false
	case p.shell:
		return check.SeeRule("FG404", "shell-present"), true
	case p.inWorkdir:
		return check.SeeRule("FG402", "absolute-start"), true
	case !p.Found && p.pathUnknown():
		return p.unknownPath(), true
	case !p.Found && isAnyMounted(f, p.Tried):
		return onMount(p.name), true
	default:
		return check.SeeRule("FG301", "command-exists"), true
	}
}

// isAnyMounted reports whether one of the paths lies in a file system that the
// function mounts.
func isAnyMounted(f *check.Function, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return isMounted(f, name) })
}

// onMount is the verdict on a file that a mounted file system may hold.
func onMount(name string) check.Verdict {
	return beyondReading("look into the file system that is mounted there", "%s is to be found in a file system that the function mounts", brief(name))
}

// beyondReading is an unknown verdict that no reading of the image decides.
func beyondReading(hint, format string, args ...any) check.Verdict {
	verdict := check.Unknownf(hint, format, args...)
	verdict.Deferred = true
	return verdict
}

// isUncertain reports whether the command's script may start anything.
func isUncertain(cmd *check.Command) bool { return cmd.Opaque != nil }

// uncertainScript is the verdict on a command whose script may start anything.
func uncertainScript(cmd *check.Command) check.Verdict {
	return openToRun("what the script starts is not certain: %v", cmd.Opaque)
}

// knownToShell is the verdict on a word that stands for a path.
func knownToShell(word string) check.Verdict {
	return beyondReading("write the path itself in the command", "what %s stands for is known only to the running shell", brief(word))
}

// pathUnknown reports whether the program is searched along a PATH that only
// the running shell knows.
func (p *started) pathUnknown() bool {
	return strings.ContainsAny(p.path, "$`") && !strings.Contains(p.name, "/")
}

func (p *started) unknownPath() check.Verdict {
	return startDecides("write the program as an absolute path, or "+passRun, "%s is searched along PATH=%s, which only the running shell knows",
		brief(p.name), brief(p.path))
}

// programJudge judges a program that was looked up.
type programJudge = func(context.Context, *check.Subject, *started) (check.Verdict, error)

// judge looks the program up and judges it. One that cannot be looked up, but
// is known to be in the base image, is judged by ofBase; nil for a rule that
// needs the file itself.
func (p starting) judge(ctx context.Context, s *check.Subject, judge programJudge, ofBase func(p starting, base string) check.Verdict) (check.Verdict, error) {
	found, err := p.lookUp(ctx, s)
	switch {
	case err == nil:
		return judge(ctx, s, found)
	case ofBase == nil || !isUnavailable(err):
		return check.Verdict{}, err
	}
	base, known, buildErr := p.inBase(ctx, s)
	if !known || buildErr != nil {
		return check.Verdict{}, cmp.Or(buildErr, err)
	}
	return ofBase(p, base), nil
}

// inBase returns the base image of a Dockerfile if the program is one that
// everybody may execute there.
func (p starting) inBase(ctx context.Context, s *check.Subject) (base string, known bool, err error) {
	build, err := s.Build(ctx)
	isPath := strings.Contains(p.name, "/")
	if err != nil || build == nil || !isPath && (p.path != "" || s.Function().Env.Lookup("PATH").IsSet()) {
		return "", false, err
	}
	return build.Base, slices.Contains(build.Programs, p.name), nil
}

// judgePrograms judges one program of the start command after another. The
// first failure is the verdict, else the first that is not known.
func judgePrograms(ctx context.Context, s *check.Subject, judge programJudge, ofBase func(p starting, base string) check.Verdict) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if cmd.Program() == "" {
		return check.SeeRule("FG401", "start-command"), nil
	}
	byOutcome := map[check.Outcome][]check.Verdict{}
	var open error
	list := startingPrograms(cmd)
	for _, program := range list[:min(len(list), maxStarting)] {
		verdict, err := program.judge(ctx, s, judge, ofBase)
		switch {
		case err != nil && !isUnavailable(err):
			return check.Verdict{}, err
		case err != nil:
			open = cmp.Or(open, err)
		case verdict.Outcome == check.Fail:
			return verdict, nil
		default:
			byOutcome[verdict.Outcome] = append(byOutcome[verdict.Outcome], verdict)
		}
	}
	switch {
	case open != nil:
		return check.Verdict{}, open
	case len(byOutcome[check.Unknown]) > 0:
		return byOutcome[check.Unknown][0], nil
	case isUncertain(cmd):
		return uncertainScript(cmd), nil
	case len(list) > maxStarting:
		return openToRun("the script starts more than %d programs", maxStarting), nil
	case len(byOutcome[check.Pass]) > 0:
		return allOf(byOutcome[check.Pass]), nil
	default:
		return byOutcome[check.NotApplicable][0], nil
	}
}

// allOf makes one verdict of several that pass. Two programs that one shell runs
// may say the same of it.
func allOf(passed []check.Verdict) check.Verdict {
	var messages []string
	for _, v := range passed {
		if !slices.Contains(messages, v.Message) {
			messages = append(messages, v.Message)
		}
	}
	all := passed[0]
	all.Message = cut(strings.Join(messages, ", "), maxMend)
	return all
}
