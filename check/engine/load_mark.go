// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// An image that is used is marked by a name of its own for every use: the
// marks of several processes count its users, as an image's labels cannot be
// changed. The name's first part tells whether the image was there before the
// program came.
const (
	markMade = "fgpreflight.localhost/made" // brought for the check alone
	markKept = "fgpreflight.localhost/kept" // was there before
)

// mark is what the name of a used image says.
type mark struct {
	repo     string // markMade or markKept
	owner    owner
	deadline time.Time
}

// newMark returns a name for one use of an image, in the form
// "<repo>:<process ID>.<start>-<place>-<deadline>-<random>".
func (c *Client) newMark(repo string) string {
	deadline := int64(0)
	if c.now != nil {
		deadline = c.now().Add(c.lifetime).Unix()
	}
	return fmt.Sprintf("%s:%s-%d-%s", repo, strings.ReplaceAll(c.owner.String(), "@", "-"), deadline, strings.ToLower(rand.Text()[:8]))
}

// parseMark reads what newMark wrote.
func parseMark(tag string) (mark, bool) {
	repo, rest, _ := strings.Cut(tag, ":")
	parts := strings.Split(rest, "-")
	if (repo != markMade && repo != markKept) || len(parts) != 4 {
		return mark{}, false
	}
	by, ok := parseOwner(parts[0] + "@" + parts[1])
	deadline, err := strconv.ParseInt(parts[2], 10, 64)
	return mark{repo: repo, owner: by, deadline: time.Unix(deadline, 0)}, ok && err == nil && deadline > 0
}

func isMark(tag string) bool {
	return strings.HasPrefix(tag, markMade+":") || strings.HasPrefix(tag, markKept+":")
}

// isMade reports whether the program brought the image: a mark says so, and
// none says the contrary.
func isMade(tags []string) bool {
	made := func(tag string) bool { return strings.HasPrefix(tag, markMade+":") }
	other := func(tag string) bool { return !made(tag) }
	return slices.ContainsFunc(tags, made) && !slices.ContainsFunc(tags, other)
}

// marks are the names that a client gave to the images it uses.
type marks struct {
	mu  sync.Mutex
	all map[string][]string // by image ID
}

func (m *marks) add(id, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[string][]string{}
	}
	m.all[id] = append(m.all[id], name)
}

// take returns one of an image's marks, and forgets it.
func (m *marks) take(id string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := m.all[id]
	if len(names) == 0 {
		return "", false
	}
	m.all[id] = names[1:]
	return names[0], true
}

// use marks an image for this client. One that was there without a name gets
// none, as the engine would remove it with its last name.
func (c *Client) use(ctx context.Context, id string, was present) error {
	repo := markMade
	switch {
	case was.is && !was.isNamed:
		return nil
	case was.is && !was.isMade:
		repo = markKept
	}
	name := c.newMark(repo)
	if err := c.nameImage(ctx, id, name); err != nil {
		return fmt.Errorf("marking image %s: %w", id, cause(ctx, err))
	}
	c.marks.add(id, name)
	return nil
}

// unmark removes the names of an image that are chosen, and the image too when
// the program brought it and nobody else has a name for it.
func (c *Client) unmark(ctx context.Context, id string, chosen func(tag string) bool) error {
	ctx, cancel := afterAll(ctx)
	defer cancel()
	image, err := c.inspectImage(ctx, id)
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err == nil && len(image.RepoDigests) == 0 {
		err = c.removeNames(ctx, image, chosen)
	} else if err == nil { // Others may pull it at this moment, or remove it.
		err = c.locked(ctx, image.RepoDigests[0], func() error {
			image, err := c.inspectImage(ctx, id)
			if errdefs.IsNotFound(err) {
				return nil
			}
			if err != nil {
				return err
			}
			return c.removeNames(ctx, image, chosen)
		})
	}
	if err != nil {
		return fmt.Errorf("removing image %s: %w", id, cause(ctx, err))
	}
	return nil
}

func (c *Client) removeNames(ctx context.Context, image client.ImageInspectResult, chosen func(tag string) bool) error {
	marks := slices.DeleteFunc(slices.Clone(image.RepoTags), func(tag string) bool { return !isMark(tag) || !chosen(tag) })
	names := marks
	if isMade(image.RepoTags) && len(marks) == len(image.RepoTags) {
		names = append(slices.Clone(image.RepoDigests), marks...) // the last name takes the image with it
	}
	for _, name := range names {
		if err := c.dropName(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Keep gives an image a name of its own and ends one use of it, as
// [Client.RemoveImage] does, so that it stays. An image that has the name loses
// it.
func (c *Client) Keep(ctx context.Context, id, name string) error {
	if err := c.nameImage(ctx, id, name); err != nil {
		return errors.Join(fmt.Errorf("naming image %s: %w", id, cause(ctx, err)), c.RemoveImage(ctx, id))
	}
	return c.RemoveImage(ctx, id)
}

// RemoveImage ends one use of an image that [Client.Load] or [Client.Pull]
// returned, also after the context ended. What they brought is removed with its
// last use, by whatever process, and what was there before stays.
func (c *Client) RemoveImage(ctx context.Context, id string) error {
	name, ok := c.marks.take(id)
	if !ok {
		return nil
	}
	err := c.unmark(ctx, id, func(tag string) bool { return tag == name })
	if err != nil {
		c.marks.add(id, name) // to try again
	}
	return err
}
