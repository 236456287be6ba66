// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var responseSize = &check.Rule{
	ID:    "FG111",
	Name:  "response-size",
	Title: "Answers are at most 6 MB",
	Why: `FunctionGraph refuses the answer of a synchronous call above 6 MB, measured as
it is sent on: errors 4008 and 4004, response too large.`,
	Fix: `Put large results into object storage (OBS) and answer with their address, or
send them in pages.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/productdesc-functiongraph/functiongraph_01_0150.html",
		"https://github.com/opentelekomcloud-docs/function-graph",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    needsRun,
}
