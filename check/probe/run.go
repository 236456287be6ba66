// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"slices"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

const (
	maxChanges  = 1000        // events that tell of changed listeners
	dialTimeout = time.Second // for a look at the port; loopback answers at once

	// triesPerLook is how often the port is tried for one look at all listeners,
	// for which the kernel goes through the sockets of the whole machine.
	triesPerLook = 10
)

var errNeverOpen = errors.New("the port did not open in time")

// Prober watches and calls the server of the network namespace that it is in.
type Prober struct {
	Now  func() time.Time
	Proc fs.FS // as for [Listeners]
}

// Run waits for the port, sends the requests of the spec and writes an [Event]
// a line to out. A port that never opens is no error, and no request is sent
// then. When the context ends, so does Run, after a last look at the listeners
// and with the cause.
func (p Prober) Run(ctx context.Context, spec Spec, out io.Writer) error {
	if err := spec.validate(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{Prober: p, spec: spec, out: json.NewEncoder(out), fail: cancel}
	if spec.Published {
		r.askPublished(ctx)
	} else if conn := r.await(ctx); conn != nil {
		r.ask(ctx, conn)
	}
	r.look()
	r.emit(Event{Kind: Done})
	return context.Cause(ctx)
}

// run is the state of one Run.
type run struct {
	Prober

	spec Spec
	out  *json.Encoder
	fail context.CancelCauseFunc // ends the run with an error

	seen    *Event // the last look at the listeners
	changes int

	answered bool      // an HTTP answer has come
	hidden   *greeting // what the server speaks instead, once that was tried
}

// emit writes an event. Without a reader the rest of the run is for nobody.
func (r *run) emit(e Event) {
	e.Time = r.Now()
	if err := r.out.Encode(e); err != nil {
		r.fail(err)
	}
}

// look tells of the listeners where they changed.
func (r *run) look() {
	if r.spec.Published {
		return
	}
	e := &Event{Kind: Listening}
	listeners, err := Listeners(r.Proc)
	e.Listeners = listeners
	if err != nil {
		e.Trouble = clip(err.Error())
	}
	if r.seen != nil && r.seen.Trouble == e.Trouble && slices.Equal(r.seen.Listeners, e.Listeners) {
		return
	}
	r.seen = e
	if r.changes++; r.changes <= maxChanges {
		r.emit(*e)
	}
}

// await returns a connection to the port once it is open, or nil when the time
// is over. It becomes the one of the first request: a server that takes a
// single connection would else be lost to the look at its port.
func (r *run) await(ctx context.Context) (conn net.Conn) {
	tries := 0
	r.until(ctx, func(ctx context.Context) bool {
		if tries%triesPerLook == 0 {
			r.look()
		}
		tries++
		var err error
		conn, err = r.dial(ctx, dialTimeout)
		return err == nil
	})
	if conn != nil {
		r.emit(Event{Kind: Open})
		r.look()
	}
	return conn
}

// until tries again and again, until it succeeds or the time is over.
func (r *run) until(ctx context.Context, try func(context.Context) bool) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.spec.StartTimeout, errNeverOpen)
	defer cancel()
	tick := time.NewTicker(r.spec.PollInterval)
	defer tick.Stop()
	for !try(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *run) dial(ctx context.Context, timeout time.Duration) (net.Conn, error) {
	d := net.Dialer{Timeout: timeout}
	return d.DialContext(ctx, "tcp4", r.spec.address())
}

// ask sends the requests, the first of them on the connection.
func (r *run) ask(ctx context.Context, conn net.Conn) {
	for i := range r.spec.count() {
		if a := r.exchange(ctx, conn, r.spec.request(i)); !r.tell(ctx, a) {
			return
		}
		conn = nil
	}
}

// askPublished sends the first request until a server meets it, and then the
// others.
func (r *run) askPublished(ctx context.Context) {
	var first check.Answer
	r.until(ctx, func(context.Context) bool {
		first = r.exchange(ctx, nil, r.spec.request(0))
		return isMet(first) || ctx.Err() != nil
	})
	// What the run's own end broke off says nothing of a server.
	if ctx.Err() != nil || !isMet(first) {
		return
	}
	r.emit(Event{Kind: Open})
	more := r.tell(ctx, first)
	for i := 1; more && i < r.spec.count(); i++ {
		more = r.tell(ctx, r.exchange(ctx, nil, r.spec.request(i)))
	}
}

// isMet reports whether a server, and not the engine alone, met a request to a
// published port.
func isMet(a check.Answer) bool {
	return a.Outcome != check.NotSent && a.Outcome != check.Refused && a.Outcome != check.Reset
}

// tell tells what a request met, and reports whether to go on: what the run's
// own end broke off says nothing of the server.
func (r *run) tell(ctx context.Context, a check.Answer) (more bool) {
	r.unmask(ctx, &a)
	if ctx.Err() != nil {
		return false
	}
	r.answered = r.answered || a.Outcome == check.Answered
	r.emit(Event{Kind: Answer, Answer: &a})
	return true
}
