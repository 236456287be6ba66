// SPDX-License-Identifier: Apache-2.0

package trial_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/trial"
)

func TestExperiments(t *testing.T) {
	const at = 300 * time.Millisecond
	root := &check.Identity{}
	never := func(engine.Conditions) bool { return false }
	memory := func(mb int64) *check.Function {
		return &check.Function{Memory: check.Known(mb, check.Location{Artifact: "test"})}
	}
	failed := start{exit: &check.Exit{Ended: true, Code: 1}, hangs: true}
	inApp := check.Experiment{Change: "WORKDIR /app", Kind: check.InWorkdir}
	more := check.Experiment{Change: "memory 512 MB", Kind: check.MoreMemory}
	asRoot := check.Experiment{Change: "USER root", Kind: check.AsImageUser}
	both := check.Experiment{Change: "USER root and default capabilities", Kind: check.MoreCapabilities}
	capable := check.Experiment{Change: "default capabilities", Kind: check.MoreCapabilities}
	working := func(e check.Experiment) check.Experiment {
		e.Works, e.Listening = true, at
		return e
	}

	for name, c := range map[string]struct {
		options trial.Options
		fails   start
		works   func(engine.Conditions) bool
		want    []check.Experiment
	}{
		"works at once":         {trial.Options{WorkDir: "/app"}, failed, func(engine.Conditions) bool { return true }, nil},
		"nothing to change":     {trial.Options{WorkDir: "/"}, failed, never, nil},
		"in WORKDIR":            {trial.Options{WorkDir: "/app", Function: memory(128)}, failed, func(k engine.Conditions) bool { return k.Dir == "/app" }, []check.Experiment{working(inApp)}},
		"with more memory":      {trial.Options{WorkDir: "/app", Function: memory(128)}, failed, func(k engine.Conditions) bool { return k.Memory == 512<<20 && k.Dir == "/" && k.CPUs == 0.4 }, []check.Experiment{inApp, working(more)}},
		"the largest memory":    {trial.Options{Function: memory(10_240)}, failed, never, nil},
		"not with privileges":   {trial.Options{User: root, UserName: "root"}, failed, never, nil},
		"as the image's user":   {trial.Options{ExplainFailures: true, User: root, UserName: "root"}, failed, func(k engine.Conditions) bool { return k.User == *root && !k.DefaultCapabilities }, []check.Experiment{working(asRoot)}},
		"with capabilities":     {trial.Options{ExplainFailures: true, User: root, UserName: "root"}, failed, func(k engine.Conditions) bool { return k.User == *root && k.DefaultCapabilities }, []check.Experiment{asRoot, working(both)}},
		"the same user":         {trial.Options{ExplainFailures: true, User: &check.Identity{UID: 1003, GID: 1003}}, failed, never, []check.Experiment{capable}},
		"refused":               {trial.Options{WorkDir: "/app"}, start{err: &engine.RefusalError{Refusal: check.Refusal{Kind: check.NoSuchProgram}}}, never, []check.Experiment{inApp}},
		"another architecture":  {trial.Options{WorkDir: "/app"}, start{err: &engine.RefusalError{Refusal: check.Refusal{Kind: check.WrongFormat}}}, never, nil},
		"nothing listens":       {trial.Options{WorkDir: "/app"}, start{}, never, []check.Experiment{inApp}},
		"it listens elsewhere":  {trial.Options{WorkDir: "/app"}, start{events: serving[:1:1]}, never, nil},
		"it serves, then fails": {trial.Options{WorkDir: "/app"}, start{events: serving, exit: failed.exit, hangs: true}, never, []check.Experiment{{Change: inApp.Change, Kind: inApp.Kind, Listening: at}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{behave: func(k engine.Conditions) start {
					if c.works(k) {
						return start{events: serving}
					}
					return c.fails
				}}
				got, err := run(t.Context(), t, f, c.options)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, got.Experiments); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
}

// TestProgress shows what is told while a trial goes on.
func TestProgress(t *testing.T) {
	for name, c := range map[string]struct {
		works func(engine.Conditions) bool
		want  []string
	}{
		"works": {
			func(engine.Conditions) bool { return true },
			[]string{"starting the image", "waiting for port 8000", "calling the function", "looking whether it keeps running", "stopping the container"},
		},
		"works in WORKDIR": {
			func(k engine.Conditions) bool { return k.Dir == "/app" },
			[]string{"starting the image", "waiting for port 8000", "looking whether it keeps running", "stopping the container", "trying with WORKDIR /app"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{behave: func(k engine.Conditions) start {
					if c.works(k) {
						return start{events: serving}
					}
					return start{hangs: true}
				}}
				var told []string
				_, err := run(t.Context(), t, f, trial.Options{WorkDir: "/app", Progress: func(doing string) { told = append(told, doing) }})
				if diff := cmp.Diff(c.want, told); diff != "" || err != nil {
					t.Errorf("%v, -want +got:\n%s", err, diff)
				}
			})
		})
	}
}

// TestExperimentsInTime shows that what a trial found is not lost because the
// time is over for experiments.
func TestExperimentsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, context.DeadlineExceeded)
		defer cancel()
		f := &fake{behave: always(start{exit: &check.Exit{Ended: true, Code: 1}, hangs: true})}
		got, err := run(ctx, t, f, trial.Options{WorkDir: "/app"})
		if err != nil || !got.Exit.Ended || got.Experiments != nil {
			t.Errorf("got %+v, %v, want an exit without experiments", got, err)
		}
	})
}
