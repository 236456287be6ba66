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
	Why: `Huawei's guide to functions from container images (under Source) demands
GROUP_ID, the GID of the function's group. The platform itself does not read it,
but the lines of Huawei's samples and scripts made after them do. Without a
number they go wrong: groupadd -g $GROUP_ID $GROUP_NAME takes the name for the
number and stops the build ("invalid group ID"), and chown $USER_ID:$GROUP_ID
gives the files to whatever group the user has.`,
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
