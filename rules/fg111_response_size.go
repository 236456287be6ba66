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
	Check:    onTrial(judgeResponseSize),
}

// maxResponse is the most that an answer may hold (contract 2.6).
const maxResponse = 6 << 20

func judgeResponseSize(t *trial) check.Verdict {
	if v, ok := t.unanswered(); ok {
		return v
	}
	largest := &t.Answers[0]
	for i := range t.Answers {
		if a := &t.Answers[i]; a.BodySize > largest.BodySize {
			largest = a
		}
	}
	request, wrapped := requestName(largest), (largest.BodySize+2)/3*4
	switch isHTTP := t.function.Type.Or(check.HTTP) == check.HTTP; {
	case largest.BodySize > maxResponse:
		return check.Failf(t.at, "the answer to %s has a body of at least %d bytes, above 6 MB", request, largest.BodySize).
			WithFix("store what is large in object storage (OBS) and answer with its address, or send it in pages")
	case isHTTP && wrapped > maxResponse:
		return beyondReading("call the function on the platform", "the answer to %s has a body of %d bytes, and %d in the base64 that FunctionGraph sends on, above 6 MB", request, largest.BodySize, wrapped)
	default:
		return check.Passf(t.at, "the largest body, of %s, has %d bytes", request, largest.BodySize)
	}
}
