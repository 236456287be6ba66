// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check"
)

// outputGrace is how long the end of a container's output is waited for once
// the container has ended.
const outputGrace = 5 * time.Second

// How often, and with what time between, Podman is asked whether a container
// ended with its output.
const (
	endTries = 20
	endPause = 50 * time.Millisecond
)

// Container is a started container. It is safe for concurrent use.
type Container struct {
	ID string

	client  *Client
	name    string
	limit   int64 // of memory in bytes; 0 for none
	output  *output
	console client.HijackedResponse

	mu      sync.Mutex
	program string
	pid     int // as the engine's machine counts; 0 when it has ended
	started time.Time
	mounts  []string // their places in the container

	published netip.AddrPort

	exit   check.Exit
	shot   bool  // this program sent SIGKILL
	peak   int64 // most memory seen, in bytes
	killed bool  // for its memory limit
}

// inspect asks for the container's state and keeps what is needed later.
func (c *Container) inspect(ctx context.Context) (*container.State, error) {
	result, err := c.client.api.ContainerInspect(ctx, c.name, client.ContainerInspectOptions{})
	if err != nil {
		return nil, fmt.Errorf("inspecting the container: %w", cause(ctx, err))
	}
	found := result.Container
	if found.State == nil {
		return nil, fmt.Errorf("inspecting the container: %w", errOddAnswer)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.program, c.pid = found.Path, found.State.Pid
	c.started, _ = time.Parse(time.RFC3339Nano, found.State.StartedAt)
	c.mounts = nil
	for _, mount := range found.Mounts {
		c.mounts = append(c.mounts, mount.Destination)
	}
	c.killed = c.killed || found.State.OOMKilled
	if at := publishedAt(found.NetworkSettings); at.IsValid() {
		c.published = at
	}
	return found.State, nil
}

// Started returns when the program was started, by the clock of the engine's
// machine.
func (c *Container) Started() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.started
}

// Wait waits for the container to end and returns how it did. All that it
// wrote is in the log then.
func (c *Container) Wait(ctx context.Context) (check.Exit, error) {
	if err := c.waitForEnd(ctx); err != nil {
		return check.Exit{}, fmt.Errorf("waiting for the container: %w", cause(ctx, err))
	}
	state, err := c.inspect(ctx)
	if err != nil {
		return check.Exit{}, err
	}
	select {
	case <-c.output.done:
	case <-ctx.Done():
		return check.Exit{}, context.Cause(ctx)
	case <-time.After(outputGrace):
	}
	return c.ended(state), nil
}

// waitForEnd waits until the engine says that the container has ended. Podman
// says so a second late, unless it is asked: when the output ends, as it does
// with most programs.
func (c *Container) waitForEnd(ctx context.Context) error {
	waitCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	waiting := c.client.api.ContainerWait(waitCtx, c.name, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	var outputEnd <-chan struct{}
	if c.client.kind == Podman {
		outputEnd = c.output.done
	}
	var ask <-chan time.Time
	isOver := false
	for tries := 0; ; {
		select {
		case err := <-waiting.Error: // also when a context ends
			if isOver {
				return nil
			}
			return err
		case <-waiting.Result:
			return nil
		case <-outputEnd:
			outputEnd, ask = nil, time.After(0)
		case <-ask:
			ask = nil
			if state, err := c.inspect(ctx); err == nil && !state.Running {
				isOver = true
				cancel()
			} else if tries++; tries < endTries {
				ask = time.After(endPause)
			}
		}
	}
}

func (c *Container) ended(state *container.State) check.Exit {
	c.mu.Lock()
	defer c.mu.Unlock()
	const killed = 128 + 9
	exit := check.Exit{Ended: true, Code: state.ExitCode, OutOfMemory: state.OOMKilled}
	if c.client.kind == Podman && state.ExitCode == killed && c.limit > 0 && !c.shot {
		exit.OutOfMemory = true // some versions of Podman never say so
	}
	if finished, err := time.Parse(time.RFC3339Nano, state.FinishedAt); err == nil {
		exit.After = max(0, finished.Sub(c.started))
	}
	c.exit, c.killed = exit, c.killed || exit.OutOfMemory
	return exit
}

// Kill ends the container at once, if it runs.
func (c *Container) Kill(ctx context.Context) error {
	c.mu.Lock()
	c.shot = c.shot || !c.exit.Ended
	c.mu.Unlock()
	return c.signal(ctx, "SIGKILL")
}

// signal sends a signal. That a container has ended before is no error.
func (c *Container) signal(ctx context.Context, name string) error {
	_, err := c.client.api.ContainerKill(ctx, c.name, client.ContainerKillOptions{Signal: name})
	if err == nil {
		return nil
	}
	if state, stateErr := c.inspect(ctx); stateErr == nil && !state.Running {
		return nil
	}
	return fmt.Errorf("sending %s to the container: %w", name, cause(ctx, err))
}

// Stop sends SIGTERM as FunctionGraph does, and kills the container if it
// still runs after the grace period.
func (c *Container) Stop(ctx context.Context, grace time.Duration) (check.Stop, error) {
	begin := c.client.now()
	if err := c.signal(ctx, "SIGTERM"); err != nil {
		return check.Stop{}, err
	}
	short, cancel := context.WithTimeoutCause(ctx, grace, errStopGrace)
	defer cancel()
	_, err := c.Wait(short)
	stop := check.Stop{Told: true, Term: err == nil, After: c.client.now().Sub(begin)}
	if err == nil || !errors.Is(context.Cause(short), errStopGrace) {
		return stop, err
	}
	if err := c.Kill(ctx); err != nil {
		return stop, err
	}
	_, err = c.Wait(ctx)
	stop.After = c.client.now().Sub(begin)
	return stop, err
}

// Remove kills the container, if it runs, and removes it with its volumes,
// also when the context has ended; it takes at most 30 seconds.
func (c *Container) Remove(ctx context.Context) error {
	err := removeContainer(ctx, c.client.api, c.name)
	if c.console.Conn != nil {
		c.console.Close()
	}
	return err
}
