// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/fgpreflight/fgpreflight/check/probe"
)

// prober waits for the server of one start, and calls it.
type prober struct {
	network string                      // that the container has to be started in
	halt    func(context.Context) error // ends it, and keeps the network
	remove  func(context.Context) error // takes away what is left of it
	log     func() []string             // its last words

	opened, done chan struct{} // closed when the port is open, and when no more is to come
	seen         probe.Result  // valid when done, as is err
	err          error
}

// startSlack is how much longer the prober waits for the port than it has to:
// it is there before the container, which takes an engine some time to start.
const startSlack = time.Minute

// beside starts the prober in a container of its own, whose network the image
// is then started in: so it sees the first moment of the server.
func (o *Options) beside(ctx context.Context) (*prober, error) {
	wanted := o.spec()
	wanted.StartTimeout += startSlack
	spec, err := json.Marshal(wanted)
	if err != nil {
		return nil, err
	}
	sidecar, output, err := o.Engine.Sidecar(ctx, o.Network, o.Program, []string{"probe", string(spec)})
	if err != nil {
		return nil, err
	}
	p := &prober{
		network: sidecar.Network(),
		halt:    sidecar.Kill,
		remove:  func(ctx context.Context) error { return errors.Join(sidecar.Remove(ctx), output.Close()) },
		log:     func() []string { return sidecar.Log().Lines },
	}
	p.follow(output)
	return p, nil
}

// outside starts the prober in this process, for the port that the container
// publishes.
func (o *Options) outside(ctx context.Context, container Container) (*prober, error) {
	at := container.Published()
	if !at.IsValid() {
		return nil, fmt.Errorf("%s publishes port %d at no address of this machine", o.Engine.Name(), functionPort)
	}
	spec := o.spec()
	spec.Port, spec.Published = int(at.Port()), true
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(ctx)
	p := &prober{
		halt:   func(context.Context) error { cancel(); return nil },
		remove: func(context.Context) error { cancel(); return r.Close() },
		log:    func() []string { return nil },
	}
	go func() { w.CloseWithError(probe.Prober{Now: o.Now}.Run(ctx, spec, w)) }()
	p.follow(r)
	return p, nil
}

// follow reads what the prober tells.
func (p *prober) follow(output io.Reader) {
	p.opened, p.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(p.done)
		isOpen := false
		p.seen, p.err = probe.Read(output, func(e probe.Event) {
			if e.Kind == probe.Open && !isOpen {
				isOpen = true
				close(p.opened)
			}
		})
	}()
}

// stop ends the prober, unless it is done. What it saw is known then.
func (p *prober) stop(ctx context.Context) error {
	if isClosed(p.done) {
		return nil
	}
	if err := p.halt(ctx); err != nil {
		return err
	}
	<-p.done
	return nil
}

// broken says why the prober came to no end, or returns nil.
func (p *prober) broken() error {
	switch {
	case !isClosed(p.done) || p.err == nil && p.seen.Done:
		return nil
	case p.err != nil:
		return fmt.Errorf("reading what the probe beside the container tells: %w", p.err)
	default:
		return fmt.Errorf("the probe beside the container came to no end: %q", p.log())
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
