// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var envGroupName = &check.Rule{
	ID:    "FG503",
	Name:  "env-group-name",
	Title: "GROUP_NAME is set",
	Why: `Huawei's guide to functions from container images (under Source) demands
GROUP_NAME, the name of the function's group. The platform itself does not read
it, but the lines of Huawei's samples and scripts made after them do: without a
name, groupadd -g $GROUP_ID $GROUP_NAME prints its usage and stops the build.

The guide's own list writes GROU_NAME, and images copied from it carry the
misprint; the samples of Huawei and T-Systems read GROUP_NAME.`,
	Fix: `Set it where the account is made:

	ENV GROUP_NAME=app`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Observed: check.Note,
	Levels:   "DCF",
	Bad: `-- config.json --
{"Env": ["GROU_NAME=app"]}
`,
	Good: `-- config.json --
{"Env": ["GROUP_NAME=app"]}
`,
	Check: checkEnvGroupName,
}

// groupNameMisprint is how Huawei's guide writes GROUP_NAME (contract K1).
const groupNameMisprint = "GROU_NAME"

func checkEnvGroupName(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	setting, misprint := env.Lookup("GROUP_NAME"), env.Lookup(groupNameMisprint)
	name, set, err := setting.Get()
	proposed := misprint.Or("")
	if !typeable(proposed) {
		proposed = "app"
	}
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set && misprint.IsSet():
		return check.Failf(misprint.At(), "GROUP_NAME is not set, but %s is, a misprint of Huawei's guide", groupNameMisprint).
			WithFix("rename the variable:\n\nENV GROUP_NAME=%s", proposed).
			WithEdit(misprint.At(), groupNameMisprint+"="+proposed, "GROUP_NAME="+proposed), nil
	case !set:
		return check.Failf(setting.At(), "GROUP_NAME is not set").
			WithFix("add to the Dockerfile:\n\nENV GROUP_NAME=app"), nil
	case name == "":
		return check.Failf(setting.At(), "GROUP_NAME is set but empty").
			WithFix("name the group:\n\n%s", setLine(s.Function(), "GROUP_NAME", proposed)), nil
	default:
		return check.Passf(setting.At(), "GROUP_NAME is %s", brief(name)), nil
	}
}
