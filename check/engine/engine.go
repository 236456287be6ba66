// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/moby/moby/client"
)

// Kind is a family of engines.
type Kind string

// The kinds of engines. [AnyKind] tries Docker first, then Podman.
const (
	AnyKind Kind = ""
	Docker  Kind = "docker"
	Podman  Kind = "podman"
)

// Options say which engine to connect to.
type Options struct {
	Kind Kind
	Host string // address that overrides every other: unix://, tcp:// or npipe:// (Windows)

	// Env looks up an environment variable; nil is an empty environment.
	// DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG, DOCKER_TLS_VERIFY,
	// DOCKER_CERT_PATH, CONTAINER_HOST and XDG_RUNTIME_DIR are asked for.
	Env  func(string) string
	Home string // the user's home directory; "" for none

	Timeout time.Duration // for the first answer of each address that is tried; 5 s when zero

	// Now is the clock. Only to read images, a client can do without.
	Now func() time.Time
	// Lifetime is how long other runs of this program leave alone what this
	// client made, unless its process has ended; an hour when zero. A use that
	// takes longer may lose its containers and images.
	Lifetime time.Duration
}

const (
	defaultTimeout = 5 * time.Second
	versionTimeout = 30 * time.Second
)

func (o Options) withDefaults() Options {
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	return o
}

// Client is a connection to an engine that has answered. It is safe for
// concurrent use.
type Client struct {
	api       *client.Client
	attach    *client.Client // for what takes a connection over
	transport *http.Transport
	host      string
	name      string
	kind      Kind
	os, arch  string // of the engine's machine; "" where it does not say
	isRemote  bool
	owner     owner
	now       func() time.Time
	lifetime  time.Duration
	marks     marks
	sidecar   sidecarImage
}

// Connect returns a client of the first engine that answers. The error is a
// [*ConnectError].
//
// An explicit address (Host, DOCKER_HOST, a docker context, CONTAINER_HOST)
// stands alone: the usual sockets of its kind are then not tried.
func Connect(ctx context.Context, o Options) (*Client, error) {
	o = o.withDefaults()
	failed := &ConnectError{Kind: o.Kind}
	for _, a := range addresses(o) {
		c, err := connect(ctx, a, o.Timeout)
		if err == nil {
			c.now, c.lifetime = o.Now, cmp.Or(o.Lifetime, defaultLifetime)
			return c, nil
		}
		failed.Attempts = append(failed.Attempts, Attempt{Host: a.host, From: a.from, Err: err})
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

// connect returns a client of an engine that answers.
func connect(ctx context.Context, a address, timeout time.Duration) (*Client, error) {
	if a.err != nil {
		return nil, a.err
	}
	c, err := newClient(a)
	if err != nil {
		return nil, err
	}
	if err := c.reach(ctx, timeout); err != nil {
		return nil, err
	}
	version, err := c.version(ctx)
	if err != nil {
		return nil, err
	}
	c.setName(a.host, version)
	return c, nil
}

// reach gets a first answer. It dials once by hand before, as the library hides
// the cause of a failed dial.
func (c *Client) reach(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %v", timeout))
	defer cancel()
	conn, err := c.transport.DialContext(ctx, "", "")
	if err != nil {
		return dialCause(ctx, err)
	}
	if err := conn.Close(); err != nil {
		return err
	}
	if _, err := c.api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return fmt.Errorf("asking for the version: %w", cause(ctx, err))
	}
	return nil
}

// version asks for the version. Podman takes longer for it than for anything
// else: it looks for the packages that its parts are from.
func (c *Client) version(ctx context.Context) (client.ServerVersionResult, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, versionTimeout, fmt.Errorf("no answer within %v", versionTimeout))
	defer cancel()
	version, err := c.api.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return version, fmt.Errorf("asking for the version: %w", cause(ctx, err))
	}
	return version, nil
}

// setName tells the kinds apart by what the engine says of itself, as a
// DOCKER_HOST often names a socket of Podman.
func (c *Client) setName(host string, version client.ServerVersionResult) {
	c.kind = Docker
	for _, component := range version.Components {
		if component.Name == "Podman Engine" {
			c.kind = Podman
		}
	}
	c.host = host
	c.name = fmt.Sprintf("%s at %s (%s)", c.kind, host, cut(version.Version, 64))
	c.os, c.arch = cut(version.Os, 64), cut(version.Arch, 64)
	c.isRemote = isRemote(host)
}

// isRemote reports whether an address is one of another machine.
func isRemote(host string) bool {
	at, err := url.Parse(host)
	if err != nil || at.Scheme == "unix" || at.Scheme == "npipe" {
		return false
	}
	ip, err := netip.ParseAddr(at.Hostname())
	return at.Hostname() != "localhost" && (err != nil || !ip.IsLoopback())
}

// Name returns what answered, with the version that it gave:
// "docker at unix:///var/run/docker.sock (20.10.24)".
func (c *Client) Name() string { return c.name }

// Host returns the address of the engine that answered.
func (c *Client) Host() string { return c.host }

// Kind returns what the engine says it is, [Docker] or [Podman].
func (c *Client) Kind() Kind { return c.kind }

// Platform returns the operating system and the architecture of the engine's
// machine, as Go calls them; "" where the engine does not say.
func (c *Client) Platform() (system, arch string) { return c.os, c.arch }

// IsRemote reports whether the engine's address is one of another machine. A
// socket that is forwarded there is not known to be.
func (c *Client) IsRemote() bool { return c.isRemote }

// Close closes idle connections.
func (c *Client) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}
