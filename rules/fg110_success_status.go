// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var successStatus = &check.Rule{
	ID:    "FG110",
	Name:  "success-status",
	Title: "The probes are not answered with a server error",
	Why: `Every status outside 2xx counts as a failure of the function in its metrics and
alarms. A 5xx answer to a plain request most often means that the function
starts but cannot work: a variable is missing, a folder is closed to it.`,
	Fix: `Read the container's log for the request, and mend what it names.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    onTrial(judgeSuccessStatus),
}

func judgeSuccessStatus(t *trial) check.Verdict {
	if v, ok := t.unanswered(); ok {
		return v
	}
	if t.function.Type.Or(check.HTTP) == check.Event {
		if v, ok := t.uninvoked(); ok {
			return v
		}
	}
	for i := range t.Answers {
		if v, ok := t.judgeStatus(&t.Answers[i]); ok {
			return v
		}
	}
	return check.Passf(t.at, "no request was answered with a server error: %s", t.statuses())
}

// judgeStatus returns the verdict on an answer that shows a failure.
func (t *trial) judgeStatus(a *check.Answer) (v check.Verdict, ok bool) {
	isError := a.Status >= statusServerError
	switch request := requestName(a); {
	case a.Outcome == check.NotSent || a.Purpose == purposeExtra && !isError:
		return check.Verdict{}, false // FG808 counts those
	case t.ExpectStatus != 0 && a.Purpose == purposeHealth && a.Outcome == check.Answered:
		return check.Verdict{}, false // FG106 compares it with what the user asks for
	case a.Outcome != check.Answered && t.Exit.Ended:
		return check.SeeRule("FG801", "keeps-running"), true
	case a.Outcome != check.Answered && t.servesOnlyFirst():
		return check.SeeRule("FG808", "separate-connections"), true
	case a.Outcome != check.Answered && a.Purpose == purposeInit:
		return check.SeeRule("FG109", "event-init"), true
	case t.mayNeedNetwork(*a):
		return t.withoutNetwork(), true
	case a.Outcome != check.Answered:
		return check.Failf(t.at, "%s met %q, though other requests are answered", request, a.Outcome).
			WithFix("answer every request, with 404 where nothing is served; the container's log may tell why this one was not"), true
	case isError:
		return check.Failf(t.at, "%s was answered with %d%s%s", request, a.Status, saying(a), t.logEnd()).
			WithFix("mend what the container's log names for the request; if the path is none of the application's, choose one that is:\n\n--path /<path>"), true
	case a.Purpose == purposeInit && !isSuccess(a.Status):
		return check.Failf(t.at, "%s was answered with %d, so the function is not initialized, which FunctionGraph does not notice%s", request, a.Status, saying(a)).
			WithFix("serve POST /init, or switch initialization off in the function's settings"), true
	}
	return check.Verdict{}, false
}

// statuses lists the answers but the extra ones: "GET / 200, POST /helloworld 404".
func (t *trial) statuses() string {
	var list []string
	for i := range t.Answers {
		if a := &t.Answers[i]; a.Outcome == check.Answered && a.Purpose != purposeExtra {
			list = append(list, requestName(a)+" "+strconv.Itoa(a.Status))
		}
	}
	return cut(strings.Join(list, ", "), 2*maxShown)
}
