// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

// settings is an empty SETTINGS frame of HTTP/2.
const settings = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"

// says answers a request with the text and closes.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			io.WriteString(conn, text)
		}
	}
}

// greets sends the text to whoever comes, waits for the other side, and closes.
func greets(text string) func(net.Conn) {
	return func(conn net.Conn) {
		io.WriteString(conn, text)
		io.Copy(io.Discard, conn)
	}
}

// begins sends the text as an answer that never ends.
func begins(text string) func(net.Conn) {
	return func(conn net.Conn) {
		http.ReadRequest(bufio.NewReader(conn))
		io.WriteString(conn, text)
		io.Copy(io.Discard, conn)
	}
}

// startsWith answers with the text only who sends the preface first.
func startsWith(preface, text string) func(net.Conn) {
	return func(conn net.Conn) {
		got := make([]byte, len(preface))
		if _, err := io.ReadFull(conn, got); err == nil && string(got) == preface {
			io.WriteString(conn, text)
			io.Copy(io.Discard, conn)
		}
	}
}

func badRequest(body string) string {
	return fmt.Sprintf("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// TestOutcome asks servers of any kind for /.
func TestOutcome(t *testing.T) {
	const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	const mysql = "\x4a\x00\x00\x00\x0a8.0.36\x00"
	big := strings.Repeat("b", 8<<20+100)
	for name, test := range map[string]struct {
		server  func(net.Conn)
		timeout time.Duration // patient when zero
		want    check.Answer  // without the request and the time
	}{
		"content length": {
			server: says("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"),
			want:   check.Answer{Outcome: check.Answered, Status: 200, Proto: "HTTP/1.1", ContentType: "text/plain", Body: []byte("hello"), BodySize: 5},
		},
		"kept alive": { // It would hang who waits for the end of the connection.
			server: begins("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok"),
			want:   check.Answer{Outcome: check.Answered, Status: 200, Proto: "HTTP/1.1", Body: []byte("ok"), BodySize: 2},
		},
		"chunked": {
			server: begins("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: y\r\n\r\n"),
			want:   check.Answer{Outcome: check.Answered, Status: 200, Proto: "HTTP/1.1", Body: []byte("abcde"), BodySize: 5},
		},
		"HTTP/1.0": {
			server: says("HTTP/1.0 200 OK\r\n\r\nto the end"),
			want:   check.Answer{Outcome: check.Answered, Status: 200, Proto: "HTTP/1.0", Body: []byte("to the end"), BodySize: 10},
		},
		"no content": {
			server: begins("HTTP/1.1 204 No Content\r\n\r\n"),
			want:   check.Answer{Outcome: check.Answered, Status: 204, Proto: "HTTP/1.1"},
		},
		"informational": {
			server: says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
			want:   check.Answer{Outcome: check.Answered, Status: 200, Proto: "HTTP/1.1", Body: []byte("x"), BodySize: 1},
		},
		"informational without end": {
			server: says(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 5000)),
			want:   check.Answer{Outcome: check.Malformed, Proto: "HTTP", Error: "header of more than 64 KiB"},
		},
		"switching protocols": {
			server: begins("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
			want:   check.Answer{Outcome: check.Answered, Status: 101, Proto: "HTTP/1.1"},
		},
		"server error": {
			server: says("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops"),
			want:   check.Answer{Outcome: check.Answered, Status: 500, Proto: "HTTP/1.1", Body: []byte("oops"), BodySize: 4},
		},
		"redirect": { // Following it would go round in circles.
			server: says("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
			want:   check.Answer{Outcome: check.Answered, Status: 302, Proto: "HTTP/1.1"},
		},
		"bad request": {
			server: says(badRequest("<p>what?")),
			want:   check.Answer{Outcome: check.Answered, Status: 400, Proto: "HTTP/1.1", ContentType: "text/html", Body: []byte("<p>what?"), BodySize: 8},
		},
		"body of more than is kept": {
			server: says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", 100_000, big[:100_000])),
			want:   check.Answer{Outcome: check.Answered, Status: 200, Proto: "HTTP/1.1", Body: []byte(big[:64<<10]), BodySize: 100_000},
		},
		"body of more than is read": {
			server: says("HTTP/1.1 200 OK\r\n\r\n" + big),
			want:   check.Answer{Outcome: check.Answered, Status: 200, Proto: "HTTP/1.1", Body: []byte(big[:64<<10]), BodySize: 8<<20 + 1},
		},
		"long header": {
			server: says("HTTP/1.1 200 OK\r\nX: " + big[:60_000] + "\r\nContent-Length: 0\r\n\r\n"),
			want:   check.Answer{Outcome: check.Answered, Status: 200, Proto: "HTTP/1.1"},
		},
		"huge header": {
			server: says("HTTP/1.1 200 OK\r\nX: " + big[:70_000] + "\r\nContent-Length: 0\r\n\r\n"),
			want:   check.Answer{Outcome: check.Malformed, Proto: "HTTP", Error: "header of more than 64 KiB"},
		},
		"long content type": {
			server: says("HTTP/1.1 200 OK\r\nContent-Type: " + big[:1000] + "\r\nContent-Length: 0\r\n\r\n"),
			want:   check.Answer{Outcome: check.Answered, Status: 200, Proto: "HTTP/1.1", ContentType: big[:500]},
		},
		"no status": {
			server: says("HTTP/1.1 fine\r\n\r\n"),
			want:   check.Answer{Outcome: check.Malformed, Proto: "HTTP", Error: `malformed HTTP status code "fine"`},
		},
		"no header": {
			server: says("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
			want:   check.Answer{Outcome: check.Malformed, Proto: "HTTP", Error: `malformed MIME header: missing colon: "no colon"`},
		},
		"another version": {
			server: says("HTTP/2.0 200 OK\r\n\r\n"),
			want:   check.Answer{Outcome: check.Malformed, Status: 200, Proto: "HTTP/2.0", Error: "a status line of HTTP/2.0"},
		},
		"closed in the status line": {
			server: says("HTTP"),
			want:   check.Answer{Outcome: check.Incomplete, Error: "connection closed"},
		},
		"closed in the header": {
			server: says("HTTP/1.1 200 OK\r\nContent-Le"),
			want:   check.Answer{Outcome: check.Incomplete, Proto: "HTTP", Error: "connection closed"},
		},
		"closed in the body": {
			server: says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
			want:   check.Answer{Outcome: check.Incomplete, Status: 200, Proto: "HTTP/1.1", Body: []byte("half"), BodySize: 4, Error: "connection closed"},
		},
		"closed in a chunk": {
			server: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"),
			want:   check.Answer{Outcome: check.Incomplete, Status: 200, Proto: "HTTP/1.1", Body: []byte("abc"), BodySize: 3, Error: "connection closed"},
		},
		"no chunk": {
			server: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n"),
			want:   check.Answer{Outcome: check.Malformed, Status: 200, Proto: "HTTP/1.1", Error: "invalid byte in chunk length"},
		},
		"hangs in the status line": {
			server: begins("HTTP"), timeout: impatient,
			want: check.Answer{Outcome: check.Incomplete, Error: "no whole answer in time"},
		},
		"hangs in the header": {
			server: begins("HTTP/1.1 200 OK\r\n"), timeout: impatient,
			want: check.Answer{Outcome: check.Incomplete, Proto: "HTTP", Error: "no whole answer in time"},
		},
		"hangs in the body": {
			server: begins("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), timeout: impatient,
			want: check.Answer{Outcome: check.Incomplete, Status: 200, Proto: "HTTP/1.1", Body: []byte("half"), BodySize: 4, Error: "no whole answer in time"},
		},
		"closes": {
			server: says(""),
			want:   check.Answer{Outcome: check.Reset, Error: "connection closed"},
		},
		"closes with what was sent unread": {
			server: func(conn net.Conn) { conn.Read(make([]byte, 1)) },
			want:   check.Answer{Outcome: check.Reset, Error: "connection reset"},
		},
		"hangs": {
			server: greets(""), timeout: impatient,
			want: check.Answer{Outcome: check.Silent, Error: "no whole answer in time"},
		},
		"TLS alert": {
			server: says("\x15\x03\x01\x00\x02\x02\x46"),
			want:   check.Answer{Outcome: check.SpeaksTLS, Proto: "TLS", Body: []byte("\x15\x03\x01\x00\x02\x02\x46"), BodySize: 7},
		},
		"TLS, as nginx says it": {
			server: says(badRequest("<center>The plain HTTP request was sent to HTTPS port</center>")),
			want: check.Answer{
				Outcome: check.SpeaksTLS, Status: 400, Proto: "TLS", ContentType: "text/html",
				Body: []byte("<center>The plain HTTP request was sent to HTTPS port</center>"), BodySize: 62,
			},
		},
		"HTTP/2, as Kestrel says it": {
			server: says(badRequest("An HTTP/1.x request was sent to an HTTP/2 only endpoint.")),
			want: check.Answer{
				Outcome: check.SpeaksHTTP2, Status: 400, Proto: "HTTP/2", ContentType: "text/html",
				Body: []byte("An HTTP/1.x request was sent to an HTTP/2 only endpoint."), BodySize: 56,
			},
		},
		"HTTP/2 settings": {
			server: greets(settings),
			want:   check.Answer{Outcome: check.SpeaksHTTP2, Proto: "HTTP/2", Body: []byte(settings), BodySize: 9},
		},
		"HTTP/2 after its preface": {
			server: startsWith(preface, settings),
			want:   check.Answer{Outcome: check.SpeaksHTTP2, Proto: "HTTP/2", Error: "connection reset"},
		},
		"SSH": {
			server: greets("SSH-2.0-OpenSSH_9.2\r\n"),
			want:   check.Answer{Outcome: check.SpeaksOther, Proto: "SSH", Body: []byte("SSH-2.0-OpenSSH_9.2\r\n"), BodySize: 21},
		},
		"Redis": {
			server: says("-ERR wrong number of arguments for 'get' command\r\n"),
			want: check.Answer{
				Outcome: check.SpeaksOther, Proto: "Redis",
				Body: []byte("-ERR wrong number of arguments for 'get' command\r\n"), BodySize: 50,
			},
		},
		"Redis that closes for HTTP": {
			server: startsWith("PRI * ", "-ERR unknown command 'PRI'\r\n"),
			want:   check.Answer{Outcome: check.SpeaksOther, Proto: "Redis", Error: "connection reset"},
		},
		"closes for HTTP, and speaks it otherwise": {
			server: startsWith("PRI * ", badRequest("")),
			want:   check.Answer{Outcome: check.Reset, Error: "connection reset"},
		},
		"MySQL": {
			server: greets(mysql),
			want:   check.Answer{Outcome: check.SpeaksOther, Proto: "MySQL", Body: []byte(mysql), BodySize: 12},
		},
		"text": {
			server: greets("hello\n"),
			want:   check.Answer{Outcome: check.SpeaksOther, Body: []byte("hello\n"), BodySize: 6},
		},
		"one byte of something": {
			server: greets("\x16"), timeout: impatient,
			want: check.Answer{Outcome: check.SpeaksOther, Body: []byte("\x16"), BodySize: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := test.timeout
			if timeout == 0 {
				timeout = patient
			}
			got := ask(t, serve(t, test.server), timeout)
			test.want.Method, test.want.Path, test.want.Purpose, test.want.Took = "GET", "/", "health", time.Second
			if len(got.Body) == 0 && len(test.want.Body) == 0 {
				got.Body, test.want.Body = nil, nil
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSlowGreeting sends bytes one at a time, as segments may come.
func TestSlowGreeting(t *testing.T) {
	for text, want := range map[string]check.AnswerOutcome{
		settings:                   check.SpeaksHTTP2,
		"\x15\x03\x03\x00\x02":     check.SpeaksTLS,
		"HTTP/1.0 200 OK\r\n\r\nx": check.Answered,
		"-ERR unknown\r\n":         check.SpeaksOther,
	} {
		port := serve(t, func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			for _, b := range []byte(text) {
				conn.Write([]byte{b})
				time.Sleep(time.Millisecond)
			}
		})
		if got := ask(t, port, patient); got.Outcome != want {
			t.Errorf("%q: %v, want %v", text, got.Outcome, want)
		}
	}
}

// TestTLS asks servers that speak TLS and treat plain HTTP differently.
func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	silent := func(conn net.Conn) { tls.Server(conn, server.TLS.Clone()).Handshake() }
	for name, port := range map[string]int{
		"says so in HTTP": portOf(server.Listener),
		"closes":          serve(t, silent),
	} {
		got := ask(t, port, patient)
		if got.Outcome != check.SpeaksTLS || got.Proto != "TLS" {
			t.Errorf("%s: %v in %q (%s), want TLS", name, got.Outcome, got.Proto, got.Error)
		}
	}
}

// TestUnmaskOnce sends more requests to a server that wants HTTP/2 and closes:
// every answer says so, and the server is bothered with it once.
func TestUnmaskOnce(t *testing.T) {
	connections := make(chan struct{}, 100)
	wants := startsWith("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", settings)
	spec := specFor(serve(t, func(conn net.Conn) {
		connections <- struct{}{}
		wants(conn)
	}), patient)
	spec.Extra = 3
	for i, a := range run(t, spec, noSockets).Answers {
		if a.Outcome != check.SpeaksHTTP2 {
			t.Errorf("answer %d: %v, want %v", i, a.Outcome, check.SpeaksHTTP2)
		}
	}
	// Four requests, an offer of TLS and one of HTTP/2.
	if got := len(connections); got != 6 {
		t.Errorf("%d connections, want 6", got)
	}
}
