// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// MaxRequests is how many requests a [Spec] may hold, the extra ones included.
// It leaves most of the events that [Read] takes to the listeners.
const MaxRequests = 5000

// Spec is what a [Prober] is told to do.
type Spec struct {
	Port int
	// Published says that the port is one at which an engine publishes that of
	// a container. Connections prove nothing there, as the engine takes them
	// and closes them when nobody listens; the listeners cannot be seen.
	Published      bool
	StartTimeout   time.Duration // how long the port is waited for
	PollInterval   time.Duration // from one look at the port to the next
	RequestTimeout time.Duration // for one request, from its connection to the end of its answer
	Requests       []Request     // sent in order, each on a connection of its own
	// Extra is how often the last request is sent once more, each time on a
	// connection of its own and for the purpose "extra".
	Extra int
}

// Request is one HTTP request. Its answer is read to the end, and no redirect
// is followed.
type Request struct {
	Method, Path string            // Path may have a query
	Header       map[string]string // sent in the case that is given
	Body         []byte
	Purpose      string // as check.Answer has it
}

// purposeExtra marks the answers to the extra requests.
const purposeExtra = "extra"

// count returns how many requests there are to send.
func (s Spec) count() int { return len(s.Requests) + s.Extra }

// request returns the i-th request.
func (s Spec) request(i int) Request {
	if i < len(s.Requests) {
		return s.Requests[i]
	}
	q := s.Requests[len(s.Requests)-1]
	q.Purpose = purposeExtra
	return q
}

// address returns where the server is expected: FunctionGraph calls it by IPv4,
// from within its network namespace.
func (s Spec) address() string { return "127.0.0.1:" + strconv.Itoa(s.Port) }

// validate refuses what cannot be done.
func (s Spec) validate(ctx context.Context) error {
	switch {
	case s.Port < 1 || s.Port > 65535:
		return fmt.Errorf("port %d is not between 1 and 65535", s.Port)
	case s.StartTimeout <= 0 || s.PollInterval <= 0 || s.RequestTimeout <= 0:
		return errors.New("a timeout or the poll interval is not positive")
	case len(s.Requests) == 0:
		return errors.New("no request to send")
	case s.Extra < 0 || s.Extra > MaxRequests-len(s.Requests):
		return fmt.Errorf("%d and %d extra requests are not between 1 and %d", len(s.Requests), s.Extra, MaxRequests)
	}
	for _, q := range s.Requests {
		if _, err := q.http(ctx, s.address()); err != nil {
			return err
		}
	}
	return nil
}

// http returns the request for net/http to write, which leaves no line break in
// a header.
func (q Request) http(ctx context.Context, address string) (*http.Request, error) {
	if len(q.Path) == 0 || q.Path[0] != '/' {
		return nil, fmt.Errorf("path %q does not begin with a slash", q.Path)
	}
	r, err := http.NewRequestWithContext(ctx, q.Method, "http://"+address+q.Path, bytes.NewReader(q.Body))
	if err != nil {
		return nil, err
	}
	r.Close = true // each request has a connection of its own
	r.Header["User-Agent"] = []string{"fgpreflight"}
	for name, value := range q.Header {
		if http.CanonicalHeaderKey(name) == "Host" {
			r.Host = value
			continue
		}
		r.Header[name] = []string{value}
	}
	return r, nil
}
