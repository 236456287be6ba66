// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var functionUID = &check.Rule{
	ID:    "FG201",
	Name:  "function-uid",
	Title: "The function's User ID is one that FunctionGraph allows",
	Why: `A function may override the user that its image is started as. FunctionGraph
refuses root, the reserved IDs 1000 and 1002, and anything outside -1 to 65534
with FSS.1075, invalid user or group ID; -1 stands for the default 1003.`,
	Fix: `Leave the User ID out, so that the function runs with the default 1003, or set one
from 1 to 65534 other than 1000 and 1002.`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph/blob/main/api-ref/source/appendix/error_codes.rst",
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
	},
	Severity: check.Error,
	Levels:   "F",
	Bad: `-- function.yaml --
function: {uid: 1000}
`,
	Good: `-- function.yaml --
function: {uid: 1003}
`,
	Check: checkFunctionUID,
}

func checkFunctionUID(_ context.Context, s *check.Subject) (check.Verdict, error) {
	return judgeOverride(s.Function().UID, "User ID"), nil
}
