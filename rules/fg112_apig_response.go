// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var apigResponse = &check.Rule{
	ID:    "FG112",
	Name:  "apig-response",
	Title: "An event function behind API Gateway answers in the gateway's structure",
	Why: `API Gateway turns the body of an event function's answer into the response. It
must be a JSON object with statusCode, headers, body and isBase64Encoded; any
other body makes the gateway answer 500 with FSS.1202, no status code in the
response.`,
	Fix: `Answer POST /invoke with an object of this shape:

	{"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "hello", "isBase64Encoded": false}`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://github.com/opentelekomcloud-docs/function-graph",
	},
	Severity: check.Warning,
	Levels:   "XF",
	Check:    behindGateway(needsRun),
}
