// SPDX-License-Identifier: Apache-2.0

package rootfs_test

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// FuzzTar reads arbitrary bytes as a layer. It must stay within its limits, and
// answer the same twice. What looks like a header gets a valid checksum, or
// hardly any change would come through.
func FuzzTar(f *testing.F) {
	plain := tarOf(f, dir("./"), file("etc/passwd", "root"), file("usr/bin/x", strings.Repeat("x", 2000)).mode(0o755),
		symlink("bin", "usr/bin"), hardlink("y", "bin/x"), file("usr/.wh.z", ""), file("usr/.wh..wh..opq", ""))
	f.Add(plain)
	f.Add(gzipped(f, plain))
	f.Add(zstded(f, plain))
	f.Add(plain[:1000])
	f.Add(gzipped(f, plain)[:100])
	f.Add(slices.Concat(sparse("s", 1<<20, 4), make([]byte, 2048)))
	limits := rootfs.Limits{Bytes: 1 << 20, Entries: 1000, FileSize: 1 << 16}
	f.Fuzz(func(t *testing.T, blob []byte) {
		blob = bytes.Clone(blob)
		for block := range slices.Chunk(blob, 512) {
			if len(block) == 512 && string(block[257:262]) == "ustar" {
				setChecksum(block)
			}
		}
		file := open(t, rootfs.Options{Limits: limits}, stack(blob)...)
		first, err := dump(file)
		if _, ok := errors.AsType[*rootfs.LayerError](err); err != nil && !ok && !errors.Is(err, rootfs.ErrLimit) {
			t.Fatalf("neither a LayerError nor a limit: %v", err)
		}
		if errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v is ErrNotExist", err)
		}
		// A program's content may be read again, each time within the limit.
		for _, l := range file.Stats().Layers {
			if most := l.Opened * (limits.Bytes + 1<<17); l.Unpacked > most {
				t.Errorf("%d bytes unpacked, want at most %d", l.Unpacked, most)
			}
		}
		second, secondErr := dump(file)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("asked again (-first +second):\n%s", diff)
		}
		if (err == nil) != (secondErr == nil) {
			t.Errorf("asked again: %v, first: %v", secondErr, err)
		}
	})
}

// FuzzName puts a file of any name into a layer: it must be found under the
// name that is cleaned by hand, and nowhere else.
func FuzzName(f *testing.F) {
	for _, name := range []string{"a", "./a", "/a", "a//b", "../../a", "a/../b", "...", "a/.", ".wh.a", "a/.wh..wh..opq", ".wh..wh.x", "a\\b", "a\xffb", "\x1b[31m", " "} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || strings.HasSuffix(name, "/") || strings.ContainsRune(name, 0) || len(name) > 4096 {
			return // Not the name of a file in a tar.
		}
		var want []string
		isWhiteout := false
		for component := range strings.SplitSeq(name, "/") {
			switch component {
			case "", ".":
			case "..":
				want = want[:max(0, len(want)-1)]
			default:
				want = append(want, component)
			}
		}
		for _, component := range want {
			isWhiteout = isWhiteout || strings.HasPrefix(component, ".wh.")
		}
		var files []string
		err := fs.WalkDir(open(t, rootfs.Options{}, stack(tarOf(t, file(name, "")))...), ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var wantFiles []string
		if !isWhiteout && len(want) > 0 {
			wantFiles = []string{strings.Join(want, "/")}
		}
		if diff := cmp.Diff(wantFiles, files); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	})
}
