// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// remains returns the containers and images of an owner.
func remains(t *testing.T, c *engine.Client, owner string) []string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	var left []string
	containers, err := c.API().ContainerList(ctx, client.ContainerListOptions{
		All: true, Filters: make(client.Filters).Add("label", engine.LabelOwner+"="+owner),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range containers.Items {
		left = append(left, strings.Join(found.Names, " "))
	}
	images, err := c.API().ImageList(ctx, client.ImageListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range images.Items {
		for _, tag := range found.RepoTags {
			if strings.Contains(tag, ":"+strings.ReplaceAll(owner, "@", "-")) {
				left = append(left, tag)
			}
		}
	}
	return left
}

// buildProgram builds the program of the tests once for each architecture.
func buildProgram(t *testing.T, arch string) []byte {
	t.Helper()
	built, err := programs[arch]()
	if err != nil {
		t.Fatal(err)
	}
	return built
}

var programs = map[string]func() ([]byte, error){
	"amd64": sync.OnceValues(func() ([]byte, error) { return goBuild("amd64") }),
	"arm64": sync.OnceValues(func() ([]byte, error) { return goBuild("arm64") }),
}

func goBuild(arch string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "program")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	target := filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", target, "./testdata/program")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(out))
	}
	return os.ReadFile(target)
}

// archiveOf writes the image of the tests as a docker archive.
func archiveOf(t *testing.T, ref string, config v1.Config) []byte {
	t.Helper()
	var buf bytes.Buffer
	out := tar.NewWriter(&buf)
	add := func(h tar.Header, content []byte) {
		h.Size = int64(len(content))
		if err := out.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		out.Write(content)
	}
	add(tar.Header{Name: "app/", Typeflag: tar.TypeDir, Mode: 0o755, Uid: 1003, Gid: 1003}, nil)
	add(tar.Header{Name: "app/old", Mode: 0o644, Uid: 1003}, []byte("old"))
	add(tar.Header{Name: "program", Mode: 0o755}, buildProgram(t, "amd64"))
	add(tar.Header{Name: "closed", Mode: 0o700}, buildProgram(t, "amd64"))
	add(tar.Header{Name: "plain", Mode: 0o644}, []byte("x"))
	add(tar.Header{Name: "text", Mode: 0o755}, []byte("hello\n"))
	add(tar.Header{Name: "script", Mode: 0o755}, []byte("#!/bin/none\n"))
	add(tar.Header{Name: "arm", Mode: 0o755}, buildProgram(t, "arm64"))
	out.Close()
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buf.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: config, RootFS: rootFS(t, image)})
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.ParseReference(ref) // by a digest it has no name in the archive
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := tarball.Write(tag, image, &archive); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func rootFS(t *testing.T, image v1.Image) v1.RootFS {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return config.RootFS
}

// imageConfig is the config of the image of the tests, with much that the
// conditions override.
var imageConfig = v1.Config{
	User: "0:0", WorkingDir: "/app", Env: []string{"A=image", "B=image"},
	Entrypoint: []string{"/program"}, Cmd: []string{"report"},
	Volumes:     map[string]struct{}{"/data": {}},
	Healthcheck: &v1.HealthConfig{Test: []string{"CMD", "/program", "write", "/app/health"}, Interval: time.Second},
}

// loadProgram loads the image of the tests and removes it at the end.
func loadProgram(t *testing.T, c *engine.Client) string {
	t.Helper()
	id, err := c.Load(t.Context(), bytes.NewReader(archiveOf(t, c.NewName(), imageConfig)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.RemoveImage(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
	return id
}

// function are the conditions of a function that runs the program.
func function(args ...string) engine.Conditions {
	return engine.Conditions{User: check.Identity{UID: 1003, GID: 1003}, Dir: "/", Entrypoint: []string{"/program"}, Cmd: args, Memory: 128 << 20}
}

// start starts a container that is removed at the end, with its volumes.
func start(t *testing.T, c *engine.Client, image string, k engine.Conditions) *engine.Container {
	t.Helper()
	started, err := c.Start(t.Context(), image, k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := started.Remove(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return started
}

// wait waits for a container's end.
func wait(t *testing.T, c *engine.Container) check.Exit {
	t.Helper()
	exit, err := c.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return exit
}

// signalWriter tells when a text was written.
type signalWriter struct {
	text string
	seen chan struct{}

	mu  sync.Mutex
	all bytes.Buffer
}

func newSignal(text string) *signalWriter {
	return &signalWriter{text: text, seen: make(chan struct{})}
}

func (s *signalWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	had := strings.Contains(s.all.String(), s.text)
	s.all.Write(p)
	if !had && strings.Contains(s.all.String(), s.text) {
		close(s.seen)
	}
	return len(p), nil
}

func (s *signalWriter) await(t *testing.T) {
	t.Helper()
	select {
	case <-s.seen:
	case <-t.Context().Done():
		t.Fatal("the container did not say: " + s.text)
	case <-time.After(time.Minute):
		t.Fatal("the container did not say: " + s.text)
	}
}

// ready starts a container and waits until it says that it is ready.
func ready(t *testing.T, c *engine.Client, image string, k engine.Conditions) *engine.Container {
	t.Helper()
	said := newSignal("ready")
	k.Output = said
	started := start(t, c, image, k)
	said.await(t)
	return started
}
