// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/probe"
)

// Options say what to start, and how.
type Options struct {
	Engine   Engine
	Image    string // its ID in the engine
	Function *check.Function
	Program  engine.Binary // this program; see [Program]

	Network      string        // "none" or "bridge"
	StartTimeout time.Duration // how long port 8000 is waited for
	Path         string        // what a GET asks an HTTP function for; "" for "/"
	Event        []byte        // the user's own, for an event function; nil for none
	Extra        int           // how often the last request is repeated
	Output       io.Writer     // gets all that the container writes to its console; nil for nobody

	// WorkDir is the image's WORKDIR, for an experiment; "" for none.
	WorkDir string
	// ExplainFailures allows experiments that give the image more than
	// FunctionGraph does. User is then the image's USER, nil where it is not
	// known, and UserName what it is called.
	ExplainFailures bool
	User            *check.Identity
	UserName        string
}

// Times of a trial.
const (
	settling    = 2 * time.Second  // for which a container has to stay alive after the last request
	stopGrace   = 10 * time.Second // from SIGTERM to SIGKILL
	probeGrace  = 5 * time.Second  // for the last requests to a container that has ended
	memoryPause = 200 * time.Millisecond
)

// Run starts the image, calls it and removes everything again. That it fails
// is no error, but what the trial tells.
func Run(ctx context.Context, o Options) (*check.Trial, error) {
	normal := o.conditions()
	normal.Output = o.Output
	t, err := o.attempt(ctx, normal, true)
	if err != nil {
		return nil, err
	}
	t.Engine, t.Offline, t.OwnEvent = o.Engine.Name(), o.Network != "bridge", o.Event != nil
	if !hasFailed(t) {
		return t, nil
	}
	t.Experiments, err = o.experiment(ctx)
	return t, err
}

// conditions are those of FunctionGraph.
func (o *Options) conditions() engine.Conditions {
	f := o.Function
	k := engine.Conditions{
		User:       f.RunsAs(),
		Dir:        "/",
		Entrypoint: f.Command.Or(nil),
		Cmd:        f.Args.Or(nil),
		Network:    o.Network,
	}
	for _, v := range f.Env.All() {
		k.Env = append(k.Env, v.Name+"="+v.Value)
	}
	return withMemory(k, f.Memory.Or(0))
}

// hasFailed reports whether the start failed in a way that other conditions
// could mend. A server that is merely elsewhere, or speaks something else, came
// up.
func hasFailed(t *check.Trial) bool {
	if t.Refusal.Kind != check.Started || t.Exit.Ended || t.Memory.Killed {
		return t.Refusal.Kind != check.WrongFormat
	}
	isTCP := func(l check.Listener) bool { return l.Protocol == "tcp" || l.Protocol == "tcp6" }
	return t.Listening == 0 && !slices.ContainsFunc(t.Listeners, isTCP)
}

// attempt starts the image once. Thorough, it also looks at what is left and
// tells the container to stop.
func (o *Options) attempt(ctx context.Context, k engine.Conditions, thorough bool) (t *check.Trial, err error) {
	container, err := o.Engine.Start(ctx, o.Image, k)
	if refused, ok := errors.AsType[*engine.RefusalError](err); ok {
		return &check.Trial{Refusal: refused.Refusal, Memory: check.MemoryUse{Limit: k.Memory, Peak: check.UnknownBytes}}, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, container.Remove(ctx)) }()
	w := watch(ctx, container)
	defer w.stop()
	seen, err := o.probe(ctx, w)
	if err != nil {
		return nil, err
	}
	t = o.told(seen, container.Started())
	if err := w.settle(ctx, t); err != nil {
		return nil, err
	}
	t.Memory = w.memory(ctx)
	t.Log = container.Log() // before the signal, which programs have things to say about
	if thorough {
		err = finish(ctx, container, t)
	}
	return t, err
}

// told returns the trial as far as the prober tells it.
func (o *Options) told(seen probe.Result, started time.Time) *check.Trial {
	t := &check.Trial{
		Listeners: seen.Listeners, NoListeners: seen.NoListeners, Answers: seen.Answers, Waited: o.StartTimeout,
		Listening: since(started, seen.Opened), Answering: since(started, seen.Answered),
	}
	if t.Listening > 0 {
		t.Waited = t.Listening
	}
	return t
}

// since returns the time from the start, which is not zero for what happened.
func since(started, then time.Time) time.Duration {
	if then.IsZero() {
		return 0
	}
	return max(then.Sub(started), 1)
}

// finish looks at what the container wrote, and tells it to stop if it runs.
func finish(ctx context.Context, container Container, t *check.Trial) error {
	t.Changes, t.NoChanges = container.Changes(ctx)
	if t.NoChanges != nil && ctx.Err() != nil {
		return t.NoChanges
	}
	if t.Exit.Ended || t.Refusal.Kind != check.Started {
		return nil
	}
	var err error
	t.Stop, err = container.Stop(ctx, stopGrace)
	return err
}

// probe runs the prober beside the container. It ends early when the container
// does.
func (o *Options) probe(ctx context.Context, w *watcher) (seen probe.Result, err error) {
	spec, err := json.Marshal(o.spec())
	if err != nil {
		return seen, err
	}
	sidecar, output, err := o.Engine.Sidecar(ctx, w.container, o.Program, []string{"probe", string(spec)})
	if errors.Is(err, engine.ErrEnded) {
		select { // How it did is known in a moment.
		case <-w.ended:
		case <-ctx.Done():
		}
		return seen, nil
	}
	if err != nil {
		return seen, err
	}
	opened, done := make(chan struct{}, 1), make(chan struct{})
	var readErr error
	go func() {
		defer close(done)
		seen, readErr = probe.Read(output, func(e probe.Event) {
			if e.Kind == probe.Open && len(opened) == 0 {
				opened <- struct{}{}
			}
		})
	}()
	w.waitFor(ctx, done, opened)
	err = sidecar.Remove(ctx) // which ends its output, too
	<-done
	err = errors.Join(err, output.Close())
	switch {
	case ctx.Err() != nil:
		return seen, errors.Join(context.Cause(ctx), err)
	case err == nil && readErr == nil && !seen.Done && !w.hasEnded():
		err = fmt.Errorf("the probe beside the container came to no end: %q", sidecar.Log().Lines)
	}
	return seen, errors.Join(readErr, err)
}
