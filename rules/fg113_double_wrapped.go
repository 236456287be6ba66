// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var doubleWrapped = &check.Rule{
	ID:    "FG113",
	Name:  "double-wrapped",
	Title: "An HTTP function answers plainly, not in the gateway's structure",
	Why: `FunctionGraph itself wraps the answer of an HTTP function for the gateway. A
body that already is that structure, with statusCode and isBase64Encoded,
reaches the client wrapped twice: as JSON text with status 200.`,
	Fix: `Answer as any web server does: the status in the status line, the content as
the body.`,
	Source: []string{
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
		"https://github.com/opentelekomcloud-community/otc-functiongraph-nodejs-runtime",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    forHTTP(needsRun),
}
