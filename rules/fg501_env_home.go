// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"path"

	"github.com/fgpreflight/fgpreflight/check"
)

var envHome = &check.Rule{
	ID:    "FG501",
	Name:  "env-home",
	Title: "HOME is set to an absolute path",
	Why: `Huawei's guide to functions from container images (under Source) demands HOME,
the folder of the function's code. Where an image leaves it unset and the
platform's UID has no account, a container runtime sets HOME to /, which the
function may not write to: npm, pip, .NET and others then fail while they look
for their settings or caches.`,
	Fix: `Set it where the account is made:

	ENV HOME=/home/app`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Observed: check.Note,
	Levels:   "DCF",
	Bad: `-- config.json --
{"Env": ["HOME=app"]}
`,
	Good: `-- config.json --
{"Env": ["HOME=/home/app"]}
`,
	Check: checkEnvHome,
}

func checkEnvHome(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	setting := env.Lookup("HOME")
	home, set, err := setting.Get()
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set:
		return check.Failf(setting.At(), "HOME is not set").
			WithFix("add to the Dockerfile:\n\nENV HOME=/home/app"), nil
	case home == "":
		return check.Failf(setting.At(), "HOME is set but empty").
			WithFix("give it a value:\n\n%s", setLine(s.Function(), "HOME", "/home/app")), nil
	case !path.IsAbs(home) && !typeable(home):
		return check.Failf(setting.At(), "HOME is %q, which is taken as written and is no absolute path", brief(home)).
			WithFix("write the folder in full:\n\n%s", setLine(s.Function(), "HOME", "/home/app")), nil
	case !path.IsAbs(home):
		return check.Failf(setting.At(), "HOME is %q, a relative path", home).
			WithFix("begin it with a slash:\n\n%s", setLine(s.Function(), "HOME", path.Join("/", home))), nil
	default:
		return check.Passf(setting.At(), "HOME is %s", brief(home)), nil
	}
}
