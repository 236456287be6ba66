// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/settings"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/rules"
)

// outcome is what became of one target. There is always a report.
type outcome struct {
	report *check.Report
	usage  bool // the target is none that could ever be opened
}

// start begins to check the targets, as many side by side as the flags allow.
// It returns the turns of the targets in their order, each of which brings the
// outcome, and a function that waits until everything that was opened is closed.
// Behind a target that takes long only so many others are checked that their
// reports do not pile up.
func (c *call) start(ctx context.Context) (turns <-chan chan outcome, wait func()) {
	queue, free := make(chan chan outcome, c.flags.jobs), make(chan struct{}, c.flags.jobs)
	var workers sync.WaitGroup
	workers.Go(func() {
		defer close(queue)
		for i := range c.targets {
			turn := make(chan outcome, 1)
			select {
			case queue <- turn:
			case <-ctx.Done():
				return
			}
			free <- struct{}{}
			workers.Go(func() {
				defer func() { <-free }()
				turn <- c.checkTarget(ctx, c.targets[i], c.settings[i])
			})
		}
	})
	return queue, workers.Wait
}

// grace is how long a target whose time is over may take to clean up. Then it
// is left behind: it waits for a pipe, maybe, which nothing can interrupt.
const grace = 3 * time.Second

// trialGrace is the same where containers have to be removed.
const trialGrace = time.Minute

func (c *call) grace() time.Duration {
	if c.flags.trial.run {
		return trialGrace
	}
	return grace
}

// limited returns a context for one target's time.
func (f *checkFlags) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("not done within %v", f.timeout))
}

// checkTarget checks one target within its time.
func (c *call) checkTarget(ctx context.Context, target string, s *settings.Settings) outcome {
	ctx, cancel := c.flags.limited(ctx)
	defer cancel()
	done := make(chan outcome, 1)
	go func() { done <- c.examine(ctx, target, s) }()
	select {
	case o := <-done:
		return o
	case <-ctx.Done():
	}
	select {
	case o := <-done:
		return o
	case <-time.After(c.grace()):
		return c.unread(ctx, target, s, context.Cause(ctx))
	}
}

// examine opens a target and applies the rules.
func (c *call) examine(ctx context.Context, target string, s *settings.Settings) outcome {
	if err := c.lost[target]; err != nil {
		return c.unread(ctx, target, s, err)
	}
	tell := c.busy.of(target)
	defer tell("")
	options := c.options(s)
	options.Progress = tell
	subject, closer, err := open(ctx, target, options)
	if err != nil {
		return c.unread(ctx, target, s, err)
	}
	var trouble error
	if c.flags.trial.run {
		subject, trouble = c.started(ctx, subject, closer, s, tell)
	}
	o := outcome{report: check.Run(ctx, subject, rules.All, s.Policy)}
	for i, result := range o.report.Results {
		if result.Err != nil {
			o.report.Results[i].Err = named(ctx, target, result.Err)
		}
	}
	if err := closer.Close(); err != nil {
		trouble = cmp.Or(trouble, fmt.Errorf("cleaning up: %w", err))
	}
	if trouble != nil {
		o.report.Trouble = named(ctx, target, trouble)
	}
	return o
}

// unread returns the outcome of a target that could not be opened. The rules
// that need nothing but the settings are decided all the same.
func (c *call) unread(ctx context.Context, target string, s *settings.Settings, err error) outcome {
	e := named(ctx, target, err)
	subject := unreadable(target, &s.Function, e)
	if c.flags.trial.run {
		subject = subject.Changed(func(p *check.Provider) { p.Trial = lostBy[*check.Trial](e) })
	}
	all := context.WithoutCancel(ctx) // There is nothing left to wait for.
	report := check.Run(all, subject, rules.All, s.Policy)
	report.Trouble = e
	return outcome{report: report, usage: e.Usage}
}

// open opens a target. A panic is told as the defect it is.
func open(ctx context.Context, target string, o source.Options) (s *check.Subject, c io.Closer, err error) {
	defer recovered("opening it", &err)
	return source.Open(ctx, target, o)
}

// recovered makes an error of a panic. It is to be deferred.
func recovered(doing string, err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("%s panicked: %v (a defect of fgpreflight, please report it)", doing, cause)
	}
}

// homeDir returns the user's home directory, or "" for none: nothing is looked
// for there then.
func homeDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}

func (c *call) options(s *settings.Settings) source.Options {
	o := c.registryOptions(c.flags)
	o.Platform = c.flags.platform
	o.Function = &s.Function
	o.Full = c.flags.full
	o.Dockerfile = c.flags.dockerfile
	o.Stage = c.flags.stage
	o.BuildArgs = c.flags.buildArgs
	o.ResolveBase = c.flags.resolveBase
	o.Bases = c.flags.bases
	o.Engine = c.flags.engine
	o.Shared = c.shared
	o.Stdin = c.stdin
	o.Now = now
	return o
}

// registryOptions returns what any question to a registry needs.
func (p *program) registryOptions(f *checkFlags) source.Options {
	return source.Options{
		Insecure:  f.insecure,
		CAFile:    f.caFile,
		Env:       os.Getenv,
		Home:      homeDir(),
		UserAgent: "fgpreflight/" + version(),
	}
}

// named returns an error that names the target and, after a time-out, the way
// out, as those of the sources do by themselves.
func named(ctx context.Context, target string, err error) *source.Error {
	if e, ok := errors.AsType[*source.Error](err); ok {
		return e
	}
	e := &source.Error{Target: target, Err: err}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.Cause(ctx)) {
		e.WayOut = "give it more time with --timeout"
	}
	return e
}

// unreadable returns the subject of a target that could not be opened.
func unreadable(target string, f *check.Function, err error) *check.Subject {
	return check.NewSubject(check.Info{Target: target}, f, check.Provider{
		Config:   lost[*check.Config](err),
		Manifest: lost[*check.Manifest](err),
		Size:     lost[*check.Size](err),
		RootFS:   lost[fs.FS](err),
		Tree:     lost[fs.FS](err),
		Accounts: lostBy[*check.Accounts](err),
		User:     lostBy[*check.User](err),
		Command:  lostBy[*check.Command](err),
	})
}

func lost[T any](err error) func(context.Context) (T, error) {
	return func(context.Context) (T, error) {
		var none T
		return none, err
	}
}

func lostBy[T any](err error) func(context.Context, *check.Subject) (T, error) {
	return func(ctx context.Context, _ *check.Subject) (T, error) { return lost[T](err)(ctx) }
}
