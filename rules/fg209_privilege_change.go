// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var privilegeChange = &check.Rule{
	ID:    "FG209",
	Name:  "privilege-change",
	Title: "The start command needs no more privilege than the function has",
	Why: `The platform starts the image as an ordinary user without capabilities, and
nothing lets it gain any. A start command that switches users (sudo, su, gosu,
su-exec, setpriv), changes owners or listens on a port below 1024 fails there:
operation not permitted.`,
	Fix: `Do it at build time, where you are root: chown in a RUN line before USER, the account
in USER, and the server on port 8000.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong-functionsystem",
		"https://man7.org/linux/man-pages/man7/capabilities.7.html",
	},
	Severity: check.Warning,
	Levels:   "DCRX",
	Bad: `-- config.json --
{"Entrypoint": ["gosu", "app", "/app/server"]}
`,
	Good: `-- config.json --
{"Entrypoint": ["/app/server"]}
`,
	Check: orByRun(readPrivilegeChange, privilegeByRun),
}

// userSwitchers are the programs that start another one as another user, and
// ownerChangers those that give files away; both take privileges.
var (
	userSwitchers = []string{"sudo", "su", "gosu", "su-exec", "setpriv", "runuser", "doas", "chpst", "s6-setuidgid"}
	ownerChangers = []string{"chown", "chgrp"}
)

// firstOpenPort is the lowest port that a process without privileges may
// listen on.
const firstOpenPort = 1024

func readPrivilegeChange(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	doubt := ""
	for _, call := range cmd.Calls {
		verdict, err := privilegeOf(call, env)
		switch {
		case err != nil:
			return check.Verdict{}, err
		case verdict.Outcome == check.Fail && !call.Conditional:
			return verdict, nil
		case verdict.Outcome == check.Fail:
			doubt = "under a condition " + verdict.Message
		}
	}
	if doubt == "" && cmd.Opaque != nil {
		doubt = "what the command starts is not certain: " + cmd.Opaque.Error()
	}
	switch {
	case doubt != "":
		return openToRun("%s", doubt), nil
	case len(cmd.Args) == 0:
		return check.NotApplicablef("nothing is started"), nil
	default:
		return check.Passf(startedAt(cmd), "the start command switches no user, changes no owner and names no port below %d", firstOpenPort), nil
	}
}

// privilegeOf returns a failure for a call that needs a privilege, else the
// zero verdict.
func privilegeOf(call check.Call, env check.Env) (check.Verdict, error) {
	for _, args := range append([][]string{call.Args}, call.Wrappers...) {
		if len(args) == 0 {
			continue
		}
		program := path.Base(args[0])
		switch {
		case program == "setpriv" && !switchesUser(args):
		case slices.Contains(userSwitchers, program):
			return check.Failf(call.At, "the start command switches the user with %s", program).
				WithFix("start the program without %s: the platform has switched to its user already", program), nil
		case slices.Contains(ownerChangers, program):
			return check.Failf(call.At, "the start command changes owners with %s", program).
				WithFix("%s", atBuildTime(call.Args)), nil
		}
	}
	hint, err := recognise(call).portHint(env)
	if err != nil || hint == nil {
		return check.Verdict{}, err
	}
	for _, text := range hint.ports {
		if port, err := strconv.Atoi(text); err == nil && port > 0 && port < firstOpenPort {
			return check.Failf(hint.at, "the server is told to listen on a port below %d: %s", firstOpenPort, brief(hint.what)).
				WithFix("%s", hint.fix), nil
		}
	}
	return check.Verdict{}, nil
}

// switchesUser reports whether setpriv is told to do what takes privileges;
// --no-new-privs and --pdeathsig, for instance, take none.
func switchesUser(args []string) bool {
	const options words = "--ruid --euid --reuid --rgid --egid --regid --clear-groups --init-groups --groups --bounding-set --securebits"
	return slices.ContainsFunc(args, func(arg string) bool {
		name, _, _ := strings.Cut(arg, "=")
		return options.has(name)
	})
}

// privilegeByRun judges FG209 by a start, which is without privileges.
func privilegeByRun(_ context.Context, _ *check.Subject, t *trial) (check.Verdict, error) {
	return t.judgeServing(privilege, "the server came up as %s, without capabilities", t.function.RunsAs()), nil
}
