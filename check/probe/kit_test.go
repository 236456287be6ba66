// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/probe"
)

// Real servers stay far below patient; impatient is for those that hang.
const (
	patient   = time.Minute
	impatient = time.Second / 2
)

// newClock returns a clock that is a second later whenever it is asked.
func newClock() func() time.Time {
	now := time.Unix(1_700_000_000, 0).UTC()
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

const titles = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

// tables returns a /proc with tables of sockets.
func tables(tcp, tcp6, udp, udp6 string) fstest.MapFS {
	return fstest.MapFS{
		"net/tcp":  {Data: []byte(titles + tcp)},
		"net/tcp6": {Data: []byte(titles + tcp6)},
		"net/udp":  {Data: []byte(titles + udp)},
		"net/udp6": {Data: []byte(titles + udp6)},
	}
}

var noSockets = tables("", "", "", "")

// listen returns a listener on a loopback port of the test, which closes it.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// serve passes each connection to handle, closes it then, and returns the port.
func serve(t *testing.T, handle func(net.Conn)) int {
	t.Helper()
	l := listen(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return portOf(l)
}

// closedPort returns a port that nothing listens at.
func closedPort(t *testing.T) int {
	t.Helper()
	l := listen(t)
	l.Close()
	return portOf(l)
}

// specFor returns a spec with one GET / as the health request.
func specFor(port int, requestTimeout time.Duration) probe.Spec {
	return probe.Spec{
		Port: port, StartTimeout: patient, PollInterval: time.Millisecond, RequestTimeout: requestTimeout,
		Requests: []probe.Request{{Method: "GET", Path: "/", Purpose: "health"}},
	}
}

// run runs a prober and reads what it writes.
func run(t *testing.T, spec probe.Spec, proc fs.FS) probe.Result {
	t.Helper()
	var out bytes.Buffer
	if err := (probe.Prober{Now: newClock(), Proc: proc}).Run(t.Context(), spec, &out); err != nil {
		t.Fatal(err)
	}
	result, err := probe.Read(&out, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !result.Done {
		t.Error("the prober did not say that it has finished")
	}
	return result
}

// ask runs a prober with one GET / and returns the answer.
func ask(t *testing.T, port int, requestTimeout time.Duration) check.Answer {
	t.Helper()
	result := run(t, specFor(port, requestTimeout), noSockets)
	if len(result.Answers) != 1 {
		t.Fatalf("%d answers, want 1", len(result.Answers))
	}
	return result.Answers[0]
}

var errBroken = errors.New("broken")

// failing fails to be written to, or to be read from.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errBroken }
func (failing) Read([]byte) (int, error)  { return 0, errBroken }
