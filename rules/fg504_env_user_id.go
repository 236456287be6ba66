// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var envUserID = &check.Rule{
	ID:    "FG504",
	Name:  "env-user-id",
	Title: "USER_ID is set to a number",
	Why: `The founding contract demands USER_ID, the UID of the function's user. The
platform itself does not read it; scripts and samples that follow the guide do,
and create or check their account by it.`,
	Fix: `Set it where the account is made:

	ENV USER_ID=1003`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Observed: check.Note,
	Levels:   "DCF",
	Bad: `-- config.json --
{"Env": ["USER_ID=app"]}
`,
	Good: `-- config.json --
{"Env": ["USER_ID=1003"]}
`,
	Check: checkEnvUserID,
}

func checkEnvUserID(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	setting := env.Lookup("USER_ID")
	id, set, err := setting.Get()
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set:
		return check.Failf(setting.At(), "USER_ID is not set").
			WithFix("add to the Dockerfile:\n\nENV USER_ID=%d", s.Function().RunsAs().UID), nil
	case id == "":
		return check.Failf(setting.At(), "USER_ID is set but empty").
			WithFix("give USER_ID its number:\n\nENV USER_ID=%d", s.Function().RunsAs().UID), nil
	case !isNumber(id):
		return check.Failf(setting.At(), "USER_ID is %q, not a number", id).
			WithFix("write the number in place of USER_ID's value:\n\nENV USER_ID=%d", s.Function().RunsAs().UID), nil
	default:
		return check.Passf(setting.At(), "USER_ID is %s", id), nil
	}
}
