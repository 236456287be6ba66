// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// TestWriteArchive shows that what is written for an engine is the image that
// was opened, whatever it was opened from.
func TestWriteArchive(t *testing.T) {
	image := newImage(t, "{}")
	layout := filepath.Join(t.TempDir(), "layout")
	image.WriteLayout(t, layout)
	for name, target := range map[string]string{
		"docker archive":  writeFile(t, "docker.tar", image.DockerArchive("app:1")),
		"compressed":      writeFile(t, "docker.tgz", checktest.Gzip(image.DockerArchive("app:1"))),
		"OCI archive":     writeFile(t, "oci.tar", image.OCIArchive()),
		"layout":          layout,
		"a layout by tag": "oci:" + layout,
	} {
		t.Run(name, func(t *testing.T) {
			_, opened, err := source.Open(t.Context(), target, source.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			var written bytes.Buffer
			if err := source.WriteArchive(t.Context(), opened, &written, "check.example/app:2"); err != nil {
				t.Fatal(err)
			}
			again := open(t, writeFile(t, "again.tar", written.Bytes()), source.Options{})
			config, err := again.Config(t.Context())
			if err != nil || config.User.Or("") != "app" {
				t.Errorf("the config has the user %v, %v", config, err)
			}
			if got := info(t, again).Name; got != "check.example/app:2" {
				t.Errorf("the image is called %q", got)
			}
			files, err := again.Tree(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			entries, err := fs.ReadDir(files, ".")
			var names []string
			for _, e := range entries {
				names = append(names, e.Name())
			}
			if diff := cmp.Diff([]string{"bin", "data", "etc", "usr"}, names); diff != "" || err != nil {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
}

// TestWriteBrokenArchive shows that an engine never gets a whole archive of a
// broken image.
func TestWriteBrokenArchive(t *testing.T) {
	image := newImage(t, "{}")
	for name, spoil := range map[string]func(blob string) error{
		"a layer that is cut off": func(blob string) error { return os.Truncate(blob, 10) },
		"a layer with more":       func(blob string) error { return os.WriteFile(blob, make([]byte, 1<<20), 0o600) },
		"a layer that is missing": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			layout := filepath.Join(t.TempDir(), "layout")
			image.WriteLayout(t, layout)
			blob := filepath.Join(layout, "blobs", "sha256", strings.TrimPrefix(image.Layers[0].Digest, "sha256:"))
			if err := spoil(blob); err != nil {
				t.Fatal(err)
			}
			_, opened, err := source.Open(t.Context(), layout, source.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			err = source.WriteArchive(t.Context(), opened, io.Discard, "")
			if err == nil {
				t.Error("it was written")
			}
		})
	}
}

// TestLoadFails shows what is said where nothing can be started.
func TestLoadFails(t *testing.T) {
	nowhere := engine.Options{Host: "unix://" + filepath.Join(t.TempDir(), "none.sock")}
	archive := writeFile(t, "app.tar", newImage(t, "{}").DockerArchive("app:1"))
	dockerfile := writeFile(t, "Dockerfile", []byte("FROM scratch\n"))
	for name, target := range map[string]string{"an image": archive, "a Dockerfile": dockerfile} {
		t.Run(name, func(t *testing.T) {
			_, opened, err := source.Open(t.Context(), target, source.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			_, err = source.Load(t.Context(), opened, nowhere, false)
			known, ok := errors.AsType[*source.Error](err)
			if !ok || known.Target != target || known.WayOut == "" || !strings.Contains(err.Error(), "none.sock") {
				t.Errorf("got %v, want the target, the socket and a way out", err)
			}
		})
	}
}

func TestBuildArguments(t *testing.T) {
	fixed := func(more ...string) []string {
		return slices.Concat([]string{"build", "--quiet", "--force-rm", "--iidfile", "id", "--file", "app/Dockerfile"}, more, []string{"app"})
	}
	for name, c := range map[string]struct {
		name    string
		options source.Options
		want    []string
	}{
		"alone": {"", source.Options{}, fixed()},
		"named": {"a:b", source.Options{}, fixed("--tag", "a:b", "--label", "fgpreflight.image=a:b")},
		"all": {
			"",
			source.Options{Stage: "api", Platform: "linux/amd64", BuildArgs: map[string]string{"B": "2", "A": "x=1"}},
			fixed("--target", "api", "--platform", "linux/amd64", "--build-arg", "A=x=1", "--build-arg", "B=2"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, source.BuildArguments("app/Dockerfile", "id", c.name, c.options)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestBuildWithDocker(t *testing.T) {
	for name, c := range map[string]struct{ build, fails string }{
		"an image":            {"echo sha256:abc >$5", ""}, // build --quiet --force-rm --iidfile FILE
		"does not build":      {"echo step 1 fails >&2; exit 1", "docker build: step 1 fails; see to it that the Dockerfile builds"},
		"says more than that": {"printf 'DEPRECATED: old\\n#1 [1/1] FROM none\\nERROR: failed to solve: none\\n\\nView build details: x\\n' >&2; exit 1", "docker build: failed to solve: none; see to it that the Dockerfile builds"},
		"writes no image ID":  {"true", "reading the ID of the built image"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "docker"), []byte("#!/bin/sh\n"+c.build+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
			id, err := source.BuildWithDocker(t.Context(), filepath.Join(dir, "Dockerfile"))
			switch {
			case c.fails == "" && (err != nil || id != "sha256:abc"):
				t.Errorf("got %q, %v", id, err)
			case c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)):
				t.Errorf("got %v, want %q", err, c.fails)
			}
		})
	}
}

func TestNothingToBuildWith(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := source.BuildWithDocker(t.Context(), "Dockerfile")
	if known, ok := errors.AsType[*source.Error](err); !ok || known.WayOut != "install it, or check an image that is built" {
		t.Errorf("got %v, want that the command is missing", err)
	}
}

func TestBuildInterrupted(t *testing.T) {
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted)
	if _, err := source.BuildWithDocker(ctx, "Dockerfile"); !errors.Is(err, interrupted) {
		t.Errorf("got %v, want %v", err, interrupted)
	}
}
