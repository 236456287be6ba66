// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"encoding/json"

	"github.com/fgpreflight/fgpreflight/check"
)

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
	Check:    behindGateway(onTrial(judgeAPIGResponse)),
}

func judgeAPIGResponse(t *trial) check.Verdict {
	if v, ok := t.uninvoked(); ok {
		return v
	}
	a := t.lastAnswer(purposeInvoke)
	if isCut(a) && mayBeGateway(a.Body) {
		return check.Unknownf("let the function answer the test event with less than 64 KiB", "the answer has %d bytes, of which the first 64 KiB are looked at", a.BodySize)
	}
	object := objectOf(a.Body)
	if object == nil {
		return check.Failf(t.at, "%s was answered with a body that is no JSON object%s", requestName(a), saying(a)).
			WithFix("answer with the gateway's structure:\n\n%s", gatewayExample)
	}
	for _, m := range gatewayTypes {
		switch value, found := object[m.name]; {
		case !found:
			return check.Failf(t.at, "%s was answered with an object that has no %s%s", requestName(a), m.name, saying(a)).
				WithFix("add %s to the answer, %s:\n\n%s", m.name, m.what, gatewayExample)
		case string(value) == "null" || json.Unmarshal(value, m.value()) != nil:
			return check.Failf(t.at, "%s was answered with the %s %s, which is not %s", requestName(a), m.name, brief(string(value)), m.what).
				WithFix("make %s %s:\n\n%s", m.name, m.what, gatewayExample)
		}
	}
	return check.Passf(t.at, "%s was answered in the gateway's structure, with statusCode %s", requestName(a), brief(string(object["statusCode"])))
}

// gatewayExample is an answer that API Gateway takes.
const gatewayExample = `{"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "hello", "isBase64Encoded": false}`

// gatewayTypes are the types of the structure's members.
// Source: https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html
var gatewayTypes = []struct {
	name, what string
	value      func() any // something to decode it into
}{
	{"statusCode", "a whole number", func() any { return new(int) }},
	{"headers", "an object", func() any { return new(map[string]any) }},
	{"body", "a string", func() any { return new(string) }},
	{"isBase64Encoded", "true or false", func() any { return new(bool) }},
}
