// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// maxUnmask is how long each of the other protocols is tried at most.
const maxUnmask = 2 * time.Second

// hellos begin conversations in the protocols that a server may want instead
// of plain HTTP/1.1. Some close the connection for anything else. Redis and
// memcached do so for HTTP alone, and answer a hello with an error of theirs.
var hellos = []func(context.Context, net.Conn) (greeting, error){helloTLS, helloHTTP2}

// unmask corrects the outcome of a request that got no answer, where the server
// answers in another protocol. It is tried once, and not with a server that
// has spoken HTTP.
func (r *run) unmask(ctx context.Context, a *check.Answer) {
	if r.answered || a.Outcome != check.Reset && a.Outcome != check.Silent {
		return
	}
	if r.hidden == nil {
		g := r.tryHellos(ctx)
		r.hidden = &g
	}
	if r.hidden.outcome != check.NotSent {
		a.Outcome, a.Proto = r.hidden.outcome, r.hidden.proto
	}
}

// tryHellos returns the greeting of the server in another protocol; a zero one
// where it has none.
func (r *run) tryHellos(ctx context.Context) greeting {
	for _, hello := range hellos {
		g, err := r.tryHello(ctx, hello)
		if err == nil && g.outcome != check.Answered {
			return g
		}
	}
	return greeting{}
}

func (r *run) tryHello(ctx context.Context, hello func(context.Context, net.Conn) (greeting, error)) (greeting, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, min(r.spec.RequestTimeout, maxUnmask), errTimeout)
	defer cancel()
	conn, err := r.dial(ctx, maxUnmask)
	if err != nil {
		return greeting{}, err
	}
	defer hangUp(conn)
	stop := expireWith(ctx, conn)
	defer stop()
	return hello(ctx, conn)
}

// helloTLS offers TLS. Any record that comes back tells it, an alert as well.
func helloTLS(ctx context.Context, conn net.Conn) (greeting, error) {
	first := &recorder{Conn: conn}
	config := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // G402: whether TLS is spoken is asked, whoever speaks it; nothing secret is sent
	}
	err := tls.Client(first, config).HandshakeContext(ctx)
	if g, decided := classify(first.head); decided && len(first.head) > 0 {
		return g, nil
	}
	return greeting{}, err
}

// recorder keeps the first bytes that were read from a connection.
type recorder struct {
	net.Conn

	head []byte
}

// Read reads from the connection.
func (r *recorder) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	if len(r.head) < 16 {
		r.head = append(r.head, b[:min(n, 16)]...)
	}
	return n, err
}

// helloHTTP2 begins as a client does that knows of HTTP/2 beforehand: with the
// preface and an empty SETTINGS frame.
// https://www.rfc-editor.org/rfc/rfc9113#section-3.4
func helloHTTP2(_ context.Context, conn net.Conn) (greeting, error) {
	const hello = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	_, _ = conn.Write([]byte(hello)) // reading meets the same trouble
	g, _, err := identify(bufio.NewReader(conn))
	return g, err
}
