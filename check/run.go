// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
)

// Run applies the rules to the subject, one after another in their order, and
// returns the report. Every rule gets a row, but those that the policy's Only
// leaves out. Failures that a comment in a Dockerfile is about are suppressed.
// It never fails: what went wrong is in the report.
func Run(ctx context.Context, s *Subject, rules []*Rule, p Policy) *Report {
	r := &Report{Info: s.info, Function: s.function, Policy: p}
	for _, rule := range rules {
		if len(p.Only) > 0 && !p.Only[rule.ID] {
			continue
		}
		r.Results = append(r.Results, runRule(ctx, s, rule, p))
	}
	r.applyIgnores(rules)
	if t := s.trial.value; t != nil {
		r.Trial = t.Summary()
	}
	if r.Info.Platform == "" {
		r.Info.Platform = s.platform()
	}
	return r
}

func runRule(ctx context.Context, s *Subject, rule *Rule, p Policy) Result {
	s.asked = nil
	result := Result{Rule: rule, Severity: p.SeverityOf(rule), Suppressed: p.Skip[rule.ID]}
	verdict, err := decide(ctx, s, rule)
	result.Asked = slices.Clone(s.asked)
	var unavailable *UnavailableError
	switch {
	case err == nil:
		result.Verdict = verdict
	case errors.As(err, &unavailable):
		result.Verdict = Unknownf(unavailable.Hint, "%s", unavailable.Why)
		result.Deferred = unavailable.Deferred
	default:
		result.Verdict = Unknownf("see the error", "the check could not be completed")
		result.Err = err
	}
	return result
}

// decide calls the rule and turns a panic into an error, so that a defect of
// one rule leaves the report complete.
func decide(ctx context.Context, s *Subject, rule *Rule) (v Verdict, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &PanicError{Rule: rule.ID, Cause: cause, Stack: debug.Stack()}
		}
	}()
	if err := ctx.Err(); err != nil {
		return Verdict{}, context.Cause(ctx)
	}
	return rule.Check(ctx, s)
}

// PanicError is a defect of this program: a rule or a fact that panicked.
type PanicError struct {
	Rule  string // "" for a fact
	Cause any
	Stack []byte // for a bug report; not part of Error
}

// Error asks for a bug report.
func (e *PanicError) Error() string {
	what := "reading a fact"
	if e.Rule != "" {
		what = "rule " + e.Rule
	}
	return fmt.Sprintf("%s panicked: %v (a defect of fgpreflight, please report it)", what, e.Cause)
}
