// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check"
)

// What every container gets, as FunctionGraph gives it.
const (
	pidsLimit = 1024
	openFiles = 2048
	tmpfs     = "rw,exec,nosuid,nodev,size=512m,mode=1777"
	cpuPeriod = 100_000 // microseconds
)

// Conditions are how a container is started. All have a /tmp of 512 MB in
// memory, at most 1,024 processes and 2,048 open files in each, no new
// privileges, no health check, no restart and no swap.
type Conditions struct {
	User       check.Identity
	Dir        string   // "" for the image's
	Env        []string // "NAME=value", over the image's
	Entrypoint []string // nil for the image's
	Cmd        []string // nil for the image's, or for none where Entrypoint is given

	Memory              int64   // bytes; 0 for no limit
	CPUs                float64 // 0 for one
	DefaultCapabilities bool    // those of the engine instead of none
	Network             string  // "none", as also "" is, "bridge", or what [Container.Network] returns
	// Publish is a TCP port that can be called at [Container.Published], where
	// the network is "bridge"; 0 for none.
	Publish uint16

	// Lifetime is how long other runs of this program leave the container
	// alone; that of the client when zero.
	Lifetime time.Duration
	// Output gets the first 256 MiB of what the container writes to its
	// console, as it comes; nil for nobody. An Output that blocks stops the
	// container's writing.
	Output io.Writer
}

// launch is a container to be.
type launch struct {
	config *container.Config
	host   *container.HostConfig
	output *output
	limit  int64 // of memory in bytes; 0 for none
}

// Start starts a container of an image. It runs until it ends, is killed or
// removed; [Container.Remove] must be called whatever becomes of it. The
// error is a [*RefusalError] when the engine cannot start the program, and
// nothing is left then.
func (c *Client) Start(ctx context.Context, image string, k Conditions) (*Container, error) {
	return c.start(ctx, launch{
		config: &container.Config{
			Image: image, User: k.User.String(), WorkingDir: k.Dir, Env: k.Env,
			Entrypoint: k.Entrypoint, Cmd: k.Cmd,
			Healthcheck:  &container.HealthConfig{Test: []string{"NONE"}}, // FunctionGraph runs none
			ExposedPorts: k.exposed(),
			Labels:       c.labels(cmp.Or(k.Lifetime, c.lifetime)),
		},
		host:   k.host(),
		output: newOutput(k.Output, k.Output, nil),
		limit:  k.Memory,
	})
}

func (k Conditions) host() *container.HostConfig {
	host := &container.HostConfig{
		NetworkMode:   networkMode(k.Network),
		PortBindings:  k.published(),
		Tmpfs:         map[string]string{"/tmp": tmpfs},
		SecurityOpt:   []string{"no-new-privileges"},
		LogConfig:     container.LogConfig{Type: "none"}, // read as it comes, so that a flood fills no disk
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
		Init:          new(false),
		Resources: container.Resources{
			Memory: k.Memory, MemorySwap: k.Memory,
			// A quota, as the engine refuses more CPUs than the machine has.
			CPUPeriod: cpuPeriod, CPUQuota: int64(cmp.Or(k.CPUs, 1) * cpuPeriod),
			PidsLimit: new(int64(pidsLimit)),
			Ulimits:   []*container.Ulimit{{Name: "nofile", Soft: openFiles, Hard: openFiles}},
		},
	}
	if !k.DefaultCapabilities {
		host.CapDrop = []string{"ALL"}
	}
	return host
}

// errNoClock says that the caller forgot [Options.Now].
var errNoClock = errors.New("engine: a client that starts containers needs a clock")

// start creates a container, listens to it and starts it. Without success it
// is removed again.
func (c *Client) start(ctx context.Context, l launch) (*Container, error) {
	if c.now == nil {
		return nil, errNoClock
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	made := &Container{client: c, name: newName(), output: l.output, limit: l.limit, peak: check.UnknownBytes}
	err := made.create(ctx, l)
	if err == nil {
		err = made.run(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, made.Remove(ctx))
	}
	return made, nil
}

func (c *Container) create(ctx context.Context, l launch) error {
	long, cancel := outliving(ctx, createGrace)
	defer cancel()
	var result client.ContainerCreateResult
	err := c.client.again(long, func() (err error) {
		result, err = c.client.api.ContainerCreate(long, client.ContainerCreateOptions{Name: c.name, Config: l.config, HostConfig: l.host})
		return err
	})
	if errdefs.IsNotFound(err) {
		return &NotFoundError{Ref: l.config.Image, Engine: c.client.name, Kind: c.client.kind}
	}
	if err != nil {
		return startError(long, "creating", err)
	}
	c.ID = result.ID
	return nil
}

// run starts the container once its console is listened to, so that no line
// is lost. Podman prepares the program for that already, and what it answers
// then does not get through the library: the start is to tell again.
func (c *Container) run(ctx context.Context) error {
	console, attachErr := c.client.attach.ContainerAttach(ctx, c.name, client.ContainerAttachOptions{Stream: true, Stdout: true, Stderr: true})
	if attachErr == nil {
		c.console = console.HijackedResponse
		go c.output.readAll(console.Reader)
	}
	if _, err := c.client.api.ContainerStart(ctx, c.name, client.ContainerStartOptions{}); err != nil {
		return startError(ctx, "starting", err)
	}
	if attachErr != nil {
		return fmt.Errorf("listening to the container: %w", cause(ctx, attachErr))
	}
	_, err := c.inspect(ctx)
	return err
}
