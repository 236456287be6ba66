// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

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
	Check: func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		return checkNumberVariable(ctx, s, "GROUP_ID", proposedUser(s.Function()).GID)
	},
}
