// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/probe"
)

// TestRequests looks at what a server gets: the requests as the spec has them,
// each on a connection of its own.
func TestRequests(t *testing.T) {
	type request struct {
		Line, Host, Body, Agent, Type, ID string
		Close                             bool
	}
	got := make(chan request, 10)
	peers := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		peers <- r.RemoteAddr
		got <- request{
			r.Method + " " + r.RequestURI, r.Host, string(body),
			r.UserAgent(), r.Header.Get("Content-Type"), r.Header.Get("X-Cff-Request-Id"), r.Close,
		}
		fmt.Fprintf(w, "answer to %s", r.URL.Path)
	}))
	t.Cleanup(server.Close)

	spec := specFor(portOf(server.Listener), patient)
	spec.Requests = append(spec.Requests, probe.Request{
		Method: "POST", Path: "/invoke?x=%20y", Purpose: "invoke", Body: []byte(`{"key":"value"}`),
		Header: map[string]string{"Content-Type": "application/json", "X-CFF-Request-Id": "1", "host": "example.com", "User-Agent": "platform"},
	})
	spec.Extra = 2
	result := run(t, spec, noSockets)

	host := server.Listener.Addr().String()
	invoke := request{"POST /invoke?x=%20y", "example.com", `{"key":"value"}`, "platform", "application/json", "1", true}
	for i, want := range []request{{"GET /", host, "", "fgpreflight", "", "", true}, invoke, invoke, invoke} {
		if diff := cmp.Diff(want, <-got); diff != "" {
			t.Errorf("request %d (-want +got):\n%s", i, diff)
		}
	}
	seen := map[string]bool{}
	for range len(result.Answers) {
		seen[<-peers] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d connections, want 4", len(seen))
	}
	answer := func(method, path, purpose, body string, size int64) check.Answer {
		return check.Answer{
			Method: method, Path: path, Purpose: purpose, Outcome: check.Answered, Status: 200, Proto: "HTTP/1.1",
			ContentType: "text/plain; charset=utf-8", Body: []byte(body), BodySize: size, Took: time.Second,
		}
	}
	extra := answer("POST", "/invoke?x=%20y", "extra", "", 17)
	extra.Body = nil
	want := []check.Answer{
		answer("GET", "/", "health", "answer to /", 11), answer("POST", "/invoke?x=%20y", "invoke", "answer to /invoke", 17), extra, extra,
	}
	if diff := cmp.Diff(want, result.Answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// TestUnreadBody sends more than a server reads before it answers.
func TestUnreadBody(t *testing.T) {
	spec := specFor(serve(t, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		http.ReadRequest(in)
		io.WriteString(conn, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		conn.(*net.TCPConn).CloseWrite()
		io.CopyN(io.Discard, in, 1<<20) // Closing with data unread would take the answer back.
	}), patient)
	spec.Requests[0] = probe.Request{Method: "POST", Path: "/", Body: make([]byte, 16<<20)}
	if a := run(t, spec, noSockets).Answers[0]; a.Outcome != check.Answered || a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("%v with status %d (%s), want an answer with 413", a.Outcome, a.Status, a.Error)
	}
}

// TestSingleConnection meets a server that ends with its first connection.
func TestSingleConnection(t *testing.T) {
	l := listen(t)
	go func() {
		conn, err := l.Accept()
		l.Close()
		if err == nil {
			says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(conn)
			conn.Close()
		}
	}()
	spec := specFor(portOf(l), patient)
	spec.Extra = 2
	var got []check.AnswerOutcome
	for _, a := range run(t, spec, noSockets).Answers {
		got = append(got, a.Outcome)
	}
	if diff := cmp.Diff([]check.AnswerOutcome{check.Answered, check.Refused, check.Refused}, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// TestNoRecovery keeps a reset what it is once HTTP was spoken.
func TestNoRecovery(t *testing.T) {
	var connections atomic.Int32
	spec := specFor(serve(t, func(conn net.Conn) {
		if connections.Add(1) == 1 {
			says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(conn)
		}
	}), patient)
	spec.Extra = 1
	answers := run(t, spec, noSockets).Answers
	if answers[1].Outcome != check.Reset || connections.Load() != 2 {
		t.Errorf("%v after %d connections, want %v after 2", answers[1].Outcome, connections.Load(), check.Reset)
	}
}

// TestNeverOpen waits in vain, and tells where the server is instead.
func TestNeverOpen(t *testing.T) {
	spec := specFor(closedPort(t), patient)
	spec.StartTimeout = impatient
	got := run(t, spec, tables("0: 0100007F:2328 00000000:0000 0A\n", "", "", ""))
	want := probe.Result{
		Began:     time.Unix(1_700_000_001, 0).UTC(),
		Listeners: []check.Listener{{Protocol: "tcp", Address: "127.0.0.1", Port: 9000}},
		Done:      true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// opens is a file system that calls before with the number of each time that
// a name is opened.
type opens struct {
	fs.FS

	name   string
	before func(n int)
	n      *int
}

func (o opens) Open(name string) (fs.File, error) {
	if name == o.name {
		*o.n++
		o.before(*o.n)
	}
	return o.FS.Open(name)
}

// TestEvents follows a server from its start to its end by what is written.
func TestEvents(t *testing.T) {
	l := listen(t)
	port := portOf(l)
	l.Close()
	proc := tables("", "", "", "")
	start := func(n int) {
		if n != 3 {
			return
		}
		proc["net/tcp"] = &fstest.MapFile{Data: []byte(fmt.Sprintf("%s0: 00000000:%04X 00000000:0000 0A\n", titles, port))}
		l, err := net.Listen("tcp4", l.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			conn, err := l.Accept()
			if err == nil {
				says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(conn)
				conn.Close()
			}
			l.Close()
		}()
	}
	end := func(n int) {
		if n > 4 {
			proc["net/tcp"] = &fstest.MapFile{Data: []byte(titles)}
		}
		start(n)
	}
	var out bytes.Buffer
	prober := probe.Prober{Now: newClock(), Proc: opens{proc, "net/tcp", end, new(int)}}
	if err := prober.Run(t.Context(), specFor(port, patient), &out); err != nil {
		t.Fatal(err)
	}
	var kinds []probe.EventKind
	result, err := probe.Read(&out, func(e probe.Event) { kinds = append(kinds, e.Kind) })
	if err != nil {
		t.Fatal(err)
	}
	want := []probe.EventKind{probe.Listening, probe.Listening, probe.Open, probe.Answer, probe.Listening, probe.Done}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	listeners := []check.Listener{{Protocol: "tcp", Address: "0.0.0.0", Port: port}}
	if diff := cmp.Diff(listeners, result.Listeners); diff != "" {
		t.Errorf("listeners (-want +got):\n%s", diff)
	}
	if !result.Began.Before(result.Opened) || !result.Opened.Before(result.Answered) {
		t.Errorf("began %v, opened %v, answered %v", result.Began, result.Opened, result.Answered)
	}
}

// TestPublished calls a server as an engine publishes it: the engine takes
// connections before the server does, and closes them.
func TestPublished(t *testing.T) {
	var connections atomic.Int32
	spec := specFor(serve(t, func(conn net.Conn) {
		if connections.Add(1) > 3 {
			says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(conn)
		}
	}), patient)
	spec.Published, spec.Extra = true, 2
	result := run(t, spec, nil)
	var got []check.AnswerOutcome
	for _, a := range result.Answers {
		got = append(got, a.Outcome)
	}
	if diff := cmp.Diff([]check.AnswerOutcome{check.Answered, check.Answered, check.Answered}, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if result.Opened.IsZero() || result.Answered.IsZero() || connections.Load() != 6 {
		t.Errorf("opened %v, answered %v, %d connections", result.Opened, result.Answered, connections.Load())
	}
}

// TestPublishedInVain never gets through to a server.
func TestPublishedInVain(t *testing.T) {
	spec := specFor(serve(t, func(net.Conn) {}), patient)
	spec.Published, spec.StartTimeout = true, impatient
	if diff := cmp.Diff(probe.Result{Done: true}, run(t, spec, nil)); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// TestPublishedCancel ends the run while the engine holds the first connection:
// whether a server is behind it stays open.
func TestPublishedCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	spec := specFor(serve(t, func(conn net.Conn) {
		conn.Read(make([]byte, 1))
		cancel()
		io.Copy(io.Discard, conn)
	}), patient)
	spec.Published = true
	var out bytes.Buffer
	if err := (probe.Prober{Now: newClock()}).Run(ctx, spec, &out); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the end of the run", err)
	}
	result, err := probe.Read(&out, nil)
	if diff := cmp.Diff(probe.Result{Done: true}, result); diff != "" || err != nil {
		t.Errorf("error %v, result (-want +got):\n%s", err, diff)
	}
}

func TestUnreadableTables(t *testing.T) {
	spec := specFor(serve(t, says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")), patient)
	result := run(t, spec, fstest.MapFS{})
	unavailable, ok := errors.AsType[*check.UnavailableError](result.NoListeners)
	if !ok || !strings.Contains(unavailable.Why, "net/tcp") {
		t.Errorf("error %v, want one that names the table", result.NoListeners)
	}
	if result.Answers[0].Outcome != check.Answered {
		t.Errorf("outcome %v, want %v", result.Answers[0].Outcome, check.Answered)
	}
}

func TestCancel(t *testing.T) {
	cause := errors.New("the container has ended")
	for name, test := range map[string]func(context.CancelCauseFunc) int{
		"while it waits": func(cancel context.CancelCauseFunc) int {
			cancel(cause)
			return closedPort(t)
		},
		"in a request": func(cancel context.CancelCauseFunc) int {
			return serve(t, func(conn net.Conn) {
				conn.Read(make([]byte, 1))
				cancel(cause)
				io.Copy(io.Discard, conn)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			spec := specFor(test(cancel), patient)
			var out bytes.Buffer
			err := (probe.Prober{Now: newClock(), Proc: noSockets}).Run(ctx, spec, &out)
			if !errors.Is(err, cause) {
				t.Errorf("error %v, want %v", err, cause)
			}
			result, err := probe.Read(&out, nil)
			if err != nil || len(result.Answers) != 0 || !result.Done {
				t.Errorf("%d answers, done %v, error %v; want the end without an answer", len(result.Answers), result.Done, err)
			}
		})
	}
}

func TestNobodyReads(t *testing.T) {
	spec := specFor(serve(t, greets("")), patient)
	err := (probe.Prober{Now: newClock(), Proc: noSockets}).Run(t.Context(), spec, failing{})
	if !errors.Is(err, errBroken) {
		t.Errorf("error %v, want %v", err, errBroken)
	}
}

func TestBadSpec(t *testing.T) {
	for want, change := range map[string]func(*probe.Spec){
		"port 0 is not":             func(s *probe.Spec) { s.Port = 0 },
		"port 65536 is not":         func(s *probe.Spec) { s.Port = 65536 },
		"not positive":              func(s *probe.Spec) { s.PollInterval = 0 },
		"no request":                func(s *probe.Spec) { s.Requests = nil },
		"1 and -1 extra":            func(s *probe.Spec) { s.Extra = -1 },
		"1 and 5000 extra":          func(s *probe.Spec) { s.Extra = probe.MaxRequests },
		`path "" does not`:          func(s *probe.Spec) { s.Requests[0].Path = "" },
		`path "@host/" does not`:    func(s *probe.Spec) { s.Requests[0].Path = "@host/" },
		"invalid URL escape":        func(s *probe.Spec) { s.Requests[0].Path = "/%zz" },
		"invalid control character": func(s *probe.Spec) { s.Requests[0].Path = "/ HTTP/1.1\r\nX: y" },
		"invalid method":            func(s *probe.Spec) { s.Requests[0].Method = "GET /" },
	} {
		spec := specFor(1, patient)
		change(&spec)
		err := (probe.Prober{Now: newClock(), Proc: noSockets}).Run(t.Context(), spec, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}
