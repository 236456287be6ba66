// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var functionGID = &check.Rule{
	ID:    "FG204",
	Name:  "function-gid",
	Title: "The function's Group ID is one that FunctionGraph allows",
	Why: `A function may override the group that its image is started as. FunctionGraph
refuses root's group, the reserved IDs 1000 and 1002, and anything outside -1 to 65534
with FSS.1075, invalid user or group ID; -1 stands for the default 1003.`,
	Fix: `Leave the Group ID out, so that the function runs with the default 1003, or set one
from 1 to 65534 other than 1000 and 1002.`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph/blob/main/api-ref/source/appendix/error_codes.rst",
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
	},
	Severity: check.Error,
	Levels:   "F",
	Bad: `-- function.yaml --
function: {gid: 1000}
`,
	Good: `-- function.yaml --
function: {gid: 1003}
`,
	Check: checkFunctionGID,
}

func checkFunctionGID(_ context.Context, s *check.Subject) (check.Verdict, error) {
	return judgeOverride(s.Function().GID, "Group ID"), nil
}
