// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var eventInit = &check.Rule{
	ID:    "FG109",
	Name:  "event-init",
	Title: "An event function with initialization answers POST /init",
	Why: `With initialization switched on, FunctionGraph sends POST /init once before the
first event. Its status is not looked at, but a connection that fails or an
answer that takes longer than the initializer timeout ends the instance with
4201, init failed.`,
	Fix: `Serve POST /init and answer when the function is ready, or switch
initialization off in the function's settings.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0104.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Error,
	Levels:   "XF",
	Check:    whenInitializing(onTrial(judgeEventInit)),
}

func judgeEventInit(t *trial) check.Verdict {
	if v, ok := t.unanswered(); ok {
		return v
	}
	a := t.lastAnswer(purposeInit)
	switch {
	case a == nil:
		return check.Unknownf("run it once more", "POST /init was not sent to the container")
	case a.Outcome == check.Answered && exceeds(a, t.function.InitializerTimeout):
		return check.Failf(t.function.InitializerTimeout.At(), "%s was answered after %s, above the initialization timeout of %d s", requestName(a), seconds(a.Took), t.function.InitializerTimeout.Or(0)).
			WithFix("get ready sooner, or allow more time:\n\n--initializer-timeout %d", roundedUp(a.Took))
	case a.Outcome == check.Answered:
		return check.Passf(t.at, "%s was answered with %d after %s", requestName(a), a.Status, seconds(a.Took))
	case t.Exit.Ended:
		return check.SeeRule("FG801", "keeps-running")
	case t.mayNeedNetwork(*a):
		return t.withoutNetwork()
	case a.Outcome == check.Silent:
		return check.Failf(t.at, "%s was not answered within %s", requestName(a), seconds(a.Took)).
			WithFix("answer POST /init sooner, or allow it more time:\n\n--initializer-timeout 60")
	default:
		return check.Failf(t.at, "%s met %q", requestName(a), a.Outcome).
			WithFix("answer POST /init with any status, or switch initialization off in the function's settings")
	}
}
