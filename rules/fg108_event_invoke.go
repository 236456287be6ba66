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
	Check:    forEvents(onTrial(judgeEventInvoke)),
}

func judgeEventInvoke(t *trial) check.Verdict {
	if v, ok := t.unanswered(); ok {
		return v
	}
	a := t.lastAnswer(purposeInvoke)
	switch {
	case a == nil:
		return check.Unknownf("run it once more", "no event was sent to the container")
	case a.Outcome != check.Answered && t.Exit.Ended:
		return check.SeeRule("FG801", "keeps-running")
	case t.mayNeedNetwork(*a):
		return t.withoutNetwork()
	case a.Outcome != check.Answered:
		return check.Failf(t.at, "%s met %q after %s, though other requests are answered", requestName(a), a.Outcome, seconds(a.Took)).
			WithFix("serve POST /invoke, and answer within the function's timeout")
	case isSuccess(a.Status) && exceeds(a, t.function.Timeout):
		return check.Failf(t.function.Timeout.At(), "%s was answered after %s, above the function's timeout of %d s", requestName(a), seconds(a.Took), t.function.Timeout.Or(0)).
			WithFix("answer sooner, or allow more time:\n\n--function-timeout %d", roundedUp(a.Took))
	case isSuccess(a.Status):
		return check.Passf(t.at, "%s was answered with %d%s", requestName(a), a.Status, saying(a))
	case isQuestionOfTheEvent(a.Status) && !t.OwnEvent:
		return check.Unknownf("pass --event FILE with an event that the function is for", "%s was answered with %d, which may be right for the event of the template%s", requestName(a), a.Status, saying(a))
	}
	return t.judgeRefusedEvent(a)
}

// uninvoked returns the verdict of a rule about the answer to an event where
// that is no success.
func (t *trial) uninvoked() (v check.Verdict, ok bool) {
	switch v = judgeEventInvoke(t); v.Outcome {
	case check.Fail:
		return check.SeeRule("FG108", "event-invoke"), true
	case check.Unknown:
		return v, true
	case check.Pass, check.NotApplicable:
	}
	return v, false
}

// isQuestionOfTheEvent reports whether a function may well answer so to an
// event that means nothing to it.
func isQuestionOfTheEvent(status int) bool {
	return status >= 300 && status <= 399 || status == statusBadRequest || status == statusUnprocessable
}

func (t *trial) judgeRefusedEvent(a *check.Answer) check.Verdict {
	request, said := requestName(a), saying(a)
	switch {
	case a.Status == statusNotFound:
		return check.Failf(t.at, "%s was answered with 404, so nothing serves that path%s", request, said).
			WithFix("serve POST /invoke, or make it an HTTP function:\n\n--function http")
	case a.Status == statusMethodNotAllowed:
		return check.Failf(t.at, "%s was answered with 405, so the path does not take POST%s", request, said).
			WithFix("let /invoke take POST")
	case a.Status >= statusServerError:
		return check.Failf(t.at, "%s was answered with %d, so the function failed%s%s", request, a.Status, said, t.logEnd()).
			WithFix("mend what the log names; the event is the body itself, without a wrapper, and the context comes in the X-CFF headers")
	default:
		return check.Failf(t.at, "%s was answered with %d, and anything but 2xx is a failed call%s", request, a.Status, said).
			WithFix("answer POST /invoke with 200, without asking for a login, a content type or a redirect")
	}
}
