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
	Check:    forHTTP(onTrial(judgeDoubleWrapped)),
}

func judgeDoubleWrapped(t *trial) check.Verdict {
	if v, ok := t.unanswered(); ok {
		return v
	}
	open := ""
	for i := range t.Answers {
		a := &t.Answers[i]
		if a.Outcome != check.Answered || a.Purpose == purposeExtra {
			continue
		}
		if isCut(a) && mayBeGateway(a.Body) {
			open = requestName(a)
			continue
		}
		object := objectOf(a.Body)
		if object["statusCode"] != nil && object["isBase64Encoded"] != nil {
			return check.Failf(t.at, "%s was answered with the gateway's structure as the body%s", requestName(a), saying(a)).
				WithFix("answer with the content itself and the status in the status line; if the function is one for events, say so:\n\n--function event")
		}
	}
	if open != "" {
		return check.Unknownf("choose a path with a shorter answer by --path", "the answer to %s is longer than the 64 KiB that are looked at", open)
	}
	return check.Passf(t.at, "no answer is wrapped in the gateway's structure")
}
