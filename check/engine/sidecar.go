// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/moby/moby/api/types/container"
)

const (
	sidecarMemory = 256 << 20 // bytes
	sidecarPids   = 64
	nobody        = "65534:65534"
)

// Binary opens a static Linux program and tells its size in bytes.
type Binary func() (io.ReadCloser, int64, error)

// sidecarImage is the image of a client's sidecars.
type sidecarImage struct {
	mu sync.Mutex
	id string // "" until it is loaded
}

// Sidecar starts a program with arguments in a network namespace of its own,
// and returns it with what it writes to its standard output. Containers that
// are started with [Container.Network] join it there and share its network
// until it ends: it has to be removed after them. The reader must be read or
// closed. What the program writes to its standard error is in the log.
//
// The network is that of [Conditions]. The program is loaded as an image of its
// own, once for a client: later calls run the same, whatever they pass.
// [Client.RemoveSidecarImage] removes it.
func (c *Client) Sidecar(ctx context.Context, network string, program Binary, args []string) (*Container, io.ReadCloser, error) {
	image, err := c.sidecarImage(ctx, program)
	if err != nil {
		return nil, nil, err
	}
	r, w := io.Pipe()
	sidecar, err := c.start(ctx, launch{
		config: &container.Config{
			Image: image, User: nobody, WorkingDir: "/", Cmd: args,
			Labels: c.labels(c.lifetime),
		},
		host:   sidecarHost(network),
		output: newOutput(w, nil, w.Close),
		limit:  sidecarMemory,
	})
	if refused, ok := errors.AsType[*RefusalError](err); ok {
		return nil, nil, fmt.Errorf("starting the probe: %s", refused.Refusal.Message)
	}
	if err != nil {
		return nil, nil, err
	}
	return sidecar, r, nil
}

// sidecarHost are the conditions of a sidecar, which gets what it needs to
// look and to call, and nothing else.
func sidecarHost(network string) *container.HostConfig {
	return &container.HostConfig{
		NetworkMode:    networkMode(network),
		ReadonlyRootfs: true,
		CapDrop:        []string{"ALL"},
		SecurityOpt:    []string{"no-new-privileges"},
		LogConfig:      container.LogConfig{Type: "none"},
		RestartPolicy:  container.RestartPolicy{Name: container.RestartPolicyDisabled},
		Init:           new(false),
		Resources:      container.Resources{Memory: sidecarMemory, MemorySwap: sidecarMemory, PidsLimit: new(int64(sidecarPids))},
	}
}

func (c *Client) sidecarImage(ctx context.Context, program Binary) (string, error) {
	c.sidecar.mu.Lock()
	defer c.sidecar.mu.Unlock()
	if c.sidecar.id != "" {
		return c.sidecar.id, nil
	}
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(writeSidecarImage(w, program, c.NewName())) }()
	defer func() { _ = r.Close() }()
	id, err := c.Load(ctx, r)
	if err != nil {
		return "", err
	}
	c.sidecar.id = id
	return id, nil
}

// RemoveSidecarImage removes the image of the sidecars, if there is one, also
// after the context ended.
func (c *Client) RemoveSidecarImage(ctx context.Context) error {
	c.sidecar.mu.Lock()
	defer c.sidecar.mu.Unlock()
	if c.sidecar.id == "" {
		return nil
	}
	if err := c.RemoveImage(ctx, c.sidecar.id); err != nil {
		return err
	}
	c.sidecar.id = ""
	return nil
}
