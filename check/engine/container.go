// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Labels of every container that is created, so that what a killed process
// left behind can be found: docker ps -a --filter label=fgpreflight.
const (
	Label         = "fgpreflight"          // "1"
	LabelOwner    = "fgpreflight.owner"    // the process: "<ID>.<start>@<place>"
	LabelDeadline = "fgpreflight.deadline" // time in RFC 3339, after which nobody uses the container
)

const (
	createGrace   = 5 * time.Second  // for a creation under way when the context ends
	removeTimeout = 30 * time.Second // for a removal, whatever became of the context
	removePause   = 50 * time.Millisecond
)

// still is a container that is created and never started, to look into an
// image. It is not safe for concurrent use.
type still struct {
	api    *client.Client
	image  string // ID
	name   string // chosen here, so that a container can be removed whose ID never arrived
	labels map[string]string

	asked bool  // the engine was asked for the container and may have it
	err   error // why there is none
}

func (c *Client) newStill(image string) *still {
	return &still{api: c.api, image: image, name: newName(), labels: c.labels(c.lifetime)}
}

func newName() string { return "fgpreflight-" + rand.Text() }

// create asks the engine for the container, once.
func (s *still) create(ctx context.Context) error {
	if s.asked || s.err != nil {
		return s.err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.asked = true
	long, cancel := outliving(ctx, createGrace)
	defer cancel()
	_, err := s.api.ContainerCreate(long, client.ContainerCreateOptions{
		Name: s.name,
		Config: &container.Config{
			Image:      s.image,
			Entrypoint: []string{"/fgpreflight-never-started"}, // the image may have none
			WorkingDir: "/",                                    // the engine would make a missing one
			Labels:     s.labels,
		},
		HostConfig: &container.HostConfig{NetworkMode: "none"},
	})
	if err != nil {
		s.err = fmt.Errorf("creating a container to look into the image: %w", cause(long, err))
	}
	return s.err
}

// archive streams the tar of a path, "/"-rooted and with no symbolic link
// among its parents. The error is fs.ErrNotExist when the container has no
// such file.
func (s *still) archive(ctx context.Context, name string) (*stream, error) {
	result, err := s.api.CopyFromContainer(ctx, s.name, client.CopyFromContainerOptions{SourcePath: name})
	if errdefs.IsNotFound(err) {
		return nil, s.notFound(ctx)
	}
	if err != nil {
		return nil, readError(ctx, err)
	}
	return newStream(result.Content), nil
}

// export streams the tar of the whole file system.
func (s *still) export(ctx context.Context) (*stream, error) {
	body, err := s.api.ContainerExport(ctx, s.name, client.ContainerExportOptions{})
	if err != nil {
		return nil, readError(ctx, err)
	}
	return newStream(body), nil
}

// notFound tells a file that is missing from a container that is: somebody's
// prune must not make an image look empty.
func (s *still) notFound(ctx context.Context) error {
	_, err := s.api.ContainerInspect(ctx, s.name, client.ContainerInspectOptions{})
	switch {
	case errdefs.IsNotFound(err):
		return errors.New("reading from the engine: the container that was created to look into the image is gone")
	case err != nil:
		return readError(ctx, err)
	default:
		return fs.ErrNotExist
	}
}

// remove removes the container and its volumes, also after the context ended.
func (s *still) remove(ctx context.Context) error {
	if !s.asked {
		return nil
	}
	if err := removeContainer(ctx, s.api, s.name); err != nil {
		return err
	}
	s.asked = false
	return nil
}

// removeContainer removes a container and its volumes, if it is there. When
// somebody else is at it, it waits until the container is gone.
func removeContainer(ctx context.Context, api *client.Client, name string) error {
	ctx, cancel := afterAll(ctx)
	defer cancel()
	for {
		_, err := api.ContainerRemove(ctx, name, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		switch {
		case err == nil || errdefs.IsNotFound(err):
			return nil
		case !errdefs.IsConflict(err):
			return fmt.Errorf("removing container %s: %w", name, cause(ctx, err))
		}
		select {
		case <-time.After(removePause):
		case <-ctx.Done():
			return fmt.Errorf("removing container %s: %w", name, err)
		}
	}
}

// afterAll returns a context for a removal, which also takes place after ctx
// ended.
func afterAll(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.WithoutCancel(ctx), removeTimeout,
		fmt.Errorf("no answer within %v", removeTimeout))
}

// outliving returns a context that ends a grace period after ctx does. A
// creation that is cut off would leave a container that turns up after its
// removal.
func outliving(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	long, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(grace, func() { cancel(context.Cause(ctx)) })
	})
	return long, func() { stop(); cancel(nil) }
}
