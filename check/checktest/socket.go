// SPDX-License-Identifier: Apache-2.0

package checktest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// ServeSocket serves a handler on a Unix socket, as an engine does, and returns
// its address, "unix:///…".
func ServeSocket(tb testing.TB, h http.Handler) string {
	tb.Helper()
	socket := filepath.Join(ShortDir(tb), "e.sock")
	var config net.ListenConfig
	listener, err := config.Listen(tb.Context(), "unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	if err := server.Listener.Close(); err != nil { // It listens to TCP.
		tb.Fatal(err)
	}
	server.Listener = listener
	server.Start()
	tb.Cleanup(server.Close)
	return "unix://" + socket
}

// ShortDir makes a folder of which a socket's path may begin, and which lies in
// no other folder of the test's.
func ShortDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "fg") //nolint:usetesting // The path of TempDir is too long for a socket.
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Error(err)
		}
	})
	return dir
}
