// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

// served is a trial without fault, of a function with 256 MB.
func served() *check.Trial {
	return &check.Trial{
		Engine: "engine 1.0", Listening: 420 * time.Millisecond, Answering: 480 * time.Millisecond, Waited: 420 * time.Millisecond,
		Answers: []check.Answer{{Outcome: check.Answered, Status: 404}},
		Memory:  check.MemoryUse{Limit: 256 << 20, Peak: 38 << 20},
		Log:     check.Log{Lines: []string{"listening"}, Bytes: 10},
	}
}

func TestFittingMemory(t *testing.T) {
	const mb = 1 << 20
	took := func(peak int64) func(*check.Trial) { return func(t *check.Trial) { t.Memory.Peak = peak } }
	for name, c := range map[string]struct {
		change func(*check.Trial)
		want   int64
	}{
		"the smallest":            {took(38 * mb), 128},
		"just four fifths":        {took(128 * mb / 5 * 4), 128},
		"a byte more":             {took(128*mb/5*4 + 1), 256},
		"more than it had":        {took(250 * mb), 512},
		"the largest":             {took(8192 * mb), 10240},
		"more than any":           {took(10000 * mb), 0},
		"not known":               {took(check.UnknownBytes), 0},
		"never listened":          {func(t *check.Trial) { t.Listening = 0 }, 0},
		"killed":                  {func(t *check.Trial) { t.Memory.Killed = true }, 0},
		"main process killed":     {func(t *check.Trial) { t.Exit.OutOfMemory = true }, 0},
		"works with more":         {func(t *check.Trial) { t.Experiments = []check.Experiment{{Kind: check.MoreMemory, Works: true}} }, 0},
		"works with more as well": {func(t *check.Trial) { t.Experiments = []check.Experiment{{Kind: check.InWorkdir, Works: true}} }, 128},
		"without a limit": {func(t *check.Trial) {
			t.Memory.Limit = 0
			t.Exit.OutOfMemory = true // of the machine's
		}, 128},
	} {
		t.Run(name, func(t *testing.T) {
			trial := served()
			c.change(trial)
			if got := trial.FittingMemory(); got != c.want {
				t.Errorf("%d MB, want %d", got, c.want)
			}
		})
	}
}

func TestMemorySizesRise(t *testing.T) {
	if !slices.IsSorted(check.MemorySizes) || len(check.MemorySizes) != 15 {
		t.Errorf("%v", check.MemorySizes)
	}
}

// TestSummary shows that the log is told where it may say what went wrong.
func TestSummary(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*check.Trial)
		want   bool
	}{
		"served":             {func(*check.Trial) {}, false},
		"never answered":     {func(t *check.Trial) { t.Answering = 0 }, true},
		"ended":              {func(t *check.Trial) { t.Exit.Ended = true }, true},
		"a process killed":   {func(t *check.Trial) { t.Memory.Killed = true }, true},
		"a server error":     {func(t *check.Trial) { t.Answers[0].Status = 500 }, true},
		"refused":            {func(t *check.Trial) { *t = check.Trial{Refusal: check.Refusal{Kind: check.OtherRefusal}} }, false},
		"nothing in the log": {func(t *check.Trial) { t.Exit.Ended, t.Log.Lines = true, nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			trial := served()
			c.change(trial)
			got := trial.Summary()
			if (got.Log != nil) != c.want {
				t.Errorf("the log is %q", got.Log)
			}
			if got.Refused != (name == "refused") {
				t.Errorf("refused: %t", got.Refused)
			}
		})
	}
	want := &check.TrialSummary{
		Engine: "engine 1.0", Listening: 420 * time.Millisecond, Answering: 480 * time.Millisecond, Waited: 420 * time.Millisecond,
		Memory: check.MemoryUse{Limit: 256 << 20, Peak: 38 << 20}, FittingMemory: 128,
	}
	if diff := cmp.Diff(want, served().Summary()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestRunTellsOfTheTrial shows that the report has the trial that a rule asked
// for, and starts none by itself.
func TestRunTellsOfTheTrial(t *testing.T) {
	asks := func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		_, err := s.Trial(ctx)
		return check.Passf(check.Location{}, "it runs"), err
	}
	for name, c := range map[string]struct {
		decide func(context.Context, *check.Subject) (check.Verdict, error)
		err    error
		want   *check.TrialSummary
	}{
		"asked":     {asks, nil, served().Summary()},
		"not asked": {says(check.Passf(check.Location{}, "fine"), nil), nil, nil},
		"no engine": {asks, errors.New("no engine"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			starts := 0
			s := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{
				Trial: func(context.Context, *check.Subject) (*check.Trial, error) {
					starts++
					if c.err != nil {
						return nil, c.err
					}
					return served(), nil
				},
			})
			got := check.Run(t.Context(), s, []*check.Rule{rule("FG001", c.decide)}, check.Policy{})
			if diff := cmp.Diff(c.want, got.Trial); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if want := 1; name != "not asked" && starts != want || name == "not asked" && starts != 0 {
				t.Errorf("%d starts", starts)
			}
		})
	}
}
