// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"

	"github.com/moby/moby/client"
)

// Names for the tests in package engine_test.
var (
	ParseContext        = parseContext
	ParseCurrentContext = parseCurrentContext
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
