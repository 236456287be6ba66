// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
)

func TestAnswerOutcomeString(t *testing.T) {
	for outcome, want := range map[check.AnswerOutcome]string{
		check.NotSent:        "not sent",
		check.Answered:       "answered",
		check.Refused:        "connection refused",
		check.Reset:          "connection closed without an answer",
		check.Silent:         "no answer in time",
		check.SpeaksTLS:      "speaks TLS",
		check.SpeaksHTTP2:    "speaks HTTP/2 only",
		check.SpeaksOther:    "does not speak HTTP",
		check.Malformed:      "malformed HTTP answer",
		check.Incomplete:     "incomplete answer",
		check.Incomplete + 1: "AnswerOutcome(10)",
		-1:                   "AnswerOutcome(-1)",
	} {
		if got := outcome.String(); got != want {
			t.Errorf("outcome %d: %q, want %q", int(outcome), got, want)
		}
		if got, want := outcome.IsValid(), outcome >= 0 && outcome <= check.Incomplete; got != want {
			t.Errorf("outcome %d is valid: %v, want %v", int(outcome), got, want)
		}
	}
}
