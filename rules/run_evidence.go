// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// passRun is the hint of a verdict that a start of the image decides, in a rule
// that is made by [orByRun].
const passRun = "pass --run"

// byRun judges by a start what reading leaves open.
type byRun = func(context.Context, *check.Subject, *trial) (check.Verdict, error)

// orByRun makes a check of one that reads. Where that has nothing to read, or
// says that a start decides, the start does so, if there is one. What reading
// decides stays: the container was started under the conditions of one engine, which
// may run more than the platform does.
func orByRun(read checkFunc, judge byRun) checkFunc {
	return func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		v, err := read(ctx, s)
		isOpen := isUnavailable(err) || err == nil && v.ByStart
		if !isOpen || !s.IsStarted() {
			return v, err
		}
		t, runErr := trialOf(ctx, s)
		switch {
		case isUnavailable(runErr):
			return v, err
		case runErr != nil:
			return check.Verdict{}, runErr
		}
		return judge(ctx, s, t)
	}
}

// openToRun is the verdict on what a start of the image decides.
func openToRun(format string, args ...any) check.Verdict {
	return startDecides(passRun, format, args...)
}

// startDecides is an unknown verdict that a start of the image decides, as the
// hint says.
func startDecides(hint, format string, args ...any) check.Verdict {
	v := beyondReading(hint, format, args...)
	v.ByStart = true
	return v
}

// judgeServing passes a start after which the server answered and runs on. Where
// the log has, or may have had, a line of the pattern, the rule stays open; nil
// for none.
func (t *trial) judgeServing(doubt *regexp.Regexp, format string, args ...any) check.Verdict {
	if v, ok := t.unanswered(); ok {
		return v
	}
	switch {
	case t.Exit.Ended:
		return check.SeeRule("FG801", "keeps-running")
	case doubt == nil:
		return check.Passf(t.at, format, args...)
	}
	for _, line := range t.Log.Lines {
		if doubt.MatchString(line) {
			return check.Unknownf("see what the start command does there", "the server came up, but the log says %q", brief(strings.TrimSpace(line)))
		}
	}
	if len(t.Log.Lines) >= check.MaxLogLines {
		return check.Unknownf("pass --logs FILE, and see whether the log names something that failed", "the server came up, but only the last %d lines of the log were looked at", check.MaxLogLines)
	}
	return check.Passf(t.at, format, args...)
}

// notStarted finds in a log that a program was not started. Shells and wrappers
// say so, and may go on.
var notStarted = regexp.MustCompile(`(?i): (?:not found|no such file or directory|permission denied|(?:cannot execute|exec format error).*)$|command not found|is not executable`)

// startsDirectly reports whether the engine started the one program of the
// start command, and not a shell or a wrapper. By env in its first line, a
// script may still fail to find its interpreter, and ends then as a shell does
// that does not find a program.
func (t *trial) startsDirectly() bool {
	c := t.command
	if t.Refusal.Kind != check.Started || c == nil || c.Shell != "" || c.Opaque != nil || len(c.Calls) != 1 || len(c.Calls[0].Wrappers) > 0 {
		return false
	}
	return !t.Exit.Ended || t.Exit.Code != exitNotFound && t.Exit.Code != exitNotExecutable
}

// judgeStart judges the programs of the start command by a start: a refusal of
// that kind breaks the rule, with that mend.
func (t *trial) judgeStart(kind check.RefusalKind, mend string) check.Verdict {
	isShell := t.command != nil && t.command.Shell != "" && t.command.Program() == t.command.Shell
	switch {
	case t.Refusal.Kind == kind && !isShell:
		return check.Failf(t.at, "the engine did not start the program as %s: %s", t.function.RunsAs(), t.refusal()).WithFix("%s", mend)
	case t.Refusal.Kind != check.Started:
		return check.SeeRule("FG801", "keeps-running")
	case t.startsDirectly():
		return check.Passf(t.at, "the engine started %s as %s", brief(t.command.Program()), t.function.RunsAs())
	default:
		return t.judgeServing(notStarted, "the server came up as %s, and the log names no program that did not start", t.function.RunsAs())
	}
}

// existsByRun judges FG301 by a start.
func existsByRun(_ context.Context, _ *check.Subject, t *trial) (check.Verdict, error) {
	return t.judgeStart(check.NoSuchProgram, "put the program, and the interpreter that its first line names, into the image, and name it from the root:\n\nENTRYPOINT [\"/app/<program>\"]"), nil
}

// executableByRun judges FG302 by a start.
func executableByRun(_ context.Context, _ *check.Subject, t *trial) (check.Verdict, error) {
	return t.judgeStart(check.ProgramForbidden, "open the program and the folders above it"+beforeUser+"RUN chmod a+rx <program>"), nil
}

// interpreterByRun judges FG303 by a start. The engine has the same words for a
// program that is missing, which is the matter of FG301.
func interpreterByRun(ctx context.Context, s *check.Subject, t *trial) (check.Verdict, error) {
	if t.Refusal.Kind == check.NoSuchProgram {
		v, err := readCommandExists(ctx, s)
		if err != nil && !isUnavailable(err) {
			return check.Verdict{}, err
		}
		if v.Outcome != check.Pass {
			return check.SeeRule("FG301", "command-exists"), nil
		}
	}
	return t.judgeStart(check.NoSuchProgram, "put the interpreter that the program's first line names, or its loader, into the image"), nil
}

// architectureByRun judges FG304 by a start.
func architectureByRun(_ context.Context, _ *check.Subject, t *trial) (check.Verdict, error) {
	return t.judgeStart(check.WrongFormat, "build the program for linux/amd64, and begin scripts with #!/bin/sh:\n\ndocker build --platform linux/amd64 ."), nil
}

// rootByRun judges FG402 by a start, which is in /. That a server came up there
// is not enough: one that does not find its files may answer all the same.
func rootByRun(ctx context.Context, s *check.Subject, t *trial) (check.Verdict, error) {
	if e := t.works(check.InWorkdir); e != nil {
		config, err := s.Config(ctx)
		if err != nil && !isUnavailable(err) {
			return check.Verdict{}, err
		}
		v := check.Failf(t.at, "the start command works in %s and not in /%s", brief(e.Change), t.failure()).WithFix("%s", changeFolderFirst(e.Change))
		if config != nil {
			v = v.Also(config.WorkingDir.At())
		}
		return v, nil
	}
	v := t.judgeServing(nil, "the server came up in /")
	if v.Outcome != check.Pass {
		return v, nil
	}
	i := slices.IndexFunc(t.Answers, func(a check.Answer) bool { return isAnswered(a) && (isSuccess(a.Status) || isRedirect(a.Status)) })
	if i < 0 {
		hint := "pass --path with a path that the server knows"
		if t.function.Type.Or(check.HTTP) == check.Event {
			hint = "pass --event with an event that the function takes"
		}
		return check.Unknownf(hint, "the server came up in /, but answered no request with success, so that it may not have found its files there"), nil
	}
	a := t.Answers[i]
	v.Message += " and answered " + brief(a.Method+" "+a.Path) + " with " + strconv.Itoa(a.Status)
	return v, nil
}
