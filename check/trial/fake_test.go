// SPDX-License-Identifier: Apache-2.0

package trial_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/probe"
	"github.com/fgpreflight/fgpreflight/check/trial"
)

// began is when every fake container starts.
var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// start is what becomes of one start of the image.
type start struct {
	err     error         // of the start
	events  []probe.Event // that the prober sees before it is done
	hangs   bool          // the prober is never done
	fails   bool          // the prober ends without being done
	exit    *check.Exit   // how the container ends by itself, at once; nil for never
	refusal check.Refusal // known when it has ended
	broken  error         // of waiting for the container
	panics  bool          // when its log is asked for

	published netip.AddrPort // where the port can be called; not valid for nowhere
}

// fake is an engine in which starts go as they are told to.
type fake struct {
	behave func(k engine.Conditions) start
	aside  error // of starting the prober

	mu      sync.Mutex
	beside  *container // the prober whose network the next start shares
	started []engine.Conditions
	specs   []probe.Spec
	running int // containers that are not removed
}

func (f *fake) Name() string { return "fake engine 1.0" }

func (f *fake) Start(_ context.Context, _ string, k engine.Conditions) (trial.Container, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.started = append(f.started, k)
	s := f.behave(k)
	if beside := f.beside; beside != nil {
		go s.tell(beside.output)
	}
	if s.err != nil {
		return nil, s.err
	}
	f.running++
	return &container{start: s, engine: f, limit: k.Memory, gone: make(chan struct{})}, nil
}

// tell writes what the prober sees.
func (s start) tell(output *io.PipeWriter) {
	lines := json.NewEncoder(output)
	for _, e := range s.events {
		_ = lines.Encode(e) // The reader may be gone.
	}
	if s.fails {
		output.Close()
	} else if !s.hangs {
		_ = lines.Encode(probe.Event{Kind: probe.Done, Time: began.Add(time.Minute)})
	}
}

func (f *fake) Sidecar(_ context.Context, network string, _ engine.Binary, args []string) (trial.Container, io.ReadCloser, error) {
	if f.aside != nil {
		return nil, nil, f.aside
	}
	var spec probe.Spec
	if err := json.Unmarshal([]byte(args[1]), &spec); err != nil || args[0] != "probe" {
		return nil, nil, errors.New("the prober does not understand its arguments")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.specs = append(f.specs, spec)
	f.running++
	r, w := io.Pipe()
	f.beside = &container{engine: f, gone: make(chan struct{}), output: w, network: "beside " + network}
	return f.beside, r, nil
}

// container is a fake one.
type container struct {
	start
	engine *fake
	limit  int64
	output *io.PipeWriter // of a prober; nil for others

	network string

	once sync.Once
	gone chan struct{} // closed when it is removed
}

func (c *container) Started() time.Time { return began }

func (c *container) Wait(ctx context.Context) (check.Exit, error) {
	if c.broken != nil {
		return check.Exit{}, c.broken
	}
	if c.exit != nil {
		return *c.exit, nil
	}
	select {
	case <-ctx.Done():
		return check.Exit{}, ctx.Err()
	case <-c.gone:
		return check.Exit{Ended: true, Code: 137}, nil
	}
}

func (c *container) Stop(context.Context, time.Duration) (check.Stop, error) {
	return check.Stop{Told: true, Term: true, After: time.Second}, nil
}

func (c *container) Network() string { return c.network }

func (c *container) Published() netip.AddrPort { return c.published }

func (c *container) Kill(context.Context) error {
	if c.output != nil {
		c.output.Close()
	}
	return nil
}

func (c *container) Remove(ctx context.Context) error {
	c.once.Do(func() {
		c.engine.mu.Lock()
		defer c.engine.mu.Unlock()
		c.engine.running--
		close(c.gone)
	})
	return c.Kill(ctx)
}

func (c *container) Refusal() check.Refusal { return c.refusal }

func (c *container) Memory(context.Context) (check.MemoryUse, error) {
	return check.MemoryUse{Limit: c.limit, Peak: 5 << 20}, nil
}

func (c *container) Changes(context.Context) ([]string, error) { return []string{"/app/out"}, nil }

func (c *container) Log() check.Log {
	if c.panics {
		panic("oops")
	}
	return check.Log{Lines: []string{"hello"}, Bytes: 6}
}

// run runs a trial and shows that nothing is left.
func run(ctx context.Context, t *testing.T, f *fake, o trial.Options) (*check.Trial, error) {
	t.Helper()
	o.Engine, o.Image = f, "sha256:1"
	if o.NoProgram == nil {
		o.Program = func() (io.ReadCloser, int64, error) { return io.NopCloser(strings.NewReader("")), 0, nil }
	}
	if o.Function == nil {
		o.Function = &check.Function{}
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = time.Minute
	}
	got, err := trial.Run(ctx, o)
	if f.running != 0 {
		t.Errorf("containers left behind: %d", f.running)
	}
	return got, err
}

func always(s start) func(engine.Conditions) start {
	return func(engine.Conditions) start { return s }
}

func listens(address string, port int) probe.Event {
	return probe.Event{Kind: probe.Listening, Time: began.Add(100 * time.Millisecond), Listeners: []check.Listener{{Protocol: "tcp", Address: address, Port: port}}}
}

func answers(status int) probe.Event {
	return probe.Event{Kind: probe.Answer, Time: began.Add(400 * time.Millisecond), Answer: &check.Answer{
		Method: "GET", Path: "/", Purpose: "health", Outcome: check.Answered, Status: status, Proto: "HTTP/1.1",
	}}
}

// serving is what the prober sees of a server without fault.
var serving = []probe.Event{listens("0.0.0.0", 8000), {Kind: probe.Open, Time: began.Add(300 * time.Millisecond)}, answers(200)}
