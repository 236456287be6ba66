// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var foreground = &check.Rule{
	ID:    "FG405",
	Name:  "foreground",
	Title: "The server stays in the foreground",
	Why: `The instance lives as long as its main process. A server that goes to the
background, by & at the end of the command, by a daemon option or because it is
its habit, leaves the main process with nothing to do: it ends, and the instance
with it: 4204 "runtime process is exited", or CrashLoopBackOff (it is started over
and over).

The rule reads the start command and knows the daemon options of common servers.
nohup alone does not send anything to the background.`,
	Fix: `Let the server be the main process:

	CMD ["nginx", "-g", "daemon off;"]`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://github.com/Ma-Chang-an/fg-sdweui",
	},
	Severity: check.Error,
	Levels:   "DCX",
	Bad: `-- config.json --
{"Cmd": ["/bin/sh", "-c", "nohup node /app/main.js &"]}
`,
	Good: `-- config.json --
{"Cmd": ["node", "/app/main.js"]}
`,
	Check: orByRun(readForeground, foregroundByRun),
}

func readForeground(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case len(cmd.Args) == 0:
		return check.SeeRule("FG401", "start-command"), nil
	case cmd.Opaque != nil:
		return openToRun("the script is not certain: %v", cmd.Opaque), nil
	}
	// What counts is the last command that does not end by itself.
	for _, call := range slices.Backward(cmd.Calls) {
		l := recognise(call)
		switch leaves, why, fix := l.leaves(); {
		case endsAtOnce.has(call.Name()):
		case call.Conditional && (leaves || call.Background):
			return openToRun("%s goes to the background, but may not run at all", l.name), nil
		case call.Background && call.HasWrapper("nohup"):
			return check.Failf(call.At, "the script ends while %s is in the background, by nohup and &", brief(l.name)).
				WithFix("take nohup and & off:\n\nexec %s", cut(plainWords(call.Args), maxMend)), nil
		case call.Background:
			return check.Failf(call.At, "the script ends while %s is in the background, by &", brief(l.name)).
				WithFix("take & off, or add wait as the last command:\n\nexec %s", cut(plainWords(call.Args), maxMend)), nil
		case leaves && fix == "":
			return openToRun("%s goes to the background unless its configuration file forbids it", l.name), nil
		case leaves:
			return check.Failf(call.At, "%s goes to the background%s", l.name, why).WithFix("%s", fix), nil
		default:
			return check.Passf(call.At, "%s runs in the foreground", brief(l.name)), nil
		}
	}
	text := brief(strings.Join(cmd.Args, " "))
	return check.Failf(firstOf(cmd.At), "%q ends at once", text).WithFix("start the server in place of %q, or as its last command", text), nil
}

// endsAtOnce are commands that keep no container alive, common at the end of
// scripts.
const endsAtOnce words = "echo printf"

// leaves reports whether the program goes to the background, by what words, and
// the mend; an empty mend says that its configuration file may prevent it.
func (l *launch) leaves() (leaves bool, why, fix string) {
	k := l.known
	if k == nil {
		return false, "", ""
	}
	for _, option := range k.daemon {
		if l.has(option) {
			return true, ", by " + option, "take " + option + " out of the arguments of " + l.name
		}
	}
	if !k.daemonises || slices.ContainsFunc(k.foreground, l.has) {
		return false, "", ""
	}
	if k.foreConfig {
		return true, "", ""
	}
	return true, " by itself", "let " + l.name + " stay:\n\n" + k.instead
}

// foregroundByRun judges FG405 by a start.
func foregroundByRun(_ context.Context, _ *check.Subject, t *trial) (check.Verdict, error) {
	return t.judgeServing(nil, "the main process runs on after the last request"), nil
}
