// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var eventInvoke = &check.Rule{
	ID:    "FG108",
	Name:  "event-invoke",
	Title: "An event function answers POST /invoke with a 2xx status",
	Why: `FunctionGraph hands an event function each event as POST /invoke with the event
itself as the body. A status outside 2xx, a 404 for a missing route among them,
counts as a failed call: error 4002, invocation exception.`,
	Fix: `Serve POST /invoke and read the event from the body as it is; the context
comes in the X-CFF headers.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0104.html",
		"https://github.com/opentelekomcloud-community/otc-functiongraph-nodejs-runtime",
	},
	Severity: check.Error,
	Levels:   "X",
	Check:    forEvents(needsRun),
}
