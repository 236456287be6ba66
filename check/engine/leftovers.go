// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// defaultLifetime is far longer than a trial takes.
const defaultLifetime = time.Hour

// labels are those of a container that nobody uses after a lifetime.
func (c *Client) labels(lifetime time.Duration) map[string]string {
	labels := map[string]string{Label: "1", LabelOwner: c.owner.String()}
	if c.now != nil {
		labels[LabelDeadline] = c.now().Add(lifetime).UTC().Format(time.RFC3339)
	}
	return labels
}

// Leftovers removes the containers, images and locks that a killed run of this
// program left behind, and those past their deadline. It touches nothing that
// may be in use: where it cannot be known whether the owner lives, because it
// ran on another machine, the deadline decides.
func (c *Client) Leftovers(ctx context.Context) error {
	return errors.Join(c.leftContainers(ctx), c.leftImages(ctx), c.leftLocks(ctx))
}

// leftContainers removes containers in the order in which the engine lists them.
// Podman wants those that share the network of another removed before that, so
// that a round may have to follow.
func (c *Client) leftContainers(ctx context.Context) error {
	return c.again(ctx, func() error { return c.removeLeft(ctx) })
}

func (c *Client) removeLeft(ctx context.Context) error {
	list, err := c.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: make(client.Filters).Add("label", Label)})
	if err != nil {
		return fmt.Errorf("looking for leftover containers: %w", cause(ctx, err))
	}
	var failed []error
	for _, found := range list.Items {
		if !c.isLeft(found.Labels) {
			continue
		}
		failed = append(failed, removeContainer(ctx, c.api, found.ID))
	}
	return errors.Join(failed...)
}

// isLeft judges a container by its labels.
func (c *Client) isLeft(labels map[string]string) bool {
	by, ok := parseOwner(labels[LabelOwner])
	deadline, err := time.Parse(time.RFC3339, labels[LabelDeadline])
	return ok && by.isDead() || err == nil && c.isPast(deadline)
}

func (c *Client) isPast(deadline time.Time) bool { return c.now != nil && c.now().After(deadline) }

// leftImages removes marks of the dead, and images that had no other name. What
// a container of somebody else uses by now stays for another time.
func (c *Client) leftImages(ctx context.Context) error {
	list, err := c.listImages(ctx)
	if err != nil {
		return fmt.Errorf("looking for leftover images: %w", cause(ctx, err))
	}
	var failed []error
	for _, found := range list {
		isLeft := func(tag string) bool {
			m, ok := parseMark(tag)
			return ok && (m.owner.isDead() || c.isPast(m.deadline))
		}
		if slices.ContainsFunc(found.RepoTags, isLeft) {
			if err := c.unmark(ctx, found.ID, isLeft); !errdefs.IsConflict(err) {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}
