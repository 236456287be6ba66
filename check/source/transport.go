// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// newTransport returns a transport with limits for what a registry may do.
// Idle connections are to be closed in the end.
func newTransport(o Options) (*http.Transport, error) {
	config, err := tlsConfig(o)
	if err != nil {
		return nil, err
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, Control: refuseLinkLocal}).DialContext
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dial,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    handshakeTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 64 * kib,
		DisableCompression:     true, // Blobs are wanted as they are stored.
		ForceAttemptHTTP2:      true,
	}, nil
}

func tlsConfig(o Options) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: o.Insecure, //nolint:gosec // The user asked for it by --insecure.
	}
	if o.CAFile == "" {
		return config, nil
	}
	wayOut := "name a PEM file with --ca-file"
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, &Error{Err: fmt.Errorf("reading the certificates: %w", err), WayOut: wayOut, Usage: true}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &Error{Err: fmt.Errorf("%s has no certificate in it", o.CAFile), WayOut: wayOut, Usage: true}
	}
	config.RootCAs = pool
	return config, nil
}

// errLinkLocal is the cause where a name or a redirect leads to an address that
// clouds serve their machines' credentials at.
var errLinkLocal = errors.New("refusing to connect to a link-local address")

// amazonMetadata is the one metadata address that is not link-local.
var amazonMetadata = netip.MustParseAddr("fd00:ec2::254")

func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	host, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := host.Addr().Unmap().WithZone("")
	if ip.IsLinkLocalUnicast() || ip == amazonMetadata {
		return fmt.Errorf("%w (%s)", errLinkLocal, ip)
	}
	return nil
}

// errTooManyRequests is the cause where a registry leads on and on.
var errTooManyRequests = fmt.Errorf("the registry leads to more than %d requests", maxRequests)

// wholeBody marks the context of a request whose answer may be of any length.
type wholeBody struct{}

// limiter bounds the number of requests, and what is read of answers other
// than blobs.
type limiter struct {
	next     http.RoundTripper
	requests atomic.Int64
}

// RoundTrip sends a request.
func (l *limiter) RoundTrip(request *http.Request) (*http.Response, error) {
	if l.requests.Add(1) > maxRequests {
		return nil, errTooManyRequests
	}
	response, err := l.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	switch {
	case response.StatusCode >= http.StatusBadRequest:
		return response, takeBody(response)
	case request.Context().Value(wholeBody{}) == nil:
		response.Body = &limitedBody{ReadCloser: response.Body, left: maxJSON}
	}
	return response, nil
}

// takeBody replaces the body of an error by its first bytes, so that the
// connection can be used again.
func takeBody(response *http.Response) error {
	data, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
	_ = response.Body.Close() // Nothing more is wanted of it.
	response.Body = io.NopCloser(bytes.NewReader(data))
	return err
}

// limitedBody is a body that breaks when it is too long.
type limitedBody struct {
	io.ReadCloser
	left int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the answer is longer than %d bytes", maxJSON)
	}
	return n, err
}

// withRetries sends requests again that met a passing trouble.
func withRetries(next http.RoundTripper) http.RoundTripper {
	return transport.NewRetry(next,
		transport.WithRetryBackoff(transport.Backoff{Duration: retryDelay, Factor: 1, Steps: retries}),
		transport.WithRetryStatusCodes(http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout),
		transport.WithRetryPredicate(isPassing))
}

// isPassing reports whether the same request may succeed a moment later. A
// time-out is not tried again, as it took long enough.
func isPassing(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// checkRedirect bounds the redirects of one request.
func checkRedirect(_ *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	return nil
}

// withWholeBody returns a context for a request whose answer may be long.
func withWholeBody(ctx context.Context) context.Context {
	return context.WithValue(ctx, wholeBody{}, true)
}
