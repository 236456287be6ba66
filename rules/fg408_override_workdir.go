// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var overrideWorkdir = &check.Rule{
	ID:    "FG408",
	Name:  "override-workdir",
	Title: "The function's working directory is empty or /",
	Why: `The setting for the working directory exists, but / is the only value that
FunctionGraph takes: another folder, or a new one, is refused. The image is
started in / whatever its WORKDIR says.`,
	Fix: `Leave the setting empty, and start the server by its whole path:

	ENTRYPOINT ["node", "/app/main.js"]`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://github.com/huaweicloud/terraform-provider-huaweicloud",
	},
	Severity: check.Error,
	Levels:   "F",
	Bad: `-- function.yaml --
function:
  workdir: /app
`,
	Good: `-- function.yaml --
function:
  workdir: /
`,
	Check: checkOverrideWorkdir,
}

func checkOverrideWorkdir(_ context.Context, s *check.Subject) (check.Verdict, error) {
	setting := s.Function().WorkingDir
	switch dir := setting.Or(""); {
	case !setting.IsSet():
		return check.NotApplicablef("the function sets no working directory"), nil
	case dir == "":
		return check.Passf(setting.At(), "the working directory is left empty, which means /"), nil
	case dir == "/":
		return check.Passf(setting.At(), "the working directory is /"), nil
	default:
		return check.Failf(setting.At(), "the working directory is %q, and only / is taken", brief(dir)).
			WithFix("take the setting out, and name what is in %s by its whole path in the start command", brief(dir)), nil
	}
}
