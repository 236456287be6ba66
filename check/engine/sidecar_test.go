// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

func programBinary(t *testing.T) engine.Binary {
	t.Helper()
	content := buildProgram(t, "amd64")
	return func() (io.ReadCloser, int64, error) {
		return io.NopCloser(bytes.NewReader(content)), int64(len(content)), nil
	}
}

// removeSidecars removes the image of the sidecars at the end.
func removeSidecars(t *testing.T, c *engine.Client) {
	t.Helper()
	t.Cleanup(func() {
		for range 2 { // the second finds nothing
			if err := c.RemoveSidecarImage(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

// beside starts a sidecar and a server that shares its network.
func beside(t *testing.T, c *engine.Client, image string, args ...string) (*engine.Container, io.ReadCloser) {
	t.Helper()
	sidecar, out, err := c.Sidecar(t.Context(), "none", programBinary(t), args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sidecar.Remove(t.Context()) })
	k := function("serve")
	k.Network = sidecar.Network()
	start(t, c, image, k)
	return sidecar, out
}

func (e realEngine) testSidecar(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	removeSidecars(t, c)
	for range 2 { // the second needs no image any more
		sidecar, out := beside(t, c, image, "ask")
		all, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		if exit := wait(t, sidecar); exit.Code != 0 {
			t.Errorf("exit %+v", exit)
		}
		status, report, _ := bytes.Cut(all, []byte("\n"))
		if string(status) != "200 OK" {
			t.Errorf("answer %q, want 200 OK", status)
		}
		none := strings.Repeat("0", 16)
		seen := parseReport(t, report)
		for name, want := range map[string]string{
			"Uid": "65534 65534 65534 65534", "CapEff": none, "CapBnd": none, "NoNewPrivs": "1", "up": "lo ",
			"args": "/fgpreflight ask",
		} {
			if seen[name] != want {
				t.Errorf("%s is %q, want %q", name, seen[name], want)
			}
		}
		if !strings.Contains(seen["mount /"], " ro") {
			t.Errorf("/ is mounted %q, want it read-only", seen["mount /"])
		}
		if !slices.Contains(sidecar.Log().Lines, "asked") {
			t.Errorf("log %q, want its standard error there", sidecar.Log().Lines)
		}
	}
}

func (e realEngine) testSidecarFails(t *testing.T) {
	c := e.starter(t)
	broken := errors.New("no program here")
	_, _, err := c.Sidecar(t.Context(), "none", func() (io.ReadCloser, int64, error) { return nil, 0, broken }, nil)
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	short := func() (io.ReadCloser, int64, error) { return io.NopCloser(strings.NewReader("x")), 1 << 20, nil }
	if _, _, err := c.Sidecar(t.Context(), "none", short, nil); err == nil {
		t.Error("no error for a program that is shorter than it says")
	}
}

// testPublished calls a port that the engine publishes.
func (e realEngine) testPublished(t *testing.T) {
	c := e.starter(t)
	k := function("serve", "0.0.0.0:8000")
	k.Network, k.Publish = "bridge", 8000
	server := start(t, c, loadProgram(t, c), k)
	at := server.Published()
	if !at.Addr().IsLoopback() {
		t.Fatalf("published at %v", at)
	}
	for {
		answer, err := (&http.Client{}).Get("http://" + at.String())
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("status %d", answer.StatusCode)
			}
			return
		}
		select { // The engine takes connections before the server does.
		case <-t.Context().Done():
			t.Fatal(err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// testSidecarClosed holds that a reader who has enough does not stop the
// program or its removal.
func (e realEngine) testSidecarClosed(t *testing.T) {
	c := e.starter(t)
	removeSidecars(t, c)
	sidecar, out, err := c.Sidecar(t.Context(), "none", programBinary(t), []string{"flood", "10000000"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sidecar.Remove(t.Context()) })
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if exit := wait(t, sidecar); exit.Code != 0 {
		t.Errorf("exit %+v", exit)
	}
}
