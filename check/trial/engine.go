// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	"io"
	"net/netip"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// Engine is what a trial needs of a container engine. Its methods are those of
// [engine.Client].
type Engine interface {
	Name() string
	Start(ctx context.Context, image string, k engine.Conditions) (Container, error)
	Sidecar(ctx context.Context, network string, program engine.Binary, args []string) (Container, io.ReadCloser, error)
}

// Container is what a trial needs of a started container. Its methods are
// those of [engine.Container].
type Container interface {
	Started() time.Time
	Network() string
	Published() netip.AddrPort
	Wait(ctx context.Context) (check.Exit, error)
	Stop(ctx context.Context, grace time.Duration) (check.Stop, error)
	Kill(ctx context.Context) error
	Remove(ctx context.Context) error
	Refusal() check.Refusal
	Memory(ctx context.Context) (check.MemoryUse, error)
	Changes(ctx context.Context) ([]string, error)
	Log() check.Log
}

// On returns a client as the engine of a trial.
func On(client *engine.Client) Engine { return connected{client} }

// connected is a client with the types of this package.
type connected struct{ *engine.Client }

// Start starts a container of an image.
func (c connected) Start(ctx context.Context, image string, k engine.Conditions) (Container, error) {
	started, err := c.Client.Start(ctx, image, k)
	if err != nil {
		return nil, err // not a nil pointer in an interface
	}
	return started, nil
}

// Sidecar starts a program that other containers share their network with.
func (c connected) Sidecar(ctx context.Context, network string, program engine.Binary, args []string) (Container, io.ReadCloser, error) {
	started, output, err := c.Client.Sidecar(ctx, network, program, args)
	if err != nil {
		return nil, nil, err
	}
	return started, output, nil
}
