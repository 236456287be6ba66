// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

var errBroken = errors.New("broken for the test")

// faults break one fact of a provider at a time. A file tree breaks twice:
// when it is asked for, and when it is walked.
var faults = []struct {
	fact   string
	inject func(p *check.Provider, err error)
}{
	{"config", func(p *check.Provider, err error) { p.Config = failing[*check.Config](err) }},
	{"manifest", func(p *check.Provider, err error) { p.Manifest = failing[*check.Manifest](err) }},
	{"size", func(p *check.Provider, err error) { p.Size = failing[*check.Size](err) }},
	{"root file system", func(p *check.Provider, err error) { p.RootFS = failing[fs.FS](err) }},
	{"root file system", func(p *check.Provider, err error) {
		p.RootFS = func(context.Context) (fs.FS, error) { return brokenFS{err}, nil }
	}},
	{"whole file tree", func(p *check.Provider, err error) { p.Tree = failing[fs.FS](err) }},
	{"whole file tree", func(p *check.Provider, err error) {
		p.Tree = func(context.Context) (fs.FS, error) { return brokenFS{err}, nil }
	}},
	{"accounts", func(p *check.Provider, err error) { p.Accounts = failingOn[*check.Accounts](err) }},
	{"user", func(p *check.Provider, err error) { p.User = failingOn[*check.User](err) }},
	{"command", func(p *check.Provider, err error) { p.Command = failingOn[*check.Command](err) }},
	{"build", func(p *check.Provider, err error) { p.Build = failing[*check.Build](err) }},
}

func failing[T any](err error) func(context.Context) (T, error) {
	return func(context.Context) (T, error) {
		var none T
		return none, err
	}
}

func failingOn[T any](err error) func(context.Context, *check.Subject) (T, error) {
	return func(ctx context.Context, _ *check.Subject) (T, error) { return failing[T](err)(ctx) }
}

// brokenFS answers every question with an error.
type brokenFS struct{ err error }

func (b brokenFS) Open(string) (fs.File, error)          { return nil, b.err }
func (b brokenFS) Stat(string) (fs.FileInfo, error)      { return nil, b.err }
func (b brokenFS) Lstat(string) (fs.FileInfo, error)     { return nil, b.err }
func (b brokenFS) ReadLink(string) (string, error)       { return "", b.err }
func (b brokenFS) ReadDir(string) ([]fs.DirEntry, error) { return nil, b.err }
func (b brokenFS) ReadFile(string) ([]byte, error)       { return nil, b.err }

// TestFaults breaks one fact at a time: a rule that consulted it must report
// the trouble, and must not answer differently when the fact is merely
// unavailable.
func TestFaults(t *testing.T) {
	for _, c := range allCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			sound := c.check(t, layoutSource)
			for _, fault := range faults {
				askers := only(sound, func(r check.Result) bool { return slices.Contains(r.Asked, fault.fact) })
				if len(askers) == 0 {
					continue
				}
				for id, got := range c.checkWith(t, askers, func(p *check.Provider) { fault.inject(p, errBroken) }) {
					if !errors.Is(got.Err, errBroken) {
						t.Errorf("%s swallowed the error of %s: %s, %s", id, fault.fact, got.Outcome, got.Message)
					}
				}
				left := &check.UnavailableError{Fact: fault.fact, Why: "it is left out", Hint: "a test"}
				for id, got := range c.checkWith(t, askers, func(p *check.Provider) { fault.inject(p, left) }) {
					if got.Err != nil || got.Outcome != check.Unknown && got.Outcome != askers[id].Outcome {
						t.Errorf("%s without %s: %s (%v), with it %s", id, fault.fact, got.Outcome, got.Err, askers[id].Outcome)
					}
				}
			}
		})
	}
}

// only returns the results that match, by rule ID.
func only(r *check.Report, match func(check.Result) bool) map[string]check.Result {
	out := map[string]check.Result{}
	for _, result := range r.Results {
		if match(result) {
			out[result.Rule.ID] = result
		}
	}
	return out
}

// checkWith applies some rules to the case with its provider changed, and
// returns the results by rule ID.
func (c *testCase) checkWith(t *testing.T, some map[string]check.Result, change func(*check.Provider)) map[string]check.Result {
	t.Helper()
	policy := c.settings.Policy
	policy.Only = map[string]bool{}
	for id := range some {
		policy.Only[id] = true
	}
	report := check.Run(t.Context(), c.open(t, layoutSource).Changed(change), rules.All, policy)
	return only(report, func(check.Result) bool { return true })
}

// fileFacts are the facts that read layers.
var fileFacts = []string{"root file system", "whole file tree", "accounts", "program"}

// TestLazy shows that a rule without level R never asks for files, and that
// such rules read nothing of a registry but manifest and config.
func TestLazy(t *testing.T) {
	var configOnly []*check.Rule
	for _, r := range rules.All {
		if !strings.Contains(r.Levels, "R") {
			configOnly = append(configOnly, r)
		}
	}
	for _, c := range allCases(t) {
		for _, result := range check.Run(t.Context(), c.open(t, layoutSource), configOnly, c.settings.Policy).Results {
			for _, fact := range result.Asked {
				if slices.Contains(fileFacts, fact) {
					t.Errorf("%s: %s has no level R and asked for %s", c.Name, result.Rule.ID, fact)
				}
			}
		}
	}
	c := parseCase(t, "lazy", []byte("-- config.json --\n{\"User\":\"1003\"}\n"))
	subject := c.open(t, registrySource)
	check.Run(t.Context(), subject, configOnly, check.Policy{})
	blobs := 0
	for _, request := range requestsTo(c.repository()) {
		if strings.HasPrefix(request, http.MethodGet) && strings.Contains(request, "/blobs/") {
			blobs++
		}
	}
	if blobs != 1 {
		t.Errorf("config-only rules read %d blobs, want the config alone", blobs)
	}
}

// configGaps replace one value of a config by something that cannot be known.
var configGaps = map[string]func(c *check.Config, err error){
	"OS":           func(c *check.Config, err error) { c.OS = check.Missing[string](err) },
	"Architecture": func(c *check.Config, err error) { c.Architecture = check.Missing[string](err) },
	"User":         func(c *check.Config, err error) { c.User = check.Missing[string](err) },
	"Entrypoint":   func(c *check.Config, err error) { c.Entrypoint = check.Missing[[]string](err) },
	"Cmd":          func(c *check.Config, err error) { c.Cmd = check.Missing[[]string](err) },
	"WorkingDir":   func(c *check.Config, err error) { c.WorkingDir = check.Missing[string](err) },
	"Healthcheck":  func(c *check.Config, err error) { c.Healthcheck = check.Missing[[]string](err) },
	"StopSignal":   func(c *check.Config, err error) { c.StopSignal = check.Missing[string](err) },
	"Env":          func(c *check.Config, err error) { c.Env = check.NewEnv(nil, err) },
	"Ports":        func(c *check.Config, err error) { c.Ports = check.Set{Rest: err} },
	"Volumes":      func(c *check.Config, err error) { c.Volumes = check.Set{Rest: err} },
}

// TestGaps shows that a value which cannot be known never counts as one that is
// not set: a rule answers as before, or says that it does not know.
func TestGaps(t *testing.T) {
	gap := &check.UnavailableError{Fact: "a value", Why: "the base image is not known", Hint: "a test"}
	for _, c := range allCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			askers := only(c.check(t, layoutSource), func(r check.Result) bool { return slices.Contains(r.Asked, "config") })
			for name, open := range configGaps {
				gapped := c.checkWith(t, askers, func(p *check.Provider) { p.Config = changedConfig(p.Config, func(c *check.Config) { open(c, gap) }) })
				for id, got := range gapped {
					if before := askers[id].Outcome; got.Outcome != before && got.Outcome != check.Unknown || got.Err != nil {
						t.Errorf("%s without %s: %s (%s, %v), before %s", id, name, got.Outcome, got.Message, got.Err, before)
					}
				}
			}
		})
	}
}

func changedConfig(read func(context.Context) (*check.Config, error), change func(*check.Config)) func(context.Context) (*check.Config, error) {
	return func(ctx context.Context) (*check.Config, error) {
		config, err := read(ctx)
		if err != nil {
			return nil, err
		}
		changed := *config
		change(&changed)
		return &changed, nil
	}
}
