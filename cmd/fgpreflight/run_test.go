// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
	cli "github.com/fgpreflight/fgpreflight/cmd/fgpreflight"
)

// goodArchive writes an archive of the good image and returns its path.
func goodArchive(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../testdata/script/images/good.txtar")
	if err != nil {
		t.Fatal(err)
	}
	c, err := checktest.Parse("good", data)
	if err != nil {
		t.Fatal(err)
	}
	image, err := c.Build()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "good.tar")
	checktest.WriteFile(t, path, image.DockerArchive("app:1.0"))
	return path
}

// A report is written as soon as its turn comes, whatever later targets do, and
// the end of the call's context ends what is still being read.
func TestReportsFlow(t *testing.T) {
	asked := make(chan struct{})
	registry := httptest.NewServer(hang(asked))
	defer registry.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	r, w := io.Pipe()
	code, stderr := make(chan int, 1), new(bytes.Buffer)
	go func() {
		hanging := "registry:" + strings.TrimPrefix(registry.URL, "http://") + "/app"
		code <- cli.Run(ctx, []string{goodArchive(t), hanging}, strings.NewReader(""), w, stderr)
		w.Close()
	}()
	<-asked
	first := make([]byte, 4<<10)
	n, err := r.Read(first)
	if err != nil || !strings.Contains(string(first[:n]), "(docker-archive app:1.0") {
		t.Fatalf("got %q, %v; want the first report while the second target hangs", first[:n], err)
	}
	cancel(errors.New("enough"))
	rest, err := io.ReadAll(r)
	if err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v after the end", rest, err)
	}
	if got := <-code; got != 3 {
		t.Errorf("exit code %d, want 3", got)
	}
	if got := stderr.String(); got != "fgpreflight: enough\n" {
		t.Errorf("standard error: %q", got)
	}
}

// No more targets are read side by side than --jobs says.
func TestJobs(t *testing.T) {
	var now, most atomic.Int32
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if agent := r.UserAgent(); !strings.HasPrefix(agent, "fgpreflight/") {
			t.Errorf("user agent %q", agent)
		}
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(10 * time.Millisecond) // Others would have the time to come in.
		now.Add(-1)
		http.NotFound(w, r)
	}))
	defer registry.Close()
	args := []string{"--jobs", "2"}
	for range 6 {
		args = append(args, "registry:"+strings.TrimPrefix(registry.URL, "http://")+"/app")
	}
	if code := cli.Run(t.Context(), args, strings.NewReader(""), io.Discard, io.Discard); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	if n := most.Load(); n == 0 || n > 2 {
		t.Errorf("%d requests at a time, want 1 or 2", n)
	}
}

// Of images that share a base, the base is fetched once, and every image passes
// as it does alone.
func TestSharedBase(t *testing.T) {
	data, err := os.ReadFile("../../testdata/script/images/good.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	fetched := make(map[string]int)
	registry := checktest.NewRegistry(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, digest, ok := strings.Cut(r.URL.Path, "/blobs/"); ok && r.Method == http.MethodGet {
				mu.Lock()
				fetched[digest]++
				mu.Unlock()
			}
			next.ServeHTTP(w, r)
		})
	})
	args := []string{"--jobs", "4", "--format", "jsonl"}
	for i := range 12 {
		own := fmt.Sprintf("-- layer2/files --\n/app dir\n/app/%d file\n", i)
		c, err := checktest.Parse("good", append(bytes.Clone(data), own...))
		if err != nil {
			t.Fatal(err)
		}
		image, err := c.Build()
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("app%d", i)
		registry.Push(t, image, name, "1")
		args = append(args, "registry:"+registry.Host+"/"+name+":1")
	}
	var stdout, stderr bytes.Buffer
	if code := cli.Run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != 0 || stderr.Len() > 0 {
		t.Errorf("exit code %d, want 0: %s", code, stderr.String())
	}
	if n := bytes.Count(stdout.Bytes(), []byte("\n")); n != 12 {
		t.Errorf("%d lines of reports, want 12", n)
	}
	for digest, n := range fetched {
		if n != 1 {
			t.Errorf("%s was fetched %d times, want once", digest, n)
		}
	}
	if want := 1 + 12 + 12; len(fetched) != want {
		t.Errorf("%d blobs fetched, want %d: the base, and of each image a layer and a config", len(fetched), want)
	}
}

// A reader that nothing can interrupt does not keep the program from its end.
func TestStuckInput(t *testing.T) {
	stuck, w := io.Pipe()
	defer w.Close()
	var stderr bytes.Buffer
	code := cli.Run(t.Context(), []string{"--timeout", "10ms", "-"}, stuck, io.Discard, &stderr)
	if code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	if got := stderr.String(); got != "fgpreflight: -: not done within 10ms; give it more time with --timeout\n" {
		t.Errorf("standard error: %q", got)
	}
}

// A reader of the report who has seen enough gets no complaint, and a report
// that cannot be written no exit code that lies.
func TestOutputFails(t *testing.T) {
	good := goodArchive(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"check": {good}, "several": {good, good}, "json": {"--format", "json", good},
		"help": {"--help"}, "rules": {"rules"}, "explain": {"explain", "FG202"},
		"schema": {"schema"}, "version": {"version"}, "completion": {"completion", "bash"},
	} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			var stderr bytes.Buffer
			cmd := exec.CommandContext(t.Context(), exe, args...)
			cmd.Args[0] = "fgpreflight"
			cmd.Stdout, cmd.Stderr = w, &stderr
			err = cmd.Run()
			w.Close()
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 3 {
				t.Errorf("broken pipe: %v, want exit code 3", err)
			}
			if stderr.Len() > 0 {
				t.Errorf("broken pipe: standard error: %s", &stderr)
			}

			code := cli.Run(t.Context(), args, strings.NewReader(""), failing{}, &stderr)
			if got := stderr.String(); code != 3 || got != "fgpreflight: writing to standard output: no room\n" {
				t.Errorf("exit code %d, standard error %q", code, got)
			}
		})
	}
}

// failing is a writer that cannot write.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no room") }

// A defect in a source is one line like any other trouble.
func TestOpenPanics(t *testing.T) {
	_, _, err := cli.Open(t.Context(), "-", source.Options{Stdin: panicking{}})
	if want := "opening it panicked: oops (a defect of fgpreflight, please report it)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("oops") }
