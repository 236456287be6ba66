// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var timeouts = &check.Rule{
	ID:    "FG902",
	Name:  "timeouts",
	Title: "The function's timeouts are in range",
	Why: `A function may run for 3 to 259,200 seconds, and its initializer for 1 to 300. The
API refuses other values. Through the gateway no request is waited for longer
than 90 seconds, whatever the function's timeout is.`,
	Fix: `Choose a timeout from 3 to 259200 and an initializer timeout from 1 to 300
seconds.`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
	},
	Severity: check.Error,
	Levels:   "F",
	Bad: `-- function.yaml --
function: {timeout: 2}
`,
	Good: `-- function.yaml --
function: {timeout: 3}
`,
	Check: checkTimeouts,
}

// Ranges of the timeouts, in seconds (contract 2.6).
const (
	minTimeout, maxTimeout                       int64 = 3, 259200
	minInitializerTimeout, maxInitializerTimeout int64 = 1, 300
)

func checkTimeouts(_ context.Context, s *check.Subject) (check.Verdict, error) {
	timeout, initializer := s.Function().Timeout, s.Function().InitializerTimeout
	switch {
	case !timeout.IsSet() && !initializer.IsSet():
		return check.NotApplicablef("no timeout is given; --function-timeout and --initializer-timeout tell them"), nil
	case timeout.IsSet() && outside(timeout.Or(0), minTimeout, maxTimeout):
		return check.Failf(timeout.At(), "the timeout of %d s is outside %d to %d s", timeout.Or(0), minTimeout, maxTimeout).
			WithFix("set the timeout to %d", min(max(timeout.Or(0), minTimeout), maxTimeout)), nil
	case initializer.IsSet() && outside(initializer.Or(0), minInitializerTimeout, maxInitializerTimeout):
		return check.Failf(initializer.At(), "the initializer timeout of %d s is outside %d to %d s", initializer.Or(0), minInitializerTimeout, maxInitializerTimeout).
			WithFix("set the initializer timeout to %d", min(max(initializer.Or(0), minInitializerTimeout), maxInitializerTimeout)), nil
	case !timeout.IsSet():
		return check.Passf(initializer.At(), "the initializer timeout of %d s is in range", initializer.Or(0)), nil
	default:
		return check.Passf(timeout.At(), "the timeout of %d s is in range", timeout.Or(0)), nil
	}
}

func outside(n, least, most int64) bool { return n < least || n > most }
