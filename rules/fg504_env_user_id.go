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
	Check: func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		return checkNumberVariable(ctx, s, "USER_ID", proposedUser(s.Function()).UID)
	},
}
