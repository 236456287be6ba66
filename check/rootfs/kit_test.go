// SPDX-License-Identifier: Apache-2.0

package rootfs_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// item is one entry of a layer to be made.
type item struct {
	tar.Header

	data string
}

func dir(name string) item {
	return item{Header: tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}}
}

func file(name, data string) item {
	return item{Header: tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644}, data: data}
}

func symlink(name, target string) item {
	return item{Header: tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target, Mode: 0o777}}
}

func hardlink(name, target string) item {
	return item{Header: tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: target, Mode: 0o644}}
}

func node(name string, typeflag byte) item {
	return item{Header: tar.Header{Name: name, Typeflag: typeflag, Mode: 0o600}}
}

func (i item) mode(mode int64) item {
	i.Mode = mode
	return i
}

func (i item) owner(uid, gid int) item {
	i.Uid, i.Gid = uid, gid
	return i
}

func tarOf(tb testing.TB, items ...item) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, i := range items {
		i.Size = int64(len(i.data))
		if err := w.WriteHeader(&i.Header); err != nil {
			tb.Fatalf("%q: %v", i.Name, err)
		}
		if _, err := io.WriteString(w, i.data); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	return compressed(tb, &b, w, data)
}

func zstded(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		tb.Fatal(err)
	}
	return compressed(tb, &b, w, data)
}

func compressed(tb testing.TB, b *bytes.Buffer, w io.WriteCloser, data []byte) []byte {
	tb.Helper()
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func digest(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

// stack makes layers of blobs, lowest first, named "layer 0" and so on.
func stack(blobs ...[]byte) []rootfs.Layer {
	var layers []rootfs.Layer
	for i, blob := range blobs {
		layers = append(layers, rootfs.Layer{
			Name: fmt.Sprintf("layer %d", i),
			Open: func(context.Context) (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(blob)), nil
			},
		})
	}
	return layers
}

// open returns the file system of layers, lowest first, and closes it when the
// test ends.
func open(tb testing.TB, o rootfs.Options, layers ...rootfs.Layer) *rootfs.FS {
	tb.Helper()
	f := rootfs.New(tb.Context(), layers, o)
	tb.Cleanup(func() {
		if err := f.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return f
}

// dump returns a line for each file but the root.
func dump(f *rootfs.FS) ([]string, error) {
	var lines []string
	err := fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line, err := describe(f, name, info)
		lines = append(lines, name+" "+line)
		return err
	})
	return lines, err
}

// describe returns mode, owner, and link target or content.
func describe(f *rootfs.FS, name string, info fs.FileInfo) (string, error) {
	h, ok := info.Sys().(*tar.Header)
	if !ok {
		return "", fmt.Errorf("%s: Sys is a %T", name, info.Sys())
	}
	line := fmt.Sprintf("%v %d:%d", info.Mode(), h.Uid, h.Gid)
	if info.Mode().Type() == fs.ModeSymlink {
		target, err := f.ReadLink(name)
		return line + " -> " + target, err
	}
	if info.Mode().IsRegular() {
		data, err := f.ReadFile(name)
		return fmt.Sprintf("%s %q", line, data), err
	}
	return line, nil
}

// lookup answers as dump does, but for one name and following links; the last
// component's only if follow is set.
func lookup(f *rootfs.FS, name string, follow bool) string {
	stat := f.Lstat
	if follow {
		stat = f.Stat
	}
	info, err := stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "missing"
	case errors.Is(err, rootfs.ErrLinkLoop):
		return "loop"
	case err != nil:
		return err.Error()
	}
	line, err := describe(f, name, info)
	if err != nil {
		return err.Error()
	}
	return line
}
