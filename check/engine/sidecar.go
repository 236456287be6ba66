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

// ErrEnded is the cause of an error for a container that would have to run.
var ErrEnded = errors.New("the container has ended")

// Binary opens a static Linux program and tells its size in bytes.
type Binary func() (io.ReadCloser, int64, error)

// sidecarImage is the image of a client's sidecars.
type sidecarImage struct {
	mu sync.Mutex
	id string // "" until it is loaded
}

// Sidecar starts a program with arguments in the network namespace of a
// running container, and returns it with what it writes to its standard
// output. The reader must be read or closed, and the container removed. What
// the program writes to its standard error is in the log.
//
// The program is loaded as an image of its own, once for a client: later calls
// run the same, whatever they pass. [Client.RemoveSidecarImage] removes it.
//
// The error is [ErrEnded] when the container does not run any more.
func (c *Client) Sidecar(ctx context.Context, of *Container, program Binary, args []string) (*Container, io.ReadCloser, error) {
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
		host:   sidecarHost(of.ID),
		output: newOutput(w, nil, w.Close),
		limit:  sidecarMemory,
	})
	if err != nil {
		return nil, nil, c.sidecarError(ctx, of, err)
	}
	return sidecar, r, nil
}

// sidecarHost are the conditions of a sidecar, which gets what it needs to
// look and to call, and nothing else.
func sidecarHost(of string) *container.HostConfig {
	return &container.HostConfig{
		NetworkMode:    container.NetworkMode("container:" + of),
		ReadonlyRootfs: true,
		CapDrop:        []string{"ALL"},
		SecurityOpt:    []string{"no-new-privileges"},
		LogConfig:      container.LogConfig{Type: "none"},
		RestartPolicy:  container.RestartPolicy{Name: container.RestartPolicyDisabled},
		Init:           new(false),
		Resources:      container.Resources{Memory: sidecarMemory, MemorySwap: sidecarMemory, PidsLimit: new(int64(sidecarPids))},
	}
}

// sidecarError says whether the cause is that the container ended.
func (c *Client) sidecarError(ctx context.Context, of *Container, err error) error {
	state, stateErr := of.inspect(ctx)
	if stateErr == nil && !state.Running {
		return fmt.Errorf("starting the probe beside the container: %w", ErrEnded)
	}
	if refused, ok := errors.AsType[*RefusalError](err); ok {
		return fmt.Errorf("starting the probe beside the container: %s", refused.Refusal.Message)
	}
	return err
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
