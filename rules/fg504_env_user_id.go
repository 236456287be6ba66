// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strconv"

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
	mend := setLine(s.Function(), "USER_ID", strconv.FormatInt(proposedUser(s.Function()).UID, 10))
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set:
		return check.Failf(setting.At(), "USER_ID is not set").
			WithFix("add USER_ID to the Dockerfile:\n\n%s", mend), nil
	case id == "":
		return check.Failf(setting.At(), "USER_ID is set but empty").
			WithFix("give USER_ID its number:\n\n%s", mend), nil
	case !isNumber(id):
		return check.Failf(setting.At(), "USER_ID is %q, not a number", brief(id)).
			WithFix("write the number in place of USER_ID's value:\n\n%s", mend), nil
	default:
		return check.Passf(setting.At(), "USER_ID is %s", brief(id)), nil
	}
}
