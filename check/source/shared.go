// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"net/http"
	"sync"

	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// sharedConnections is how many idle connections to one registry are kept.
const sharedConnections = 16

// Shared is what targets have in common that are opened in one call: connections
// to registries, and what was read of layers, so that a layer which many images
// of a registry or a layout have is read once. It is safe for concurrent use. All
// targets that have it in their [Options] must have the same Dial and Keychain.
type Shared struct {
	layers *rootfs.Shared

	mu         sync.Mutex
	transports map[trustOptions]*http.Transport
}

// trustOptions are the options that say what registries are believed.
type trustOptions struct {
	insecure bool
	caFile   string
}

// NewShared returns a Shared that has nothing yet. The context must live as long
// as all subjects.
func NewShared(ctx context.Context) *Shared {
	return &Shared{layers: rootfs.NewShared(ctx), transports: make(map[trustOptions]*http.Transport)}
}

// Close ends what is still being read and closes the connections. The subjects
// are closed before.
func (s *Shared) Close() {
	s.layers.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.transports {
		t.CloseIdleConnections()
	}
}

// layerStore returns what was read of layers, or nil where nothing is shared.
func (s *Shared) layerStore() *rootfs.Shared {
	if s == nil {
		return nil
	}
	return s.layers
}

// transport returns the connections to registries for the options. Without a
// Shared they are new, and own reports that they are to be closed.
func (s *Shared) transport(o Options) (t *http.Transport, own bool, err error) {
	if s == nil {
		t, err = newTransport(o)
		return t, true, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	trust := trustOptions{insecure: o.Insecure, caFile: o.CAFile}
	if t = s.transports[trust]; t != nil {
		return t, false, nil
	}
	if t, err = newTransport(o); err != nil {
		return nil, false, err
	}
	t.MaxIdleConnsPerHost = sharedConnections
	s.transports[trust] = t
	return t, false, nil
}
