// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

// fileLine returns a location in the Dockerfile of these tests.
func fileLine(line int) check.Location { return check.Location{Artifact: "Dockerfile", Line: line} }

// ignoring returns the row of rule FG001, which decides as decide does, and the
// messages of the notices, under comments in a Dockerfile.
func ignoring(t *testing.T, v check.Verdict, err error, p check.Policy, ignores ...check.Ignore) (suppressed string, notices []string) {
	t.Helper()
	rules := []*check.Rule{rule("FG001", says(v, err)), rule("FG002", says(check.Passf(check.Location{}, "fine"), nil))}
	info := check.Info{Text: "FROM scratch\nUSER root\n", Artifact: "Dockerfile", Ignores: ignores}
	r := check.Run(t.Context(), check.NewSubject(info, &check.Function{}, check.Provider{}), rules, p)
	for _, notice := range r.Info.Notices {
		if notice.At != fileLine(9) {
			t.Errorf("the notice %q is at %s", notice.Message, notice.At)
		}
		notices = append(notices, notice.Message)
	}
	return r.Results[0].Suppressed, notices
}

func ignore(rule string, first, last int) check.Ignore {
	return check.Ignore{Rule: rule, Reason: "for " + rule, At: fileLine(9), First: first, Last: last}
}

func TestIgnore(t *testing.T) {
	failed := check.Failf(fileLine(3), "bad").Also(fileLine(7))
	inherited := check.Failf(check.Location{Artifact: "Dockerfile", Line: 1, Base: "python:3.12"}, "bad")
	elsewhere := check.Failf(check.Location{Artifact: "--uid"}, "bad")
	undecided := check.Unknownf("pass --resolve-base", "nobody knows")
	skip := check.Policy{Skip: map[string]string{"FG001": "by policy"}}
	for _, c := range []struct {
		name       string
		verdict    check.Verdict
		err        error
		policy     check.Policy
		ignore     check.Ignore
		suppressed string
		notices    []string
	}{
		{name: "the line", verdict: failed, ignore: ignore("FG001", 3, 3), suppressed: "for FG001"},
		{name: "first of several lines", verdict: failed, ignore: ignore("FG001", 3, 5), suppressed: "for FG001"},
		{name: "last of several lines", verdict: failed, ignore: ignore("FG001", 1, 3), suppressed: "for FG001"},
		{name: "ID in another case", verdict: failed, ignore: ignore("fg001", 3, 3), suppressed: "for fg001"},
		{name: "name", verdict: failed, ignore: ignore("Name-Of-FG001", 3, 3), suppressed: "for Name-Of-FG001"},
		{name: "whole file", verdict: failed, ignore: ignore("FG001", 0, 0), suppressed: "for FG001"},
		{name: "whole file, failure without a line", verdict: elsewhere, ignore: ignore("FG001", 0, 0), suppressed: "for FG001"},
		{name: "FROM, value of the base image", verdict: inherited, ignore: ignore("FG001", 1, 1), suppressed: "for FG001"},
		{
			name: "line before", verdict: failed, ignore: ignore("FG001", 2, 2),
			notices: []string{"fgpreflight:ignore=FG001 suppresses nothing: FG001 fails at Dockerfile:3"},
		},
		{
			name: "line of further evidence", verdict: failed, ignore: ignore("FG001", 7, 7),
			notices: []string{"fgpreflight:ignore=FG001 suppresses nothing: FG001 fails at Dockerfile:3"},
		},
		{
			name: "value of the base image", verdict: inherited, ignore: ignore("FG001", 4, 4),
			notices: []string{"fgpreflight:ignore=FG001 suppresses nothing: FG001 fails at Dockerfile:1 (inherited from python:3.12)"},
		},
		{
			name: "same line of another artifact", ignore: ignore("FG001", 3, 3),
			verdict: check.Failf(check.Location{Artifact: "/etc/passwd", Line: 3}, "bad"),
			notices: []string{"fgpreflight:ignore=FG001 suppresses nothing: FG001 fails at /etc/passwd:3"},
		},
		{
			name: "failure without evidence", verdict: check.Failf(check.Location{}, "bad"), ignore: ignore("FG001", 3, 3),
			notices: []string{"fgpreflight:ignore=FG001 suppresses nothing: FG001 fails elsewhere"},
		},
		{
			name: "pass", verdict: check.Passf(fileLine(3), "fine"), ignore: ignore("name-of-fg001", 0, 0),
			notices: []string{"fgpreflight:ignore=name-of-fg001 suppresses nothing: FG001 passed"},
		},
		{
			name: "not applicable", verdict: check.NotApplicablef("no command"), ignore: ignore("FG001", 0, 0),
			notices: []string{"fgpreflight:ignore=FG001 suppresses nothing: FG001 does not apply"},
		},
		{name: "unknown", verdict: undecided, ignore: ignore("FG001", 0, 0)},
		{name: "could not be checked", err: errors.New("broken"), ignore: ignore("FG001", 3, 3)},
		{name: "no such rule", verdict: failed, ignore: ignore("FG999", 0, 0), notices: []string{"there is no rule FG999"}},
		{name: "policy wins", verdict: failed, policy: skip, ignore: ignore("FG001", 3, 3), suppressed: "by policy"},
		{name: "rule that was not run", verdict: failed, policy: check.Policy{Only: map[string]bool{"FG001": true}}, ignore: ignore("FG002", 0, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			suppressed, notices := ignoring(t, c.verdict, c.err, c.policy, c.ignore)
			if suppressed != c.suppressed {
				t.Errorf("suppressed = %q, want %q", suppressed, c.suppressed)
			}
			if diff := cmp.Diff(c.notices, notices); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
		})
	}
}

// A second run on the subject must not see the notices of the first.
func TestIgnoreLeavesTheSubject(t *testing.T) {
	info := check.Info{Text: "FROM scratch\n", Artifact: "Dockerfile", Ignores: []check.Ignore{ignore("FG999", 0, 0)}}
	info.Notices = append(make([]check.Notice, 0, 8), check.Notice{Message: "first"})
	s := check.NewSubject(info, &check.Function{}, check.Provider{})
	for range 2 {
		r := check.Run(t.Context(), s, nil, check.Policy{})
		want := []check.Notice{{Message: "first"}, {At: fileLine(9), Message: "there is no rule FG999"}}
		if diff := cmp.Diff(want, r.Info.Notices); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
	}
	if spare := info.Notices[:2][1]; spare.Message != "" {
		t.Errorf("the caller's array was written to: %v", spare)
	}
}

// A suppressed failure does not fail the build, and a notice never does.
func TestIgnoreExitCode(t *testing.T) {
	info := check.Info{Text: "FROM scratch\n", Artifact: "Dockerfile", Ignores: []check.Ignore{ignore("FG001", 3, 3), ignore("FG002", 3, 3)}}
	s := check.NewSubject(info, &check.Function{}, check.Provider{})
	rules := []*check.Rule{rule("FG001", says(check.Failf(fileLine(3), "bad"), nil)), rule("FG002", says(check.Passf(fileLine(3), "fine"), nil))}
	r := check.Run(t.Context(), s, rules, check.Policy{})
	if code := r.ExitCode(check.Gate{FailOn: check.Note, Strict: true}); code != check.ExitOK || len(r.Info.Notices) != 1 {
		t.Errorf("exit code %d with %d notices, want 0 with 1", code, len(r.Info.Notices))
	}
}
