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
	Why: `Huawei's guide to functions from container images (under Source) demands
USER_ID, the UID of the function's user. The platform itself does not read it,
but the lines of Huawei's samples and scripts made after them do. Without a
number they go wrong: useradd -u $USER_ID takes the next word for the number and
stops the build ("invalid user ID"), and chown $USER_ID:$GROUP_ID changes the
group alone, so that the files stay root's and closed to the function.`,
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
