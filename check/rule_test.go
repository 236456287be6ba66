// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
)

func TestValidate(t *testing.T) {
	good := rule("FG100", says(check.Verdict{}, nil))
	if err := check.Validate([]*check.Rule{good, rule("FG101", good.Check)}); err != nil {
		t.Fatalf("valid rules: %v", err)
	}
	tests := []struct {
		change func(*check.Rule)
		want   string // part of the error; "" for none
	}{
		{func(r *check.Rule) { r.ID = "FG1" }, "ID is not FG"},
		{func(r *check.Rule) { r.ID = "FG1001" }, "ID is not FG"},
		{func(r *check.Rule) { r.Name = "Some-name" }, "kebab case"},
		{func(r *check.Rule) { r.Name = "a--b" }, "kebab case"},
		{func(r *check.Rule) { r.Name = "" }, "kebab case"},
		{func(r *check.Rule) { r.Title = "" }, "title"},
		{func(r *check.Rule) { r.Title = "A." }, "title"},
		{func(r *check.Rule) { r.Title = "a\nb" }, "title"},
		{func(r *check.Rule) { r.Why = "why" }, "why is not"},
		{func(r *check.Rule) { r.Fix = " \n" }, "fix is missing"},
		{func(r *check.Rule) { r.Source = nil }, "source is missing"},
		{func(r *check.Rule) { r.Source = []string{"https://a", "http://b"} }, "https"},
		{func(r *check.Rule) { r.Severity = 0 }, "severity is missing"},
		{func(r *check.Rule) { r.Severity = check.Error + 1 }, "severity is missing"},
		{func(r *check.Rule) { r.Observed = check.Error }, "does not lower"},
		{func(r *check.Rule) { r.Observed = check.Warning }, ""},
		{func(r *check.Rule) { r.Levels = "" }, "levels"},
		{func(r *check.Rule) { r.Levels = "CZ" }, "levels"},
		{func(r *check.Rule) { r.Check = nil }, "check is missing"},
		{func(r *check.Rule) { r.Bad = "" }, "examples"},
		{func(r *check.Rule) { r.Good = "" }, "examples"},
		{func(r *check.Rule) { r.Bad, r.Good, r.Levels = "", "", "XF" }, ""},
		{func(r *check.Rule) { r.Bad, r.Levels = "", "F" }, "examples"},
		{func(r *check.Rule) { r.ID = "FG100" }, "FG100 occurs twice"},
		{func(r *check.Rule) { r.Name = good.Name }, "name-of-fg100 occurs twice"},
	}
	for i, test := range tests {
		changed := rule("FG101", good.Check)
		test.change(changed)
		err := check.Validate([]*check.Rule{good, changed})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d: got %v, want %q", i, err, test.want)
		}
	}
}

func TestRunOnly(t *testing.T) {
	for levels, want := range map[string]bool{"X": true, "XF": true, "FX": true, "F": false, "C": false, "CX": false, "RXF": false} {
		r := check.Rule{Levels: levels}
		if r.RunOnly() != want {
			t.Errorf("levels %s: run only %t, want %t", levels, r.RunOnly(), want)
		}
	}
}

func TestFind(t *testing.T) {
	rules := []*check.Rule{{ID: "FG100", Name: "a"}, {ID: "FG101", Name: "some-name"}}
	for _, key := range []string{"FG101", "fg101", "some-name", "SOME-Name"} {
		if check.Find(rules, key) != rules[1] {
			t.Errorf("%s is not found", key)
		}
	}
	for _, key := range []string{"", "FG10", "name"} {
		if found := check.Find(rules, key); found != nil {
			t.Errorf("%q finds %s", key, found.ID)
		}
	}
}

func TestPolicySeverity(t *testing.T) {
	r := &check.Rule{ID: "FG100", Severity: check.Error, Observed: check.Warning}
	plain := &check.Rule{ID: "FG101", Severity: check.Error}
	over := map[string]check.Severity{"FG100": check.Note}
	for _, test := range []struct {
		policy check.Policy
		rule   *check.Rule
		want   check.Severity
	}{
		{check.Policy{}, r, check.Error},
		{check.Policy{Profile: check.Observed}, r, check.Warning},
		{check.Policy{Profile: check.Observed}, plain, check.Error},
		{check.Policy{Severity: over}, r, check.Note},
		{check.Policy{Profile: check.Observed, Severity: over}, r, check.Note},
	} {
		if got := test.policy.SeverityOf(test.rule); got != test.want {
			t.Errorf("%+v: %s is %s, want %s", test.policy, test.rule.ID, got, test.want)
		}
	}
}

// TestNames shows that what is printed can be parsed and is pairwise different.
func TestNames(t *testing.T) {
	for name, want := range map[string]check.Severity{"note": check.Note, "warning": check.Warning, "error": check.Error} {
		if got, err := check.ParseSeverity(name); err != nil || got != want || got.String() != name {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
	for name, want := range map[string]check.Profile{"documented": check.Documented, "observed": check.Observed} {
		if got, err := check.ParseProfile(name); err != nil || got != want || got.String() != name {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "Error", "never"} {
		if got, err := check.ParseSeverity(name); err == nil || !strings.Contains(err.Error(), "want error, warning or note") {
			t.Errorf("severity %q: got %s, %v", name, got, err)
		}
		if got, err := check.ParseProfile(name); err == nil || !strings.Contains(err.Error(), "want documented or observed") {
			t.Errorf("profile %q: got %s, %v", name, got, err)
		}
	}
	for want, got := range map[string]string{
		"unknown": check.Unknown.String(), "pass": check.Pass.String(), "fail": check.Fail.String(), "n/a": check.NotApplicable.String(),
		"Outcome(9)": check.Outcome(9).String(), "Severity(0)": check.Severity(0).String(), "Profile(9)": check.Profile(9).String(),
		"http": check.HTTP.String(), "event": check.Event.String(), "FunctionType(9)": check.FunctionType(9).String(),
		"read and write and execute": (check.Read | check.Write | check.Execute).String(), "": check.Need(0).String(),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
