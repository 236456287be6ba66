// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var envUserName = &check.Rule{
	ID:    "FG505",
	Name:  "env-user-name",
	Title: "USER_NAME is set",
	Why: `Huawei's guide to functions from container images (under Source) demands
USER_NAME, the name of the function's user. The platform itself does not read it,
but the lines of Huawei's samples and scripts made after them do: without a name,
useradd prints its usage and stops the build, and USER $USER_NAME names nobody,
which means root.`,
	Fix: `Set it where the account is made:

	ENV USER_NAME=app`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Observed: check.Note,
	Levels:   "DCF",
	Bad: `-- config.json --
{"Env": ["USER_NAME="]}
`,
	Good: `-- config.json --
{"Env": ["USER_NAME=app"]}
`,
	Check: checkEnvUserName,
}

func checkEnvUserName(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	setting := env.Lookup("USER_NAME")
	name, set, err := setting.Get()
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set:
		return check.Failf(setting.At(), "USER_NAME is not set").
			WithFix("add to the Dockerfile:\n\nENV USER_NAME=app"), nil
	case name == "":
		return check.Failf(setting.At(), "USER_NAME is set but empty").
			WithFix("name the user:\n\n%s", setLine(s.Function(), "USER_NAME", "app")), nil
	default:
		return check.Passf(setting.At(), "USER_NAME is %s", brief(name)), nil
	}
}
