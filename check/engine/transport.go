// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// maxAnswer is the most that is read of an answer that is kept in memory. An
// inspected image takes a few kilobytes.
const maxAnswer = 8 << 20

var errAnswerTooLarge = fmt.Errorf("the engine's answer is too large: %w (8 MiB)", ErrLimit)

// newClient builds a client that has not asked the engine anything yet. A
// plain client of the library lends its dialer, which knows every kind of
// address; the one that is used has a transport that bounds answers.
func newClient(a address) (*Client, error) {
	dialer, err := client.New(client.WithHost(a.host))
	if err != nil {
		return nil, err
	}
	dial := dialer.Dialer()
	transport := &http.Transport{
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		MaxIdleConns:    4,
		IdleConnTimeout: 30 * time.Second,
	}
	scheme := "http"
	if a.tlsDir != "" {
		scheme = "https"
		if transport.TLSClientConfig, err = tlsConfig(a.tlsDir); err != nil {
			return nil, err
		}
	}
	api, err := client.New(client.WithHost(a.host), client.WithScheme(scheme), client.WithHTTPClient(&http.Client{
		Transport:     boundedTransport{transport},
		CheckRedirect: client.CheckRedirect,
	}))
	if err != nil {
		return nil, err
	}
	attach, err := client.New(client.WithHost(a.host), client.WithScheme(scheme), client.WithHTTPClient(&http.Client{
		Transport:     transport, // for TLS it has to be the library's own kind
		CheckRedirect: client.CheckRedirect,
	}))
	if err != nil {
		return nil, err
	}
	return &Client{api: api, attach: attach, transport: transport, owner: self()}, nil
}

// boundedTransport limits every answer but streams, whose readers have limits
// of their own: the library reads answers whole, however large.
type boundedTransport struct{ base *http.Transport }

func (t boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK || !isStream(req.URL.Path) {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: maxAnswer}
	}
	return resp, nil
}

func isStream(path string) bool {
	for _, end := range []string{"/archive", "/export", "/images/create", "/images/load"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errAnswerTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// dialCause strips what the caller says anyhow: the address.
func dialCause(ctx context.Context, err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok && ctx.Err() == nil {
		return op.Err
	}
	return cause(ctx, err)
}
