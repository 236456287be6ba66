// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/settings"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/check/trial"
)

// engine returns where images are built and started.
func (c *call) engine(s *settings.Settings) engine.Options {
	from := c.options(s)
	return engine.Options{Host: from.Engine, Env: from.Env, Home: from.Home, Now: now, Lifetime: c.flags.timeout + trialGrace}
}

// started returns the subject of a target whose image is to be started: that of
// a Dockerfile is built, and takes the place of what its text tells. The subject
// is there even with an error.
func (c *call) started(ctx context.Context, subject *check.Subject, opened io.Closer, s *settings.Settings, tell func(doing string)) (*check.Subject, error) {
	defer tell("")
	subject = subject.Changed(func(p *check.Provider) { p.Trial = c.trial(opened, s, tell) })
	built, err := c.build(ctx, subject, opened, s)
	if built == nil {
		built = subject
	}
	return built, err
}

// build builds the image of a Dockerfile. A panic is told as the defect it is.
func (c *call) build(ctx context.Context, subject *check.Subject, opened io.Closer, s *settings.Settings) (built *check.Subject, err error) {
	defer recovered("building it", &err)
	return source.Build(ctx, subject, opened, c.engine(s), c.flags.trial.keep)
}

// trial returns how the image of an opened target is started, and told what is
// done.
func (c *call) trial(opened io.Closer, settings *settings.Settings, tell func(doing string)) func(context.Context, *check.Subject) (*check.Trial, error) {
	return func(ctx context.Context, s *check.Subject) (*check.Trial, error) {
		f := &c.flags.trial
		if err := f.fits(s.Function().Type.Or(check.HTTP)); err != nil {
			return nil, err
		}
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding this program, to run it beside the container: %w", err)
		}
		o := trial.Options{
			Function: s.Function(), Network: f.network, StartTimeout: f.startTimeout, Path: f.path, ExpectStatus: f.expectStatus,
			Event: f.event, Extra: f.requests, ExplainFailures: f.explain, Now: now,
			Progress: tell,
		}
		o.Program, o.NoProgram = trial.Program(self)
		arch, err := addImage(ctx, s, &o)
		if err != nil {
			return nil, err
		}
		t, err := c.startIn(ctx, c.engine(settings), opened, o, arch)
		return t, asked(err)
	}
}

// asked makes trouble of what is merely not to be had: a start that the user
// asked for, and that did not happen, must not look like a question left open.
func asked(err error) error {
	if unavailable, ok := errors.AsType[*check.UnavailableError](err); ok {
		return &source.Error{Err: errors.New(unavailable.Why), WayOut: unavailable.Hint}
	}
	return err
}

// addImage adds what the image itself wants, for experiments, and returns its
// architecture, "" for an unknown one. What is not known is not tried.
func addImage(ctx context.Context, s *check.Subject, o *trial.Options) (arch string, err error) {
	config, err := s.Config(ctx)
	if err != nil {
		return "", err
	}
	arch, o.WorkDir = config.Architecture.Or(""), config.WorkingDir.Or("")
	if !o.ExplainFailures {
		return arch, nil
	}
	user, err := s.User(ctx)
	if err != nil {
		return arch, ignoreUnavailable(err)
	}
	gid, _, err := s.PrimaryGroup(ctx, user)
	if err != nil {
		return arch, ignoreUnavailable(err)
	}
	o.User, o.UserName = &check.Identity{UID: user.UID, GID: gid}, cmp.Or(config.User.Or(""), "root")
	return arch, nil
}

// ignoreUnavailable returns errors but those that say that something is not to
// be had.
func ignoreUnavailable(err error) error {
	if _, ok := errors.AsType[*check.UnavailableError](err); ok {
		return nil
	}
	return err
}

// startIn starts the image of an opened target, which is for an architecture, in
// an engine, and leaves nothing behind.
func (c *call) startIn(ctx context.Context, in engine.Options, opened io.Closer, o trial.Options, arch string) (t *check.Trial, err error) {
	defer o.Progress("")
	o.Progress("connecting to the engine")
	loaded, err := source.Load(ctx, opened, in, c.flags.trial.keep)
	if err != nil {
		return nil, err
	}
	defer func() {
		o.Progress("cleaning up")
		err = errors.Join(err, loaded.Close(ctx))
	}()
	o.Engine, o.Image = trial.On(loaded.Client), loaded.ID
	if err := suit(&o, loaded.Client, runtime.GOARCH); err != nil {
		return nil, err
	}
	if c.logs != nil {
		c.logs.begin()
		o.Output = c.logs
	}
	if t, err = trial.Run(ctx, o); err != nil {
		return nil, loaded.Explain(ctx, err)
	}
	if c.logs != nil {
		c.logs.note(t.Log)
	}
	return t, blame(t, loaded.Client, arch)
}
