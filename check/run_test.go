// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

// rule returns a valid rule that answers as check does.
func rule(id string, decide func(context.Context, *check.Subject) (check.Verdict, error)) *check.Rule {
	return &check.Rule{
		ID: id, Name: "name-of-" + strings.ToLower(id), Title: "Title", Why: "Why.", Fix: "Fix.", Source: []string{"https://example.com"},
		Severity: check.Error, Levels: "C", Bad: "bad", Good: "good", Check: decide,
	}
}

// says is the check of a rule with a fixed answer.
func says(v check.Verdict, err error) func(context.Context, *check.Subject) (check.Verdict, error) {
	return func(context.Context, *check.Subject) (check.Verdict, error) { return v, err }
}

func TestRun(t *testing.T) {
	broken := errors.New("broken layer")
	unavailable := fmt.Errorf("asking: %w", &check.UnavailableError{Fact: "user", Why: "nobody knows", Hint: "ask", Deferred: true})
	rules := []*check.Rule{
		rule("FG001", says(check.Passf(check.At("config", "User"), "fine %d", 1), nil)),
		rule("FG002", says(check.Failf(check.Location{}, "bad").WithFix("mend %s", "it").Also(check.AtFile("/x")), nil)),
		rule("FG003", says(check.Verdict{}, unavailable)),
		rule("FG004", says(check.Passf(check.Location{}, "not to be seen"), broken)),
		rule("FG005", func(context.Context, *check.Subject) (check.Verdict, error) { panic("oops") }),
		rule("FG006", func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
			for range 2 {
				if _, err := s.Config(ctx); err != nil {
					return check.Verdict{}, err
				}
			}
			_, err := s.Size(ctx)
			return check.Verdict{}, err
		}),
	}
	rules[1].Observed = check.Note
	calls := 0
	s := check.NewSubject(check.Info{Target: "x"}, &check.Function{}, check.Provider{
		Config: func(context.Context) (*check.Config, error) { calls++; return &check.Config{}, nil },
	})
	policy := check.Policy{Profile: check.Observed, Severity: map[string]check.Severity{"FG001": check.Warning}, Skip: map[string]string{"FG002": "known"}}
	report := check.Run(t.Context(), s, rules, policy)
	var got []string
	for _, r := range report.Results {
		got = append(got, fmt.Sprintf("%s %s %s %q %v fix=%q hint=%q deferred=%t suppressed=%q asked=%v err=%v",
			r.Rule.ID, r.Severity, r.Outcome, r.Message, r.At, r.Fix, r.Hint, r.Deferred, r.Suppressed, r.Asked, r.Err))
	}
	want := []string{
		`FG001 warning pass "fine 1" [config.User] fix="" hint="" deferred=false suppressed="" asked=[] err=<nil>`,
		`FG002 note fail "bad" [/x] fix="mend it" hint="" deferred=false suppressed="known" asked=[] err=<nil>`,
		`FG003 error unknown "nobody knows" [] fix="" hint="ask" deferred=true suppressed="" asked=[] err=<nil>`,
		`FG004 error unknown "the check could not be completed" [] fix="" hint="see the error" deferred=false suppressed="" asked=[] err=broken layer`,
		`FG005 error unknown "the check could not be completed" [] fix="" hint="see the error" deferred=false suppressed="" asked=[] err=rule FG005 panicked: oops (a defect of fgpreflight, please report it)`,
		`FG006 error unknown "this kind of target does not tell it" [] fix="" hint="" deferred=true suppressed="" asked=[config size] err=<nil>`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if calls != 1 || report.Info.Target != "x" {
		t.Errorf("config was computed %d times, target %q", calls, report.Info.Target)
	}
	only := check.Run(t.Context(), s, rules, check.Policy{Only: map[string]bool{"FG004": true}})
	if len(only.Results) != 1 || only.Results[0].Rule.ID != "FG004" {
		t.Errorf("Only: got %d results", len(only.Results))
	}
}

func TestRunCancelled(t *testing.T) {
	cause := errors.New("time is up")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	s := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{})
	report := check.Run(ctx, s, []*check.Rule{rule("FG001", says(check.Passf(check.Location{}, "ran"), nil))}, check.Policy{})
	if r := report.Results[0]; r.Outcome != check.Unknown || !errors.Is(r.Err, cause) {
		t.Errorf("got %s, %v, want unknown, %v", r.Outcome, r.Err, cause)
	}
}

// TestFactPanics shows that each rule that asks for a fact that panicked gets
// the same error, and that the error is one for the report.
func TestFactPanics(t *testing.T) {
	ask := func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		c, err := s.Config(ctx)
		if err != nil {
			return check.Verdict{}, err
		}
		return check.Passf(c.User.At(), "fine"), nil
	}
	s := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{
		Config: func(context.Context) (*check.Config, error) { panic("oops") },
	})
	report := check.Run(t.Context(), s, []*check.Rule{rule("FG001", ask), rule("FG002", ask)}, check.Policy{})
	var defect *check.PanicError
	for _, r := range report.Results {
		if !errors.As(r.Err, &defect) || defect.Cause != "oops" || len(defect.Stack) == 0 {
			t.Errorf("%s: got %v, want a PanicError", r.Rule.ID, r.Err)
		}
	}
	if errs := report.Errors(); len(errs) != 1 {
		t.Errorf("got %d errors, want 1", len(errs))
	}
}

func TestExitCode(t *testing.T) {
	result := func(o check.Outcome, s check.Severity) check.Result {
		return check.Result{Severity: s, Verdict: check.Verdict{Outcome: o}}
	}
	suppressed, deferred, broken := result(check.Fail, check.Error), result(check.Unknown, check.Error), result(check.Unknown, check.Note)
	suppressed.Suppressed, deferred.Deferred, broken.Err = "known", true, errors.New("broken")
	onError, strict := check.Gate{FailOn: check.Error}, check.Gate{FailOn: check.Error, Strict: true}
	tests := []struct {
		gate    check.Gate
		results []check.Result
		want    int
	}{
		{onError, nil, check.ExitOK},
		{onError, []check.Result{result(check.Pass, check.Error), result(check.NotApplicable, check.Error)}, check.ExitOK},
		{onError, []check.Result{result(check.Fail, check.Error)}, check.ExitFailed},
		{onError, []check.Result{result(check.Fail, check.Warning)}, check.ExitOK},
		{check.Gate{FailOn: check.Warning}, []check.Result{result(check.Fail, check.Warning)}, check.ExitFailed},
		{check.Gate{FailOn: check.Note}, []check.Result{result(check.Fail, check.Error)}, check.ExitFailed},
		{check.Gate{}, []check.Result{result(check.Fail, check.Error)}, check.ExitOK},
		{check.Gate{Strict: true}, []check.Result{result(check.Unknown, check.Error)}, check.ExitOK},
		{onError, []check.Result{suppressed}, check.ExitOK},
		{onError, []check.Result{result(check.Unknown, check.Error)}, check.ExitOK},
		{strict, []check.Result{result(check.Unknown, check.Error)}, check.ExitFailed},
		{strict, []check.Result{result(check.Unknown, check.Warning)}, check.ExitOK},
		{strict, []check.Result{deferred}, check.ExitOK},
		{strict, []check.Result{result(check.Pass, check.Error), result(check.NotApplicable, check.Error)}, check.ExitOK},
		{onError, []check.Result{result(check.Fail, check.Error), broken}, check.ExitIncomplete},
		{check.Gate{}, []check.Result{broken}, check.ExitIncomplete},
	}
	for i, test := range tests {
		report := check.Report{Results: test.results}
		if got := report.ExitCode(test.gate); got != test.want {
			t.Errorf("%d: exit code %d, want %d", i, got, test.want)
		}
	}
}

func TestReportErrors(t *testing.T) {
	report := check.Report{Results: []check.Result{{Err: errors.New("b")}, {}, {Err: errors.New("a")}, {Err: errors.New("b")}}}
	var got []string
	for _, err := range report.Errors() {
		got = append(got, err.Error())
	}
	if diff := cmp.Diff([]string{"b", "a"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestVerdictAlsoCopies(t *testing.T) {
	v := check.Failf(check.AtFile("/a"), "x")
	v.At = append(make([]check.Location, 0, 4), v.At...)
	one, two := v.Also(check.AtFile("/b")), v.Also(check.AtFile("/c"))
	if one.At[1].Artifact != "/b" || two.At[1].Artifact != "/c" || len(v.At) != 1 {
		t.Errorf("verdicts share their evidence: %v, %v, %v", v.At, one.At, two.At)
	}
}
