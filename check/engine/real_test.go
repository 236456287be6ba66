// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/containerd/errdefs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

// lower and upper are the layers of the test's image.
var (
	lower = []tar.Header{
		{Name: "bin", Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "usr/bin"},
		{Name: "data/", Typeflag: tar.TypeDir, Mode: 0o1777, Uid: 1003, Gid: 1004},
		{Name: "data/seed", Typeflag: tar.TypeReg, Mode: 0o640, Uid: 1003, Gid: 1004},
		{Name: "etc/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "etc/passwd", Typeflag: tar.TypeReg, Mode: 0o644},
		{Name: "gone", Typeflag: tar.TypeReg, Mode: 0o644},
		{Name: "usr/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "usr/bin/", Typeflag: tar.TypeDir, Mode: 0o711},
		{Name: "usr/bin/tool", Typeflag: tar.TypeReg, Mode: 0o4755, Uid: 7, Gid: 8},
		{Name: "usr/bin/tool2", Typeflag: tar.TypeLink, Mode: 0o4755, Uid: 7, Gid: 8, Linkname: "usr/bin/tool"},
	}
	upper = []tar.Header{
		{Name: ".wh.gone", Typeflag: tar.TypeReg, Mode: 0o644},
		{Name: "run.sh", Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "/bin/../bin/big"},
		{Name: "usr/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "usr/bin/", Typeflag: tar.TypeDir, Mode: 0o711},
		{Name: "usr/bin/big", Typeflag: tar.TypeReg, Mode: 0o755},
	}
	contents = map[string]string{
		"data/seed": "seed", "etc/passwd": "app:x:1003:1003::/:/bin/sh\n", "gone": "gone", "usr/bin/tool": "tool", "usr/bin/big": big,
	}
)

// loadImage loads the test's image, which has no command, and removes it at
// the end.
func loadImage(t *testing.T, c *engine.Client) string {
	t.Helper()
	image, err := mutate.AppendLayers(empty.Image, layer(t, lower), layer(t, upper))
	if err != nil {
		t.Fatal(err)
	}
	image, err = mutate.ConfigFile(image, withConfig(t, image))
	if err != nil {
		t.Fatal(err)
	}
	ref := "fgpreflight-test/engine:" + strings.ToLower(rand.Text())
	tag, err := name.NewTag(ref)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := tarball.Write(tag, image, &archive); err != nil {
		t.Fatal(err)
	}
	loaded, err := c.API().ImageLoad(t.Context(), &archive, client.ImageLoadWithQuiet(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeImage(t, c, ref) })
	defer loaded.Close()
	if _, err := io.Copy(io.Discard, loaded); err != nil {
		t.Fatal(err)
	}
	return ref
}

func removeImage(t *testing.T, c *engine.Client, ref string) {
	t.Helper()
	_, err := c.API().ImageRemove(context.WithoutCancel(t.Context()), ref, client.ImageRemoveOptions{Force: true})
	if err != nil {
		t.Errorf("removing the test's image: %v", err)
	}
}

func withConfig(t *testing.T, image v1.Image) *v1.ConfigFile {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	config.Config = v1.Config{
		User: "app", Env: []string{"A=1"}, WorkingDir: "/not/there",
		ExposedPorts: map[string]struct{}{"8000/tcp": {}, "53/udp": {}},
		Volumes:      map[string]struct{}{"/data": {}},
		Labels:       map[string]string{"org.example": "x"},
		Healthcheck:  &v1.HealthConfig{Test: []string{"NONE"}},
	}
	return config
}

func layer(t *testing.T, headers []tar.Header) v1.Layer {
	t.Helper()
	var buf bytes.Buffer
	out := tar.NewWriter(&buf)
	for _, h := range headers {
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(contents[h.Name]))
		}
		h.ModTime = time.Unix(1_700_000_000, 0)
		if err := out.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			io.WriteString(out, contents[h.Name])
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buf.Bytes())), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (e realEngine) testImage(t *testing.T) {
	c := e.connect(t)
	ref := loadImage(t, c)
	image, err := c.Image(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{image.ID, strings.TrimPrefix(image.ID, "sha256:")[:12]} {
		same, err := c.Image(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(image, same); diff != "" {
			t.Errorf("by %s: %s", id, diff)
		}
	}
	if image.OS != "linux" || image.Architecture != "amd64" || image.Size <= 0 {
		t.Errorf("image %+v, want linux/amd64 and a size", image)
	}
	var config v1.ConfigFile
	if err := json.Unmarshal(image.Config, &config); err != nil {
		t.Fatal(err)
	}
	want := v1.Config{
		User: "app", Env: []string{"A=1"}, WorkingDir: "/not/there",
		ExposedPorts: map[string]struct{}{"8000/tcp": {}, "53/udp": {}},
		Volumes:      map[string]struct{}{"/data": {}},
		Labels:       map[string]string{"org.example": "x"},
		Healthcheck:  &v1.HealthConfig{Test: []string{"NONE"}},
	}
	if image.Partial {
		want.Healthcheck = nil
	}
	if diff := cmp.Diff(want, config.Config); diff != "" {
		t.Error(diff)
	}
	if n := len(config.RootFS.DiffIDs); n != 2 {
		t.Errorf("%d diff IDs, want 2", n)
	}
	if _, err := c.Image(t.Context(), ref+"-missing"); !isNotFound(err) {
		t.Errorf("error %v, want a NotFoundError", err)
	}
}

func isNotFound(err error) bool {
	_, ok := errors.AsType[*engine.NotFoundError](err)
	return ok
}

func (e realEngine) testRootFS(t *testing.T) {
	c := e.connect(t)
	image, err := c.Image(t.Context(), loadImage(t, c))
	if err != nil {
		t.Fatal(err)
	}
	fsys := c.RootFS(t.Context(), image)
	defer fsys.Close(t.Context())

	// Asked for one by one, then again once a walk has listed them all.
	checkRealFiles(t, fsys)
	err = fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
		if name == ".dockerenv" {
			t.Error(".dockerenv is listed")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	checkRealFiles(t, fsys)

	for _, missing := range []string{"gone", "not/there", "not", ".dockerenv", "usr/bin/tool/below"} {
		if _, err := fsys.Lstat(missing); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Lstat(%q): error %v, want %v", missing, err, fs.ErrNotExist)
		}
	}
	closeAndCheck(t, c, fsys)
}

// checkRealFiles compares what the engine shows with the layers.
func checkRealFiles(t *testing.T, fsys *engine.FS) {
	t.Helper()
	for _, h := range slices.Concat(lower, upper) {
		if h.Name == "gone" || h.Name == ".wh.gone" {
			continue
		}
		info, err := fsys.Lstat(path.Clean(h.Name))
		if err != nil {
			t.Error(err)
			continue
		}
		want := h
		if h.Typeflag == tar.TypeLink {
			want.Typeflag, want.Linkname = tar.TypeReg, ""
		}
		got, ok := info.Sys().(*tar.Header)
		if !ok || got.Typeflag != want.Typeflag || got.Mode != want.Mode || got.Uid != want.Uid || got.Gid != want.Gid || got.Linkname != want.Linkname {
			t.Errorf("%s is %+v, want %+v", h.Name, got, want)
		}
	}
	for name, want := range map[string]string{"run.sh": big, "bin/tool2": "tool", "data/seed": "seed", "etc/passwd": contents["etc/passwd"]} {
		if got, err := fsys.ReadFile(name); string(got) != want || err != nil {
			t.Errorf("ReadFile(%q) = %d bytes, %v, want %d", name, len(got), err, len(want))
		}
	}
}

func (e realEngine) testConforms(t *testing.T) {
	c := e.connect(t)
	image, err := c.Image(t.Context(), loadImage(t, c))
	if err != nil {
		t.Fatal(err)
	}
	fsys := c.RootFS(t.Context(), image)
	defer fsys.Close(t.Context())
	usr, err := fs.Sub(fsys, "usr") // /etc/mtab, which Docker adds, leads nowhere
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(usr, "bin/tool", "bin/tool2", "bin/big"); err != nil {
		t.Error(err)
	}
}

// testCancelled holds that nothing is left behind when the context ends
// right after the container's creation, or in it.
func (e realEngine) testCancelled(t *testing.T) {
	c := e.connect(t)
	image, err := c.Image(t.Context(), loadImage(t, c))
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{0, 2 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond} {
		ctx, cancel := context.WithCancel(t.Context())
		fsys := c.RootFS(ctx, image)
		time.AfterFunc(after, cancel)
		for err = nil; err == nil; { // asks on until the context ends
			_, err = fsys.ReadDir(".")
			if ctx.Err() != nil {
				break
			}
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want %v", err, context.Canceled)
		}
		closeAndCheck(t, c, fsys)
	}
}

// closeAndCheck closes fsys and holds that neither its container nor the
// container's volumes are left.
func closeAndCheck(t *testing.T, c *engine.Client, fsys *engine.FS) {
	t.Helper()
	ctx := t.Context()
	var volumes []string
	if made, err := c.API().ContainerInspect(ctx, fsys.Container(), client.ContainerInspectOptions{}); err == nil {
		for _, mount := range made.Container.Mounts {
			volumes = append(volumes, mount.Name)
		}
		if len(volumes) != 1 {
			t.Errorf("volumes %q, want the one of /data", volumes)
		}
	}
	if err := fsys.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := c.API().ContainerInspect(ctx, fsys.Container(), client.ContainerInspectOptions{}); !errdefs.IsNotFound(err) {
		t.Errorf("the container is left: error %v", err)
	}
	for _, volume := range volumes {
		if _, err := c.API().VolumeInspect(ctx, volume, client.VolumeInspectOptions{}); !errdefs.IsNotFound(err) {
			t.Errorf("the volume %s is left: error %v", volume, err)
		}
	}
}
