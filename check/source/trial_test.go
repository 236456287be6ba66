// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
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
		options source.Options
		want    []string
	}{
		"alone": {source.Options{}, fixed()},
		"all": {
			source.Options{Stage: "api", Platform: "linux/amd64", BuildArgs: map[string]string{"B": "2", "A": "x=1"}},
			fixed("--target", "api", "--platform", "linux/amd64", "--build-arg", "A=x=1", "--build-arg", "B=2"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, source.BuildArguments("app/Dockerfile", "id", c.options)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// fakeDocker puts a script in the place of docker, which notes what it is
// called with: $1 to $6 are build --quiet --force-rm --iidfile FILE --file.
const fakeDocker = `#!/bin/sh
echo "$1" >>%[1]s/calls
case $1 in
images) echo %[2]s ;;
build) %[3]s ;;
rmi) %[4]s ;;
esac
`

func TestBuild(t *testing.T) {
	const made, idle = "echo sha256:abc >$5", "true"
	for name, c := range map[string]struct {
		before, build, remove string
		calls                 string
		fails                 string // what the error of the build says
		stays                 bool   // removing fails
	}{
		"a new image":        {"sha256:def", made, idle, "images build rmi", "", false},
		"there before":       {"sha256:abc", made, idle, "images build", "", false},
		"in use by now":      {"", made, "echo conflict: in use >&2; exit 1", "images build rmi", "", false},
		"cannot be removed":  {"", made, "echo no engine >&2; exit 1", "images build rmi", "", true},
		"does not build":     {"", "echo step 1 fails >&2; exit 1", idle, "images build", "docker build: step 1 fails; see to it that the Dockerfile builds", false},
		"writes no image ID": {"", idle, idle, "images build", "reading the ID of the built image", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			script := fmt.Sprintf(fakeDocker, dir, c.before, c.build, c.remove)
			if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
			id, remove, err := source.Build(t.Context(), filepath.Join(dir, "Dockerfile"))
			switch {
			case c.fails != "":
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("got %v, want %q", err, c.fails)
				}
			case err != nil || id != "sha256:abc":
				t.Errorf("got %q, %v", id, err)
			default:
				if err := remove(t.Context()); (err != nil) != c.stays {
					t.Errorf("removing it: %v", err)
				}
			}
			calls, err := os.ReadFile(filepath.Join(dir, "calls"))
			if got := strings.Join(strings.Fields(string(calls)), " "); err != nil || got != c.calls {
				t.Errorf("docker was called for %q, %v, want %q", got, err, c.calls)
			}
		})
	}
}

func TestNothingToBuildWith(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, _, err := source.Build(t.Context(), "Dockerfile")
	if _, ok := errors.AsType[*check.UnavailableError](err); !ok {
		t.Errorf("got %v, want that the command is missing", err)
	}
}

func TestBuildInterrupted(t *testing.T) {
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted)
	if _, _, err := source.Build(ctx, "Dockerfile"); !errors.Is(err, interrupted) {
		t.Errorf("got %v, want %v", err, interrupted)
	}
}
