// SPDX-License-Identifier: Apache-2.0

package rootfs_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// TestBrokenLayer has one bad layer above a good one. Every question gets the
// same error, which names the layer and is not a missing file.
func TestBrokenLayer(t *testing.T) {
	good := tarOf(t, file("a", "a"))
	plain := base(t)
	packed := gzipped(t, plain)
	badSum := bytes.Clone(packed)
	badSum[len(badSum)-5] ^= 1
	var many []item
	for i := range 100 {
		many = append(many, file(strconv.Itoa(i), ""))
	}
	bomb := append(tarOf(t, file("b", "b")), make([]byte, 4<<20)...)
	tests := []struct {
		name   string
		blob   []byte
		limits rootfs.Limits
		want   string // Part of the message.
		limit  bool   // Wraps ErrLimit.
	}{
		{name: "empty", blob: nil, want: "unexpected EOF"},
		{name: "no tar", blob: bytes.Repeat([]byte("garbage "), 200), want: "invalid tar header"},
		{name: "short garbage", blob: []byte("hi"), want: "unexpected EOF"},
		{name: "cut off tar", blob: plain[:len(plain)/2+7], want: "unexpected EOF"},
		{name: "cut off gzip", blob: packed[:len(packed)/2], want: "unexpected EOF"},
		{name: "cut off gzip header", blob: packed[:4], want: "unexpected EOF"},
		{name: "cut off zstd", blob: zstded(t, plain)[:2000], want: "unexpected EOF"},
		{name: "corrupt gzip", blob: append(bytes.Clone(packed[:1000]), packed[1100:]...), want: "layer 1"},
		{name: "cut off in a captured program", blob: tarOf(t, file("p", string(program)).mode(0o755))[:1000], want: "entry 0: reading the content: unexpected EOF"},
		{name: "wrong gzip checksum", blob: badSum, want: "checksum"},
		{name: "garbage behind gzip", blob: append(bytes.Clone(packed), "garbage garbage"...), want: "invalid header"},
		{name: "zstd window", blob: largeWindow(t), want: "window size exceeded"},
		{name: "bytes", blob: packed, limits: rootfs.Limits{Bytes: 1 << 20}, want: "more than 1048576 bytes", limit: true},
		{name: "bytes behind the end", blob: gzipped(t, bomb), limits: rootfs.Limits{Bytes: 1 << 20}, want: "more than 1048576 bytes", limit: true},
		{name: "ratio", blob: gzipped(t, bomb), limits: rootfs.Limits{RatioFree: 1 << 20}, want: "more than 200 times", limit: true},
		{name: "ratio of zstd", blob: zstded(t, bomb), limits: rootfs.Limits{RatioFree: 1 << 20}, want: "more than 200 times", limit: true},
		{name: "blob", blob: bomb, limits: rootfs.Limits{Bytes: 1 << 20}, want: "more than 1048576 bytes", limit: true},
		{name: "entries", blob: tarOf(t, many...), limits: rootfs.Limits{Entries: 99}, want: "more than 99 entries", limit: true},
		{name: "implied directories", blob: tarOf(t, file(strings.Repeat("d/", 100)+"f", "")), limits: rootfs.Limits{Entries: 99}, want: "more than 99 entries", limit: true},
		{name: "implied directories of a whiteout", blob: tarOf(t, file(strings.Repeat("d/", 100)+".wh.f", "")), limits: rootfs.Limits{Entries: 99}, want: "more than 99 entries", limit: true},
		{name: "name", blob: tarOf(t, file(strings.Repeat("n", 5000), "")), want: "a name of 5000 bytes", limit: true},
		{name: "link", blob: tarOf(t, symlink("l", strings.Repeat("n", 5000))), want: "a name of 5000 bytes", limit: true},
		{name: "all names", blob: tarOf(t, many...), limits: rootfs.Limits{NamesTotal: 50}, want: "more than 50 bytes of names", limit: true},
		{name: "all links", blob: tarOf(t, symlink("l", strings.Repeat("n", 50))), limits: rootfs.Limits{NamesTotal: 50}, want: "more than 50 bytes of names", limit: true},
	}
	for _, test := range tests {
		for _, complete := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, complete %t", test.name, complete), func(t *testing.T) {
				f := open(t, rootfs.Options{Complete: complete, Limits: test.limits}, stack(good, test.blob)...)
				err := wantBroken(t, f, "layer 1", test.want)
				if got := errors.Is(err, rootfs.ErrLimit); got != test.limit {
					t.Errorf("ErrLimit: %t, want %t: %v", got, test.limit, err)
				}
			})
		}
	}
}

// wantBroken asks for a file below the broken layer in every way, twice.
func wantBroken(t *testing.T, f *rootfs.FS, layer, want string) error {
	t.Helper()
	var first error
	for range 2 {
		_, statErr := f.Stat("a")
		_, lstatErr := f.Lstat("a")
		_, openErr := f.Open("a")
		_, readErr := f.ReadFile("a")
		_, linkErr := f.ReadLink("a")
		_, dirErr := f.ReadDir(".")
		for _, err := range []error{statErr, lstatErr, openErr, readErr, linkErr, dirErr} {
			broken, ok := errors.AsType[*rootfs.LayerError](err)
			if !ok || broken.Layer != layer || !strings.Contains(err.Error(), want) {
				t.Fatalf("%v, want a LayerError of %s with %q", err, layer, want)
			}
			if errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v is ErrNotExist", err)
			}
			if first == nil {
				first = broken
			}
			if broken.Error() != first.Error() {
				t.Errorf("%v, but before it was %v", broken, first)
			}
		}
	}
	return first
}

// largeWindow makes a frame that asks for 128 MiB.
func largeWindow(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(128<<20), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	if err != nil {
		t.Fatal(err)
	}
	// Flushed, so that the frame does not fit a single segment.
	if _, err := w.Write(make([]byte, 1024)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return compressed(t, &b, w, make([]byte, 1024))
}

func TestDigests(t *testing.T) {
	plain := tarOf(t, file("b", "b"))
	padded := append(bytes.Clone(plain), make([]byte, 20*512)...)
	skippable := append([]byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"), zstded(t, plain)...)
	wrong := digest([]byte("something else"))
	tests := []struct {
		name           string
		blob           []byte
		digest, diffID string
		want           string
	}{
		{"gzip", gzipped(t, plain), digest(gzipped(t, plain)), digest(plain), ""},
		{"zstd", zstded(t, plain), digest(zstded(t, plain)), digest(plain), ""},
		{"zstd behind a skippable frame", skippable, digest(skippable), digest(plain), ""},
		{"plain", plain, digest(plain), digest(plain), ""},
		{"bytes behind the end", gzipped(t, padded), digest(gzipped(t, padded)), digest(padded), ""},
		{"wrong digest", gzipped(t, plain), wrong, digest(plain), "digest mismatch: got sha256:"},
		{"wrong diff ID", gzipped(t, plain), "", wrong, "uncompressed: digest mismatch: got sha256:"},
		{"wrong sha512", gzipped(t, plain), "sha512:00", "", "digest mismatch: got sha512:"},
		{"unknown algorithm", plain, "md5:00", "", "unknown algorithm"},
		{"unknown algorithm of the diff ID", plain, "", "00", "unknown algorithm"},
	}
	for _, test := range tests {
		for _, complete := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, complete %t", test.name, complete), func(t *testing.T) {
				layers := stack(tarOf(t, file("a", "a")), test.blob)
				layers[1].Digest, layers[1].DiffID = test.digest, test.diffID
				f := open(t, rootfs.Options{Complete: complete}, layers...)
				if test.want != "" {
					wantBroken(t, f, "layer 1", test.want)
					return
				}
				if err := read(f, "a", "a")(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestMissingBlob is not a missing file, although the cause says so.
func TestMissingBlob(t *testing.T) {
	layers := stack(tarOf(t, file("a", "a")), nil)
	layers[1].Open = func(context.Context) (io.ReadCloser, error) {
		return nil, &fs.PathError{Op: "open", Path: "blobs/sha256/abc", Err: fs.ErrNotExist}
	}
	wantBroken(t, open(t, rootfs.Options{}, layers...), "layer 1", "opening the blob: open blobs/sha256/abc: file does not exist")
}

// TestBlobErrors has a blob that cannot be read, and one that cannot be closed,
// which does not matter once it was read.
func TestBlobErrors(t *testing.T) {
	layers := stack(tarOf(t, file("a", "a")), nil)
	layers[1].Open = func(context.Context) (io.ReadCloser, error) { return readCloser{err: io.ErrClosedPipe}, nil }
	wantBroken(t, open(t, rootfs.Options{}, layers...), "layer 1", "io: read/write on closed pipe")

	blob := base(t)
	layers[0].Open = func(context.Context) (io.ReadCloser, error) {
		return readCloser{Reader: bytes.NewReader(blob), err: io.ErrClosedPipe}, nil
	}
	f := rootfs.New(t.Context(), layers[:1], rootfs.Options{})
	if err := read(f, "etc/passwd", "root")(); err != nil {
		t.Error(err)
	}
	if err := f.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Close in the middle: %v, want the blob's error", err)
	}
	f = rootfs.New(t.Context(), layers[:1], rootfs.Options{Complete: true})
	if err := errors.Join(stat(f, "etc/passwd")(), f.Close()); err != nil {
		t.Errorf("Close at the end: %v", err)
	}
}

// readCloser fails every read, if it has no Reader, and to close.
type readCloser struct {
	io.Reader

	err error
}

func (r readCloser) Read(p []byte) (int, error) {
	if r.Reader == nil {
		return 0, r.err
	}
	return r.Reader.Read(p)
}

func (r readCloser) Close() error { return r.err }

// TestBrokenBelow has a layer that breaks behind what was asked first.
func TestBrokenBelow(t *testing.T) {
	blob := base(t)
	f := open(t, rootfs.Options{}, stack(blob[:len(blob)/2], tarOf(t, file("up", "up")))...)
	if err := read(f, "etc/passwd", "root")(); err != nil {
		t.Error(err)
	}
	wantBroken(t, f, "layer 0", "unexpected EOF")
	if err := read(f, "up", "up")(); err != nil {
		t.Errorf("the layer above: %v", err)
	}
	whole := open(t, rootfs.Options{Complete: true}, stack(blob[:len(blob)/2], tarOf(t, file("a", "a")))...)
	wantBroken(t, whole, "layer 0", "unexpected EOF")
}

// TestTopmostError must not depend on which layer is read faster.
func TestTopmostError(t *testing.T) {
	blob := base(t)
	f := open(t, rootfs.Options{Complete: true}, stack([]byte("bad"), blob, blob[:len(blob)/2], tarOf(t, file("a", "a")))...)
	wantBroken(t, f, "layer 2", "unexpected EOF")
}

// TestBrokenContent has a layer that is cut off inside a file.
func TestBrokenContent(t *testing.T) {
	f := open(t, rootfs.Options{}, stack(base(t)[:10_000])...)
	for range 2 {
		_, err := f.ReadFile("usr/bin/python")
		if _, ok := errors.AsType[*rootfs.LayerError](err); !ok || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v, want a LayerError with ErrUnexpectedEOF", err)
		}
	}
}

// TestChangedLayer has a layer that is another one when it is read again.
func TestChangedLayer(t *testing.T) {
	for _, second := range [][]byte{tarOf(t), tarOf(t, file("a", "shorter"))} {
		layers := stack(tarOf(t, file("a", string(program))), second)
		again := layers[1].Open
		first := layers[0].Open
		n := 0
		layers[0].Open = func(ctx context.Context) (io.ReadCloser, error) {
			if n++; n > 1 {
				return again(ctx)
			}
			return first(ctx)
		}
		f := open(t, rootfs.Options{}, layers[0])
		if _, err := f.ReadFile("a"); err == nil || !strings.Contains(err.Error(), "has changed") {
			t.Errorf("%v, want the layer to have changed", err)
		}
	}
}

func TestFileSize(t *testing.T) {
	f := open(t, rootfs.Options{Limits: rootfs.Limits{FileSize: 15_999}}, stack(base(t))...)
	if _, err := f.ReadFile("usr/bin/python"); !errors.Is(err, rootfs.ErrLimit) {
		t.Errorf("%v, want ErrLimit", err)
	}
	if err := read(f, "etc/passwd", "root")(); err != nil {
		t.Error(err)
	}
}

// TestContext ends the context before, and in the middle of, an endless layer.
func TestContext(t *testing.T) {
	stopped := errors.New("stopped by the test")
	ctx, cancel := context.WithCancelCause(t.Context())
	reads := 0
	layers := stack(nil)
	layers[0].Open = func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(readerFunc(func(p []byte) (int, error) {
			if reads++; reads == 10 {
				cancel(stopped)
			}
			return copy(p, sparse("s", 1<<40, 1<<40)), nil
		})), nil
	}
	f := rootfs.New(ctx, layers, rootfs.Options{})
	defer f.Close()
	for range 2 {
		if _, err := f.Stat("a"); !errors.Is(err, stopped) {
			t.Errorf("%v, want the cause", err)
		}
	}
	if reads > 11 {
		t.Errorf("%d reads, want none after the end of the context", reads)
	}
	f = rootfs.New(ctx, stack(base(t)), rootfs.Options{})
	if err := stat(f, "etc")(); !errors.Is(err, stopped) || opened(f)[0] != 0 {
		t.Errorf("with a context that has ended: %v, opened %v", err, opened(f))
	}
}

type readerFunc func([]byte) (int, error)

func (r readerFunc) Read(p []byte) (int, error) { return r(p) }

// sparse returns the header of an old GNU sparse file of the given size, whose
// last bytes, stored many of them, are in the archive.
func sparse(name string, size, stored int64) []byte {
	var h [512]byte
	copy(h[0:], name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:], number(stored))
	copy(h[136:], "00000000000\x00")
	h[156] = tar.TypeGNUSparse
	copy(h[257:], "ustar  \x00")
	copy(h[386:], number(size-stored))
	copy(h[398:], number(stored))
	copy(h[483:], number(size))
	setChecksum(h[:])
	return h[:]
}

// setChecksum makes a tar header valid that was made or changed by hand.
func setChecksum(header []byte) {
	copy(header[148:], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
}

// number returns 12 bytes, in base 256.
func number(n int64) []byte {
	b := []byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	for i := 11; n > 0; i-- {
		b[i] = byte(n)
		n >>= 8
	}
	return b
}

func TestSparse(t *testing.T) {
	var blob []byte
	blob = append(blob, sparse("s", 100_000, 4)...)
	blob = append(blob, append([]byte("tail"), make([]byte, 508)...)...)
	blob = append(blob, sparse("huge", 1<<50, 4)...)
	blob = append(blob, append([]byte("tail"), make([]byte, 508)...)...)
	blob = append(blob, tarOf(t, file("a", "a"))...)
	f := open(t, rootfs.Options{Complete: true}, stack(blob)...)
	if err := read(f, "s", strings.Repeat("\x00", 99_996)+"tail")(); err != nil {
		t.Error(err)
	}
	if _, err := f.ReadFile("huge"); !errors.Is(err, rootfs.ErrLimit) {
		t.Errorf("%v, want ErrLimit", err)
	}
	if err := read(f, "a", "a")(); err != nil {
		t.Error(err)
	}
}

// TestHeadersApart has what is no file: a global header, and an unknown type.
func TestHeadersApart(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []*tar.Header{
		{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "x"}},
		{Typeflag: 'V', Name: "volume"},
		{Typeflag: tar.TypeReg, Name: "a", ModTime: time.Unix(1, 0)},
	} {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := open(t, rootfs.Options{}, stack(b.Bytes())...)
	got, err := f.ReadDir(".")
	if err != nil || len(got) != 1 || got[0].Name() != "a" {
		t.Errorf("%v, %v; want a alone", got, err)
	}
}
