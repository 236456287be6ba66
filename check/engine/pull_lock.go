// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// Engines lose an image, or keep a name without one, where a client removes an
// image while another pulls it. So whoever pulls one, or removes a pulled one,
// has a lock on its digest: a volume, as creating one by the name of another
// gives that other to see. What is locked may be known by several references.
//
// A pulled image gets its mark only in the end. The lock of a process that was
// killed before tells of it.
const (
	labelRef    = "fgpreflight.pull" // the reference that is pulled
	labelHolder = "fgpreflight.lock" // a random name of whoever has the lock
)

const lockPause = 50 * time.Millisecond

// digestIn returns the digest in a reference, or "".
func digestIn(ref string) string {
	_, digest, _ := strings.Cut(ref, "@")
	return digest
}

// lockName returns the name of the volume for a reference with a digest.
func lockName(ref string) string {
	sum := sha256.Sum256([]byte(digestIn(ref)))
	return "fgpreflight-lock-" + hex.EncodeToString(sum[:8])
}

// locked does something while nobody else has the lock on the digest in a
// reference.
func (c *Client) locked(ctx context.Context, ref string, do func() error) error {
	name := lockName(ref)
	if err := c.lock(ctx, name, ref); err != nil {
		return err
	}
	return errors.Join(do(), c.removeVolume(ctx, name))
}

// lock waits for a lock and takes it.
func (c *Client) lock(ctx context.Context, name, ref string) error {
	own := rand.Text()
	labels := c.labels(c.lifetime)
	labels[labelRef], labels[labelHolder] = ref, own
	for {
		holder, err := c.createVolume(ctx, name, labels)
		if err != nil || holder[labelHolder] == own {
			return err
		}
		if c.isLeft(holder) {
			if err := c.breakLock(ctx, name, holder[labelRef]); err != nil {
				return err
			}
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// createVolume creates a volume, if there is none of the name, and returns the
// labels of the one that there is.
func (c *Client) createVolume(ctx context.Context, name string, labels map[string]string) (map[string]string, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	long, cancel := outliving(ctx, createGrace)
	defer cancel()
	var made client.VolumeCreateResult
	err := c.again(long, func() (err error) {
		made, err = c.api.VolumeCreate(long, client.VolumeCreateOptions{Name: name, Labels: labels})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("creating volume %s as a lock: %w", name, cause(long, err))
	}
	return made.Volume.Labels, nil
}

func (c *Client) removeVolume(ctx context.Context, name string) error {
	ctx, cancel := afterAll(ctx)
	defer cancel()
	err := c.again(ctx, func() error {
		_, err := c.api.VolumeRemove(ctx, name, client.VolumeRemoveOptions{})
		return err
	})
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("removing volume %s: %w", name, cause(ctx, err))
	}
	return nil
}

// breakLock removes the lock of a dead process, and what that has pulled. Two
// that do so at the same moment may break the first one's new lock; only then.
func (c *Client) breakLock(ctx context.Context, name, ref string) error {
	if digestIn(ref) != "" && checkRef(ref) == nil {
		if err := c.dropUnmarked(ctx, ref); err != nil {
			return err
		}
	}
	return c.removeVolume(ctx, name)
}

// dropUnmarked removes an image that a pull without a good end has brought,
// unless somebody has another name for it.
func (c *Client) dropUnmarked(ctx context.Context, ref string) error {
	ctx, cancel := afterAll(ctx)
	defer cancel()
	image, err := c.inspectImage(ctx, ref)
	if err == nil && len(image.RepoTags) == 0 && len(image.RepoDigests) == 1 {
		err = c.dropName(ctx, ref)
	}
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("removing image %s: %w", ref, cause(ctx, err))
	}
	return nil
}

// leftLocks breaks the locks of dead processes.
func (c *Client) leftLocks(ctx context.Context) error {
	list, err := c.api.VolumeList(ctx, client.VolumeListOptions{Filters: make(client.Filters).Add("label", labelHolder)})
	if err != nil {
		return fmt.Errorf("looking for leftover locks: %w", cause(ctx, err))
	}
	var failed []error
	for _, found := range list.Items {
		if c.isLeft(found.Labels) {
			failed = append(failed, c.breakLock(ctx, found.Name, found.Labels[labelRef]))
		}
	}
	return errors.Join(failed...)
}
