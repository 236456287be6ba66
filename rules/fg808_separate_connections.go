// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

var separateConnections = &check.Rule{
	ID:    "FG808",
	Name:  "separate-connections",
	Title: "Requests on connections of their own are all answered",
	Why: `FunctionGraph does not keep connections alive: each request comes on a new one.
A server that serves its first connection and then no other looks healthy in a
first test and hangs afterwards.`,
	Fix: `Accept connections in a loop, each served on its own, as every web framework
does.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    onTrial(judgeSeparateConnections),
}

func judgeSeparateConnections(t *trial) check.Verdict {
	if v, ok := t.unanswered(); ok {
		return v
	}
	lost, later := t.lostRepeats(), t.Answers[1:]
	switch servesOnlyFirst := t.servesOnlyFirst(); {
	case t.Exit.Ended && (servesOnlyFirst || len(lost) > 0):
		return check.SeeRule("FG801", "keeps-running")
	case servesOnlyFirst:
		return check.Failf(t.at, "the first request was answered, and none of the %d after it: %s", len(later), later[0].Outcome).
			WithFix("accept connections in a loop: do not stop the server, and do not wait for the first client, after one request")
	case len(lost) > 0:
		return check.Failf(t.at, "%d repetitions of %s were not answered, though it had been before: %s", len(lost), requestName(lost[0]), lost[0].Outcome).
			WithFix("serve each connection on its own, with a time limit; the container's log may tell what stopped the others")
	case slices.ContainsFunc(later, isAnswered):
		return check.Passf(t.at, "requests that were answered, each on a connection of its own: %d", t.countAnswered())
	case len(later) == 0:
		return check.Unknownf("pass --requests 3", "one request alone was sent")
	default:
		return check.SeeRule("FG110", "success-status")
	}
}

func isAnswered(a check.Answer) bool { return a.Outcome == check.Answered }

func (t *trial) countAnswered() int {
	n := 0
	for _, a := range t.Answers {
		if isAnswered(a) {
			n++
		}
	}
	return n
}

// servesOnlyFirst reports whether the server served its first connection and no
// other. One that was closed tells of the request rather than of that.
func (t *trial) servesOnlyFirst() bool {
	later := t.Answers[1:]
	return isAnswered(t.Answers[0]) && len(later) > 0 && !slices.ContainsFunc(later, func(a check.Answer) bool {
		return a.Outcome != check.Refused && a.Outcome != check.Silent
	})
}

// lostRepeats returns the extra requests without an answer, where the one that
// they repeat had one.
func (t *trial) lostRepeats() []*check.Answer {
	var lost []*check.Answer
	wasAnswered := false
	for i := range t.Answers {
		switch a := &t.Answers[i]; {
		case a.Purpose != purposeExtra:
			wasAnswered = isAnswered(*a)
		case wasAnswered && !isAnswered(*a) && a.Outcome != check.NotSent:
			lost = append(lost, a)
		}
	}
	return lost
}
