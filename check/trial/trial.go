// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	"errors"
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
	// Program is this program; see [Program]. Without it the image is called
	// from this process by a published port, which takes the network "bridge",
	// and NoProgram says why.
	Program   engine.Binary
	NoProgram error
	Now       func() time.Time

	Network      string        // "none" or "bridge"
	StartTimeout time.Duration // how long port 8000 is waited for
	Path         string        // what a GET asks an HTTP function for; "" for "/"
	ExpectStatus int           // what the GET is to be answered with; 0 for anything
	Event        []byte        // the user's own, for an event function; nil for none
	Extra        int           // how often the last request is repeated
	Output       io.Writer     // gets all that the container writes to its console; nil for nobody
	// Progress is told what the trial does from now on, as in "waiting for port
	// 8000"; nil for nobody.
	Progress func(doing string)

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

// bridge is the network that leads out.
const bridge = "bridge"

// Run starts the image, calls it and removes everything again. That it fails
// is no error, but what the trial tells.
func Run(ctx context.Context, o Options) (*check.Trial, error) {
	if o.Program == nil && o.Network != bridge {
		return nil, o.unseen("running container", "no program can be run beside the container", ", or pass --network bridge")
	}
	normal := o.conditions()
	normal.Output = o.Output
	o.tell("starting the image")
	t, err := o.attempt(ctx, normal, true)
	if err != nil {
		return nil, err
	}
	t.Engine, t.Offline = o.Engine.Name(), o.Network != bridge
	t.OwnEvent, t.ExpectStatus = o.Event != nil, o.ExpectStatus
	if !hasFailed(t) {
		return t, nil
	}
	t.Experiments, err = o.experiment(ctx)
	return t, err
}

func (o *Options) tell(doing string) {
	if o.Progress != nil {
		o.Progress(doing)
	}
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
	var p *prober
	if o.Program != nil {
		if p, err = o.beside(ctx); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, p.remove(ctx)) }() // after the container that shares its network
		k.Network = p.network
	} else {
		k.Publish = functionPort
	}
	container, err := o.Engine.Start(ctx, o.Image, k)
	if refused, ok := errors.AsType[*engine.RefusalError](err); ok {
		return refusedTrial(refused, k, p)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, container.Remove(ctx)) }()
	if p == nil {
		if p, err = o.outside(ctx, container); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, p.remove(ctx)) }()
	}
	return o.observe(ctx, container, p, thorough)
}

// refusedTrial is the trial of a program that the engine could not start,
// unless that is for want of the prober's network.
func refusedTrial(refused *engine.RefusalError, k engine.Conditions, p *prober) (*check.Trial, error) {
	if p != nil && refused.Refusal.Kind == check.OtherRefusal {
		select { // Its last words may be on their way.
		case <-p.done:
		case <-time.After(memoryPause):
		}
		if err := p.broken(); err != nil {
			return nil, err
		}
	}
	return &check.Trial{Refusal: refused.Refusal, Memory: check.MemoryUse{Limit: k.Memory, Peak: check.UnknownBytes}}, nil
}

// observe follows a container until all is known.
func (o *Options) observe(ctx context.Context, container Container, p *prober, thorough bool) (*check.Trial, error) {
	w := watch(ctx, container)
	defer w.stop()
	over := w.waitFor(ctx, p, o)
	if err := p.stop(ctx); err != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := p.broken(); err != nil && !over {
		return nil, err
	}
	t := o.told(p.seen, container.Started())
	o.tell("looking whether it keeps running")
	if err := w.settle(ctx, t); err != nil {
		return nil, err
	}
	t.Memory = w.memory(ctx)
	t.Log = container.Log() // before the signal, which programs have things to say about
	if thorough {
		o.tell("stopping the container")
		return t, lookBack(ctx, container, t)
	}
	return t, nil
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
	if o.Program == nil {
		t.NoListeners = o.unseen("listeners", "the image was called by a published port", "")
	}
	return t
}

// unseen returns the error for what takes this program beside the container.
func (o *Options) unseen(fact, why, hint string) error {
	unavailable, ok := errors.AsType[*check.UnavailableError](o.NoProgram)
	if !ok {
		return o.NoProgram
	}
	return &check.UnavailableError{Fact: fact, Why: why + ": " + unavailable.Why, Hint: unavailable.Hint + hint}
}

// since returns the time from the start, which is not zero for what happened.
func since(started, then time.Time) time.Duration {
	if then.IsZero() {
		return 0
	}
	return max(then.Sub(started), 1)
}

// lookBack looks at what the container wrote, and tells it to stop if it runs.
func lookBack(ctx context.Context, container Container, t *check.Trial) error {
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
