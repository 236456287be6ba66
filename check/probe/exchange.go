// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// MaxBody is how many bytes of a body are read; one more tells that it is
// larger.
const MaxBody = 8 << 20

const (
	maxHeader = 64 << 10 // with the informational answers before it
	maxKept   = 64 << 10 // bytes of a body that are passed on
	maxWire   = 64 << 20 // a body with all that its transfer coding adds
	maxText   = 500      // bytes of a text from outside
)

var (
	errTimeout = errors.New("no whole answer in time")
	errHeader  = errors.New("header of more than 64 KiB")
	errWire    = errors.New("body of more than 64 MiB with its transfer coding")
)

// wire reads from a connection up to a limit, and keeps what ended it.
type wire struct {
	conn  io.Reader
	left  int
	over  error // for more than what is left
	ended error
}

// Read reads from the connection.
func (w *wire) Read(b []byte) (int, error) {
	if w.left <= 0 {
		w.ended = w.over
		return 0, w.ended
	}
	n, err := w.conn.Read(b[:min(len(b), w.left)])
	w.left -= n
	if err != nil {
		w.ended = err
	}
	return n, err
}

// explain returns what came of an answer that could not be read to its end.
// Half a line breaks the grammar as well, so the connection is asked first.
func (w *wire) explain(err error) (check.AnswerOutcome, string) {
	switch {
	case w.ended == nil:
		return check.Malformed, clip(err.Error())
	case errors.Is(w.ended, w.over):
		return check.Malformed, w.over.Error()
	}
	return check.Incomplete, describe(w.ended)
}

// exchange sends one request, on a connection of its own unless conn is one,
// and returns what it met.
func (r *run) exchange(ctx context.Context, conn net.Conn, q Request) check.Answer {
	ctx, cancel := context.WithTimeoutCause(ctx, r.spec.RequestTimeout, errTimeout)
	defer cancel()
	began := r.Now()
	a := check.Answer{Method: q.Method, Path: q.Path, Purpose: q.Purpose}
	if conn == nil {
		var err error
		if conn, err = r.dial(ctx, r.spec.RequestTimeout); err != nil {
			a.Outcome, a.Error = dialOutcome(err), clip(err.Error())
		}
	}
	if conn != nil {
		converse(ctx, conn, r.spec, q, &a)
	}
	if q.Purpose == purposeExtra {
		a.Body = nil // there may be thousands
	}
	a.Took = r.Now().Sub(began)
	return a
}

// dialOutcome returns what the error of a dial says.
func dialOutcome(err error) check.AnswerOutcome {
	failed, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return check.Refused
	case ok && failed.Timeout():
		return check.Silent // its queue of connections is full
	}
	return check.NotSent
}

// converse sends the request and reads the answer into a. It closes conn.
func converse(ctx context.Context, conn net.Conn, spec Spec, q Request, a *check.Answer) {
	defer hangUp(conn)
	request, err := q.http(ctx, spec.address())
	if err != nil {
		a.Error = clip(err.Error())
		return
	}
	stop := expireWith(ctx, conn)
	defer stop()
	// A server may answer before it has read all, and then read no more.
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_ = request.Write(conn) // reading meets the same trouble
	}()
	readAnswer(conn, request, a)
	hangUp(conn)
	<-sent
}

// hangUp closes a connection that no more is expected of.
func hangUp(conn net.Conn) { _ = conn.Close() }

// expireWith ends what waits on the connection when the context ends.
func expireWith(ctx context.Context, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}

// readAnswer reads what comes back for a request.
func readAnswer(conn io.Reader, request *http.Request, a *check.Answer) {
	source := &wire{conn: conn, left: maxHeader, over: errHeader}
	in := bufio.NewReader(source)
	g, head, err := identify(in)
	a.Proto = g.proto
	_, mayBeHTTP := greetingHTTP.fits(head)
	switch {
	case len(head) == 0:
		a.Outcome = check.Reset
		if errors.Is(err, os.ErrDeadlineExceeded) {
			a.Outcome = check.Silent
		}
		a.Error = describe(err)
	case g.outcome == check.Answered:
		readHTTP(source, in, request, a)
	case mayBeHTTP:
		a.Outcome, a.Error = check.Incomplete, describe(err)
	default:
		a.Outcome = g.outcome
		a.Body, a.BodySize = append([]byte{}, head...), int64(len(head))
	}
}

// readHTTP reads an answer that begins as one of HTTP does.
func readHTTP(source *wire, in *bufio.Reader, request *http.Request, a *check.Answer) {
	response, err := readFinal(in, request)
	if err != nil {
		a.Outcome, a.Error = source.explain(err)
		return
	}
	defer response.Body.Close()
	source.left, source.over = maxWire, errWire
	a.Status, a.Proto = response.StatusCode, response.Proto
	a.ContentType = clip(response.Header.Get("Content-Type"))
	if response.ProtoMajor != 1 {
		a.Outcome, a.Error = check.Malformed, "a status line of "+response.Proto
		return
	}
	if err := readBody(response.Body, a); err != nil {
		a.Outcome, a.Error = source.explain(err)
		return
	}
	a.Outcome = check.Answered
	recognise(a)
}

// readFinal returns the answer after the informational ones, which the limit on
// the header keeps few. Nobody asked for an upgrade, so 101 is final.
func readFinal(in *bufio.Reader, request *http.Request) (*http.Response, error) {
	for {
		response, err := http.ReadResponse(in, request)
		if err != nil {
			return nil, err
		}
		if response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			return response, nil
		}
		_ = response.Body.Close() // it has none
	}
}

// readBody reads the body, and keeps its beginning.
func readBody(body io.Reader, a *check.Answer) error {
	kept, err := io.ReadAll(io.LimitReader(body, maxKept))
	a.Body, a.BodySize = kept, int64(len(kept))
	if err != nil {
		return err
	}
	rest, err := io.Copy(io.Discard, io.LimitReader(body, MaxBody+1-a.BodySize))
	a.BodySize += rest
	return err
}

// recognise corrects the outcome of an answer that only says in HTTP/1.1 that
// something else is wanted.
func recognise(a *check.Answer) {
	if a.Status != http.StatusBadRequest {
		return
	}
	for _, w := range wrongPorts {
		if strings.Contains(string(a.Body), w.phrase) {
			a.Outcome, a.Proto = w.outcome, w.proto
			return
		}
	}
}

// describe returns what ended an exchange. The usual ends have plain words,
// without the addresses that package net adds.
func describe(err error) string {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errTimeout.Error()
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	}
	return clip(err.Error())
}

// clip bounds a text from outside.
func clip(text string) string { return text[:min(len(text), maxText)] }
