// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// puller is an engine that can pull, if it is told so, and load.
type puller struct {
	refuses bool // the pull

	mu      sync.Mutex
	pulled  []string // references
	auth    string   // what came with the pull, decoded
	loaded  int      // streams
	volumes map[string]json.RawMessage
}

func (p *puller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Api-Version", "1.41")
	_, path, _ := strings.Cut(r.URL.Path, "/v1.41")
	is := func(method, start string) bool { return r.Method == method && strings.HasPrefix(path, start) }
	switch {
	case is(http.MethodPost, "/volumes/create"):
		var asked struct {
			Name   string
			Labels json.RawMessage
		}
		_ = json.NewDecoder(r.Body).Decode(&asked)
		p.volumes[asked.Name] = asked.Labels
		_ = json.NewEncoder(w).Encode(asked)
	case is(http.MethodDelete, "/volumes/"):
		delete(p.volumes, strings.TrimPrefix(path, "/volumes/"))
	case is(http.MethodGet, "/volumes"):
		_, _ = io.WriteString(w, "{}")
	case is(http.MethodPost, "/images/create"):
		auth, _ := base64.URLEncoding.DecodeString(r.Header.Get("X-Registry-Auth"))
		p.auth = string(auth)
		p.pulled = append(p.pulled, r.URL.Query().Get("fromImage")+"@"+r.URL.Query().Get("tag"))
		if p.refuses {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"message": "no route to host"}`)
		}
	case is(http.MethodPost, "/images/load"):
		_, _ = io.Copy(io.Discard, r.Body)
		p.loaded++
		_, _ = io.WriteString(w, `{"stream": "Loaded image: loaded:1\n"}`)
	case is(http.MethodGet, "/images/json"), is(http.MethodGet, "/containers/json"):
		_, _ = io.WriteString(w, "[]")
	case is(http.MethodGet, "/images/") && (p.loaded > 0 || len(p.pulled) > 0 && !p.refuses):
		_ = json.NewEncoder(w).Encode(described("amd64"))
	case is(http.MethodGet, "/images/"):
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message": "no such image"}`)
	case is(http.MethodGet, "/version"):
		_, _ = io.WriteString(w, `{"Version": "20.10", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}`)
	}
}

// start serves p on a socket and returns its address.
func (p *puller) start(t *testing.T) string {
	t.Helper()
	p.volumes = map[string]json.RawMessage{}
	return checktest.ServeSocket(t, p)
}

// alice is a keychain with one entry.
type alice struct{ registry string }

func (a alice) Resolve(target authn.Resource) (authn.Authenticator, error) {
	if target.RegistryStr() != a.registry {
		return authn.Anonymous, nil
	}
	return &authn.Basic{Username: "alice", Password: "secret"}, nil
}

// TestPull shows where an engine gets an image of a registry from, and what it
// is told of the user's credentials.
func TestPull(t *testing.T) {
	image := newImage(t, "{}")
	registry := checktest.NewRegistry(t, nil)
	registry.Push(t, image, "shop/app", "1.0")
	toRegistry := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, registry.Host)
	}
	const known = `{"username":"alice","password":"secret"}`
	for name, c := range map[string]struct {
		engine *puller
		host   string
		keys   string // the registry that the user has credentials for
		keep   bool
		auth   string
		loaded int
	}{
		"pulled as the user":             {&puller{}, "registry.example", "registry.example", false, known, 0},
		"pulled to be kept":              {&puller{}, "registry.example", "registry.example", true, known, 0},
		"pulled as nobody":               {&puller{}, "registry.example", "other.example", false, "", 0},
		"nothing for a loopback name":    {&puller{}, "localhost:5000", "localhost:5000", false, "", 0},
		"nothing for a loopback address": {&puller{}, "127.1.2.3:5000", "127.1.2.3:5000", false, "", 0},
		"out of the engine's reach":      {&puller{refuses: true}, "registry.example", "registry.example", false, known, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, opened, err := source.Open(t.Context(), "registry:"+c.host+"/shop/app:1.0",
				source.Options{Insecure: true, Dial: toRegistry, Keychain: alice{c.keys}})
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			loaded, err := source.Load(t.Context(), opened, engine.Options{Host: c.engine.start(t)}, c.keep)
			if err != nil {
				t.Fatal(err)
			}
			if err := loaded.Close(t.Context()); err != nil {
				t.Error(err)
			}
			want := []string{c.host + "/shop/app@" + image.Manifest.Digest}
			if !slices.Equal(c.engine.pulled, want) || c.engine.loaded != c.loaded {
				t.Errorf("pulled %q and loaded %d, want %q and %d", c.engine.pulled, c.engine.loaded, want, c.loaded)
			}
			if c.engine.auth != c.auth {
				t.Errorf("the engine got %q, want %q", c.engine.auth, c.auth)
			}
			if len(c.engine.volumes) > 0 {
				t.Errorf("locks left behind: %v", c.engine.volumes)
			}
		})
	}
}
