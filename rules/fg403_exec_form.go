// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"

	"github.com/fgpreflight/fgpreflight/check"
)

var execForm = &check.Rule{
	ID:    "FG403",
	Name:  "exec-form",
	Title: "The server is started in exec form, without a shell around it",
	Why: `A command that is no JSON array is run by /bin/sh -c. The shell then is the
main process: it gets the signal when the instance ends and does not pass it on,
so that the server is killed in the middle of its work. A CMD in that form
beside an ENTRYPOINT in exec form is worse: the words /bin/sh and -c become
arguments of the ENTRYPOINT.

Where a shell is needed, exec lets the server take its place.`,
	Fix: `Write an array, or exec:

	CMD ["node", "/app/main.js"]
	CMD exec node /app/main.js --workers $WORKERS`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://docs.docker.com/reference/dockerfile/#shell-and-exec-form",
	},
	Severity: check.Warning,
	Levels:   "DC",
	Bad: `-- config.json --
{"Cmd": ["/bin/sh", "-c", "node /app/main.js"]}
`,
	Good: `-- config.json --
{"Cmd": ["node", "/app/main.js"]}
`,
	Check: checkExecForm,
}

func checkExecForm(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if len(cmd.Args) == 0 {
		return check.SeeRule("FG401", "start-command"), nil
	}
	if cmd.Shell == "" {
		if form := shellForm(cmd.Args); form != nil {
			at := firstOf(cmd.At[max(0, len(cmd.At)-1):]) // the last part is CMD
			return check.Failf(at, "CMD in shell form beside ENTRYPOINT in exec form: %s gets %s %s as arguments", brief(cmd.Program()), form[0], form[1]).
				WithFix("write CMD as an array of the arguments that %s should get, without %s -c:\n\nCMD [\"--option\"]", brief(cmd.Program()), form[0]), nil
		}
		return check.Passf(firstOf(cmd.At), "%s is started without a shell around it", brief(cmd.Program())), nil
	}
	if len(cmd.Calls) == 0 {
		return check.Unknownf("write the command in exec form", "the script that %s runs is not understood", cmd.Shell), nil
	}
	last := cmd.Calls[len(cmd.Calls)-1]
	if last.HasWrapper("exec") {
		return check.Passf(last.At, "exec lets %s take the place of the shell", brief(last.Name())), nil
	}
	return check.Failf(firstOf(cmd.At), "%s stays the main process around %q", cmd.Shell, brief(cmd.Script)).
		WithFix("%s", withoutShell(cmd, last)), nil
}

// withoutShell tells how to start the last call of the script as the main
// process.
func withoutShell(cmd *check.Command, last check.Call) string {
	if len(cmd.Calls) == 1 && len(last.Unexpanded) == 0 && len(last.Vars) == 0 && len(last.Wrappers) == 0 && last.Dir == "" {
		return "write the command as an array:\n\n" + jsonArray(last.Args...)
	}
	return fmt.Sprintf("put exec before the last command of %q:\n\nexec %s …", brief(cmd.Script), brief(last.Name()))
}

// shellForm returns what Docker makes of a shell form, if the argument vector
// ends in it: a shell, -c and one word.
func shellForm(args []string) []string {
	form := args[max(0, len(args)-3):]
	if len(form) < 3 || form[0] != "/bin/sh" && form[0] != "/bin/bash" || form[1] != "-c" {
		return nil
	}
	return form
}
