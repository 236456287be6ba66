// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var envGroupID = &check.Rule{
	ID:    "FG502",
	Name:  "env-group-id",
	Title: "GROUP_ID is set to a number",
	Why: `The founding contract demands GROUP_ID, the GID of the function's group. The
platform itself does not read it; scripts and samples that follow the guide do,
and create or check their account by it.`,
	Fix: `Set it where the account is made:

	ENV GROUP_ID=1003`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Observed: check.Note,
	Levels:   "DCF",
	Bad: `-- config.json --
{"Env": ["GROUP_ID=app"]}
`,
	Good: `-- config.json --
{"Env": ["GROUP_ID=1003"]}
`,
	Check: checkEnvGroupID,
}

func checkEnvGroupID(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	setting := env.Lookup("GROUP_ID")
	id, set, err := setting.Get()
	mend := setLine(s.Function(), "GROUP_ID", strconv.FormatInt(proposedUser(s.Function()).GID, 10))
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set:
		return check.Failf(setting.At(), "GROUP_ID is not set").
			WithFix("add GROUP_ID to the Dockerfile:\n\n%s", mend), nil
	case id == "":
		return check.Failf(setting.At(), "GROUP_ID is set but empty").
			WithFix("give GROUP_ID its number:\n\n%s", mend), nil
	case !isNumber(id):
		return check.Failf(setting.At(), "GROUP_ID is %q, not a number", brief(id)).
			WithFix("write the number in place of GROUP_ID's value:\n\n%s", mend), nil
	default:
		return check.Passf(setting.At(), "GROUP_ID is %s", brief(id)), nil
	}
}

// isNumber reports whether the text is a decimal number without a sign.
func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
