// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// trial is a start of the image with what the rules about it share.
type trial struct {
	*check.Trial

	function *check.Function
	command  *check.Command // nil where it is not known
	at       check.Location // where it is written
}

// onTrial makes a check of a judgement about the started container.
func onTrial(judge func(*trial) check.Verdict) checkFunc {
	return func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		t, err := trialOf(ctx, s)
		if err != nil {
			return check.Verdict{}, err
		}
		return judge(t), nil
	}
}

func trialOf(ctx context.Context, s *check.Subject) (*trial, error) {
	seen, err := s.Trial(ctx)
	if err != nil {
		return nil, err
	}
	t := &trial{Trial: seen, function: s.Function()}
	cmd, err := s.Command(ctx)
	switch {
	case err == nil:
		t.command, t.at = cmd, startedAt(cmd)
	case !isUnavailable(err):
		return nil, err
	}
	return t, nil
}

// launches returns what the start command launches, as far as it is known.
func (t *trial) launches() []*launch {
	if t.command == nil {
		return nil
	}
	launches := make([]*launch, len(t.command.Calls))
	for i, call := range t.command.Calls {
		launches[i] = recognise(call)
	}
	return launches
}

// envAround returns the variables of the function's process, as far as they are
// known: the container was seen, so a judgement does not depend on them.
func envAround(ctx context.Context, s *check.Subject) (check.Env, error) {
	env, err := s.Env(ctx)
	if isUnavailable(err) {
		return check.NewEnv(nil, err), nil
	}
	return env, err
}

// explained returns the verdict of a rule that asks for a server, where it is
// another rule's matter that none came up, or an open question.
func (t *trial) explained() (v check.Verdict, ok bool) {
	switch {
	case t.Listening > 0:
		return check.Verdict{}, false
	case t.works(check.InWorkdir) != nil:
		return check.SeeRule("FG802", "runs-from-root-directory"), true
	case t.IsShortOfMemory():
		return check.SeeRule("FG804", "fits-memory"), true
	case t.Refusal.Kind != check.Started:
		return check.SeeRule("FG801", "keeps-running"), true
	case t.Exit.Ended && t.lacksNetwork():
		return t.withoutNetwork(), true
	case t.Exit.Ended:
		return check.SeeRule("FG801", "keeps-running"), true
	}
	return check.Verdict{}, false
}

// unserved returns the verdict of a rule that asks for an open port where it
// never opened.
func (t *trial) unserved() (v check.Verdict, ok bool) {
	v, ok = t.explained()
	switch {
	case ok || t.Listening > 0:
		return v, ok
	case t.lacksNetwork():
		return t.withoutNetwork(), true
	default:
		return check.SeeRule("FG101", "listens-on-8000"), true
	}
}

// unanswered returns the verdict of a rule that asks for answers where no
// request had a whole one.
func (t *trial) unanswered() (v check.Verdict, ok bool) {
	if v, ok := t.unserved(); ok {
		return v, true
	}
	if slices.ContainsFunc(t.Answers, isAnswered) {
		return check.Verdict{}, false
	}
	switch {
	case t.Exit.Ended:
		return check.SeeRule("FG801", "keeps-running"), true
	case slices.ContainsFunc(t.Answers, t.mayNeedNetwork):
		return t.withoutNetwork(), true
	default:
		return check.SeeRule("FG106", "answers-http"), true
	}
}

// works returns the experiment of that kind with which the start worked, or
// nil.
func (t *trial) works(kind check.ExperimentKind) *check.Experiment {
	for i := range t.Experiments {
		if e := &t.Experiments[i]; e.Kind == kind && e.Works {
			return e
		}
	}
	return nil
}

// morePrivileged returns the experiment that shows that the start works with
// more privileges than the platform gives, or nil.
func (t *trial) morePrivileged() *check.Experiment {
	if e := t.works(check.AsImageUser); e != nil {
		return e
	}
	return t.works(check.MoreCapabilities)
}

// withPrivileges adds to a message that the start works with more privileges.
func (t *trial) withPrivileges() string {
	if e := t.morePrivileged(); e != nil {
		return "; it works with " + brief(e.Change)
	}
	return ""
}

// lacksNetwork reports whether the log shows that the container asked for the
// network that it was not given.
func (t *trial) lacksNetwork() bool { return t.Offline && t.networkLine() != "" }

// mayNeedNetwork reports whether the missing network may be what an answer
// failed for.
func (t *trial) mayNeedNetwork(a check.Answer) bool {
	brokeOff := a.Outcome == check.Reset || a.Outcome == check.Silent || a.Outcome == check.Incomplete
	return (brokeOff || a.Status >= statusServerError) && t.lacksNetwork()
}

func (t *trial) withoutNetwork() check.Verdict {
	return check.Unknownf("pass --network bridge", "the container had no network, and its log says %q", brief(t.networkLine()))
}

// runtimeChain finds what the parts of an engine put around the message of the
// one that failed, which takes more room than a report has.
var runtimeChain = regexp.MustCompile(`(?s)^.*container process(?: caused)?: (.+?)(?:: unknown)?$`)

// refusal returns the engine's words on why it could not start the program.
func (t *trial) refusal() string {
	return brief(runtimeChain.ReplaceAllString(t.Refusal.Message, "$1"))
}

// ending tells how the container ended.
func (t *trial) ending() string {
	when := "before port 8000 was seen open"
	if !t.Exit.Early {
		when = "after port 8000 was open"
	}
	return fmt.Sprintf("the container ended %s after its start with %s, %s", seconds(t.Exit.After), exitCode(t.Exit.Code), when)
}

// exitCode names an exit code, and the signal that it stands for.
func exitCode(code int) string {
	if name := signalNames[code-128]; name != "" {
		return fmt.Sprintf("exit code %d (%s)", code, name)
	}
	return fmt.Sprintf("exit code %d", code)
}

// signalNames are the signals of Linux that end a process.
// Source: https://man7.org/linux/man-pages/man7/signal.7.html
var signalNames = map[int]string{
	1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
	9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
}

// seconds returns a time as people read it: "0.4 s", "12 s".
func seconds(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 0.1:
		return fmt.Sprintf("%.2f s", s)
	case s < 10:
		return fmt.Sprintf("%.1f s", s)
	default:
		return fmt.Sprintf("%.0f s", s)
	}
}

// dockerRun returns a command that starts an image by hand as FunctionGraph
// would.
func (t *trial) dockerRun() string {
	return strings.Join([]string{
		"docker run --rm --user", t.function.RunsAs().String(), "--workdir / --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp:exec,mode=1777 <image>",
	}, " ")
}
