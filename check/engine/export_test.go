// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"io"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check"
)

// Names for the tests in package engine_test.
var (
	ParseContext        = parseContext
	ParseCurrentContext = parseCurrentContext
	ParseOwner          = parseOwner
	Self                = self
)

// Limits that tests go past.
const (
	MaxEntries = maxEntries
	MaxFile    = maxFile
	MaxHead    = maxHead
	MaxAnswer  = maxAnswer
)

// API returns the library's client, to prepare and inspect a real engine.
func (c *Client) API() *client.Client { return c.api }

// ListImages returns the names of the engine's images.
func (c *Client) ListImages(ctx context.Context) ([]string, error) {
	list, err := c.listImages(ctx)
	var names []string
	for _, found := range list {
		names = append(names, found.RepoTags...)
	}
	return names, err
}

// Container returns the name of the container of f.
func (f *FS) Container() string { return f.still.name }

// Addresses returns the addresses that Connect would try, "" for one that
// could not be found out.
func Addresses(o Options) []string {
	var hosts []string
	for _, a := range addresses(o) {
		hosts = append(hosts, a.host)
	}
	return hosts
}

// Owner returns how containers tell that c's process made them.
func (c *Client) Owner() string { return c.owner.String() }

// StatsPeak asks the engine, even where the kernel can be asked.
func (c *Container) StatsPeak(ctx context.Context) (int64, error) { return c.statsPeak(ctx) }

// State asks the engine for the container's state.
func (c *Container) State(ctx context.Context) (*container.State, error) { return c.inspect(ctx) }

// IsLeft judges a container by its labels.
func (c *Client) IsLeft(labels map[string]string) bool { return c.isLeft(labels) }

// IsDead reports whether the process is known to have ended.
func (o owner) IsDead() bool { return o.isDead() }

// Judgements and readers that need no engine.
var (
	RefusalKind      = refusalKind
	IsMachineTrouble = isMachineTrouble
	LateRefusal      = lateRefusal
	OwnChanges       = ownChanges
	PeakOf           = peakOf
)

// NewMark returns a mark of c.
func (c *Client) NewMark(made bool) string {
	if made {
		return c.newMark(markMade)
	}
	return c.newMark(markKept)
}

// Locked does something under the lock on the digest in a reference.
func (c *Client) Locked(ctx context.Context, ref string, do func() error) error {
	return c.locked(ctx, ref, do)
}

// LockName and these labels make a lock of somebody else's.
var LockName = lockName

const (
	LabelRef    = labelRef
	LabelHolder = labelHolder
)

// ReadMark returns what a mark says.
func ReadMark(tag string) (by owner, made bool, deadline time.Time, ok bool) {
	m, ok := parseMark(tag)
	return m.owner, m.repo == markMade, m.deadline, ok
}

// ReadOutput reads the stream of a container's console.
func ReadOutput(r io.Reader, stdout, stderr io.Writer) check.Log {
	o := newOutput(stdout, stderr, nil)
	o.readAll(r)
	return (&Container{output: o}).Log()
}

// MaxOutput is the most bytes that are passed on.
const MaxOutput = maxOutput
