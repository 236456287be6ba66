// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

var startCommand = &check.Rule{
	ID:    "FG401",
	Name:  "start-command",
	Title: "ENTRYPOINT, CMD or the function's override start a program",
	Why: `FunctionGraph starts ENTRYPOINT and CMD of the image, unless the function
overrides them. With neither there is nothing to start. Base images bring a
shell or an interpreter as their CMD: without a terminal it ends at once, and
the instance with it: 4204 "runtime process is exited", or CrashLoopBackOff (it is
started over and over).`,
	Fix: `Name the server, by its whole path:

	ENTRYPOINT ["node", "/app/main.js"]`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact",
	},
	Severity: check.Error,
	Levels:   "DCXF",
	Bad: `-- config.json --
{"Cmd": ["python3"]}
`,
	Good: `-- config.json --
{"Cmd": ["python3", "/app/main.py"]}
`,
	Check: orByRun(readStartCommand, portByRun),
}

func readStartCommand(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	switch {
	case len(cmd.Args) == 0:
		return check.Failf(firstOf(cmd.At), "neither ENTRYPOINT nor CMD nor an override of the function says what to start").
			Also(furtherOf(cmd.At)...).
			WithFix("add to the Dockerfile what starts the server:\n\nENTRYPOINT [\"/app/server\"]"), nil
	case cmd.Program() == "":
		return check.Failf(firstOf(cmd.At), "the program to start is an empty string").
			WithFix("put the program in the first place:\n\nENTRYPOINT [\"/app/server\"]"), nil
	case len(cmd.Calls) == 0 && cmd.Opaque == nil:
		return check.Failf(firstOf(cmd.At), "the script that %s runs starts nothing: %q", cmd.Shell, brief(cmd.Script)).
			WithFix("start the server in place of %q:\n\nENTRYPOINT [\"/app/server\"]", brief(cmd.Script)), nil
	}
	if i := slices.IndexFunc(cmd.Calls, func(c check.Call) bool { return !recognise(c).repl }); i >= 0 {
		return check.Passf(cmd.Calls[i].At, "%s is started", brief(cmd.Calls[i].Name())), nil
	}
	return promptVerdict(cmd), nil
}

// promptVerdict is about a command all of whose calls, if it has any, have
// nothing to run.
func promptVerdict(cmd *check.Command) check.Verdict {
	if cmd.Opaque != nil {
		return uncertainScript(cmd)
	}
	l := recognise(cmd.Calls[0])
	return check.Failf(l.call.At, "%s is started with nothing to run: it %s", l.call.Args[0], l.known.idle).
		WithFix("name what it should run:\n\nENTRYPOINT %s", jsonArray(l.call.Args[0], "/app/<script>"))
}
