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
	Fix: `Do it at build time, where you are root: chown in a RUN line, the account in
USER, and the server on port 8000.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong-functionsystem",
		"https://man7.org/linux/man-pages/man7/capabilities.7.html",
	},
	Severity: check.Warning,
	Levels:   "DCR",
	Bad: `-- config.json --
{"Entrypoint": ["gosu", "app", "/app/server"]}
`,
	Good: `-- config.json --
{"Entrypoint": ["/app/server"]}
`,
	Check: checkPrivilegeChange,
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

func checkPrivilegeChange(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	conditional := ""
	for _, call := range cmd.Calls {
		verdict, err := privilegeOf(call, env)
		switch {
		case err != nil:
			return check.Verdict{}, err
		case verdict.Outcome == check.Fail && !call.Conditional:
			return verdict, nil
		case verdict.Outcome == check.Fail:
			conditional = verdict.Message
		}
	}
	switch {
	case conditional != "":
		return check.Unknownf("pass --run", "under a condition %s", conditional), nil
	case cmd.Opaque != nil:
		return check.Unknownf("pass --run", "%s", cmd.Opaque), nil
	case len(cmd.Args) == 0:
		return check.NotApplicablef("nothing is started"), nil
	default:
		return check.Passf(cmd.At[0], "the start command switches no user, changes no owner and names no port below %d", firstOpenPort), nil
	}
}

// privilegeOf returns a failure for a call that needs a privilege, else the
// zero verdict.
func privilegeOf(call check.Call, env check.Env) (check.Verdict, error) {
	programs := []string{call.Name()}
	for _, wrapper := range call.Wrappers {
		programs = append(programs, path.Base(wrapper[0]))
	}
	for _, program := range programs {
		switch {
		case slices.Contains(userSwitchers, program):
			return check.Failf(call.At, "the start command switches the user with %s", program).
				WithFix("start the program without %s: the platform has switched to its user already", program), nil
		case slices.Contains(ownerChangers, program):
			return check.Failf(call.At, "the start command changes owners with %s", program).
				WithFix("run %s in the Dockerfile instead:\n\nRUN %s", program, brief(strings.Join(call.Args, " "))), nil
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
