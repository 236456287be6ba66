// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var portHints = &check.Rule{
	ID:    "FG104",
	Name:  "port-hints",
	Title: "Nothing in the start command or the variables points to another port than 8000",
	Why: `FunctionGraph waits for a server on port 8000 and gives no PORT variable. A
server that is told another port, or is left on a default that is not 8000, is
never found: the start ends in "timeout waiting for http server running".

The rule knows the options, variables and defaults of common servers (uvicorn,
gunicorn, flask, next, puma, ASP.NET, Spring and others), and looks at PORT,
ASPNETCORE_URLS and --port elsewhere. What the program does with them is only
seen in a run (FG101).`,
	Fix: `Tell the server the port:

	CMD ["uvicorn", "main:app", "--app-dir", "/app", "--host", "0.0.0.0", "--port", "8000"]`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "DCX",
	Bad: `-- config.json --
{"Cmd": ["flask", "--app", "/app/main.py", "run", "--port", "5000"]}
`,
	Good: `-- config.json --
{"Cmd": ["flask", "--app", "/app/main.py", "run", "--port", "8000"]}
`,
	Check: orByRun(readPortHints, portByRun),
}

func readPortHints(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	var open, wrong *portHint
	for _, call := range cmd.Calls {
		l := recognise(call)
		hint, err := l.portHint(env)
		switch {
		case err != nil:
			return check.Verdict{}, err
		case hint == nil && l.mayServe() && len(cmd.Calls) > 1:
			open = &portHint{what: brief(l.name)}
		case hint == nil:
		case slices.Contains(hint.ports, functionPort):
			return check.Passf(hint.at, "the port is 8000, by %s", brief(hint.what)), nil
		case len(hint.ports) == 0:
			open = hint
		default:
			wrong = hint
		}
	}
	switch {
	case open != nil:
		return openToRun("the port is only known at run time, by %s", brief(open.what)), nil
	case wrong != nil:
		return check.Failf(wrong.at, "the port is %s and not 8000, by %s", brief(strings.Join(wrong.ports, ", ")), brief(wrong.what)).WithFix("%s", cut(wrong.fix, maxMend)), nil
	default:
		return check.NotApplicablef("no server, option or variable that names a port was recognised"), nil
	}
}

// portByRun judges FG104 by a start.
func portByRun(_ context.Context, _ *check.Subject, t *trial) (check.Verdict, error) {
	if v, ok := t.unserved(); ok {
		return v, nil
	}
	return check.Passf(t.at, "port 8000 was open %s after the start", seconds(t.Listening)), nil
}
