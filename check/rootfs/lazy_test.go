// SPDX-License-Identifier: Apache-2.0

package rootfs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// program is larger than what is captured of it.
var program = bytes.Repeat([]byte("0123456789abcdef"), 1000)

// base returns a layer with accounts at the front, then a program and then
// much that nobody asks for.
func base(tb testing.TB) []byte {
	tb.Helper()
	items := []item{dir("etc"), file("etc/passwd", "root"), file("etc/group", "wheel"), file("usr/bin/python", string(program)).mode(0o755)}
	for i := range 500 {
		items = append(items, file(fmt.Sprintf("usr/share/%d", i), string(program)))
	}
	return tarOf(tb, items...)
}

// opened returns how often each layer was opened, lowest first.
func opened(f *rootfs.FS) []int64 {
	var n []int64
	for _, l := range f.Stats().Layers {
		n = append(n, l.Opened)
	}
	return n
}

// TestLazy asks one question after the other and looks at what was read.
func TestLazy(t *testing.T) {
	blob := base(t)
	app := tarOf(t, file("app/main", string(program)).mode(0o755), file("app/data", "data"))
	f := open(t, rootfs.Options{}, stack(blob, app)...)
	steps := []struct {
		what       string
		do         func() error
		want       []int64 // How often each layer was opened.
		atMost     int64   // Bytes read of the lower layer.
		wantEntry  int64   // Entries indexed of the lower layer.
		layersDone int
	}{
		{"nothing", func() error { return nil }, []int64{0, 0}, 0, 0, 0},
		{"upper layer", stat(f, "app/main"), []int64{0, 1}, 0, 0, 0},
		{"upper layer, further on", stat(f, "app/data"), []int64{0, 1}, 0, 0, 0},
		{"head of a program", readHead(f, "app/main"), []int64{0, 1}, 0, 0, 0},
		{"lower layer's front", read(f, "etc/passwd", "root"), []int64{1, 1}, 70 * 1024, 2, 1},
		{"the same again", read(f, "etc/passwd", "root"), []int64{1, 1}, 70 * 1024, 2, 1},
		{"a bit further", readHead(f, "usr/bin/python"), []int64{1, 1}, 70 * 1024, 4, 1},
		{"whole content", read(f, "usr/bin/python", string(program)), []int64{2, 1}, 140 * 1024, 4, 1},
		{"a missing name", missing(f, "no/such"), []int64{2, 1}, int64(len(blob)) + 70*1024, 504, 2},
		{"a listing", func() error { _, err := f.ReadDir("usr"); return err }, []int64{2, 1}, int64(len(blob)) + 70*1024, 504, 2},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.what, err)
		}
		if diff := cmp.Diff(step.want, opened(f)); diff != "" {
			t.Errorf("%s: layers opened (-want +got):\n%s", step.what, diff)
		}
		lower := f.Stats().Layers[0]
		if lower.Read > step.atMost {
			t.Errorf("%s: %d bytes read of the lower layer, want at most %d", step.what, lower.Read, step.atMost)
		}
		if lower.Entries != step.wantEntry {
			t.Errorf("%s: %d entries of the lower layer, want %d", step.what, lower.Entries, step.wantEntry)
		}
		if done := layersDone(f); done != step.layersDone {
			t.Errorf("%s: %d layers read to the end, want %d", step.what, done, step.layersDone)
		}
	}
}

func layersDone(f *rootfs.FS) int {
	n := 0
	for _, l := range f.Stats().Layers {
		if l.Done {
			n++
		}
	}
	return n
}

func stat(f *rootfs.FS, name string) func() error {
	return func() error { _, err := f.Stat(name); return err }
}

func read(f *rootfs.FS, name, want string) func() error {
	return func() error {
		data, err := f.ReadFile(name)
		if err == nil && string(data) != want {
			err = fmt.Errorf("content of %d bytes, want %d", len(data), len(want))
		}
		return err
	}
}

func missing(f *rootfs.FS, name string) func() error {
	return func() error {
		if _, err := f.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("got %w, want ErrNotExist", err)
		}
		return nil
	}
}

// readHead reads the first 512 bytes of program both ways.
func readHead(f *rootfs.FS, name string) func() error {
	return func() error {
		file, err := f.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		got := make([]byte, 512)
		if _, err := io.ReadFull(file, got); err != nil {
			return err
		}
		again := make([]byte, 512)
		if _, err := file.(io.ReaderAt).ReadAt(again, 0); err != nil {
			return err
		}
		if !bytes.Equal(got, program[:512]) || !bytes.Equal(again, got) {
			return errors.New("wrong content")
		}
		return nil
	}
}

// TestImpliedParents has an image whose layers name no directory: the upper
// layer must answer alone.
func TestImpliedParents(t *testing.T) {
	f := open(t, rootfs.Options{}, stack(base(t), tarOf(t, file("ko-app/app", "app"), file("usr/local/bin/x", "x")))...)
	for _, name := range []string{"ko-app/app", "usr/local/bin/x"} {
		if _, err := f.Stat(name); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]int64{0, 1}, opened(f)); diff != "" {
		t.Errorf("layers opened (-want +got):\n%s", diff)
	}
}

// TestRootIsImplied shows that nobody reads layers to look for an entry of the
// root, which few have; one is believed when whole layers are read.
func TestRootIsImplied(t *testing.T) {
	layers := stack(tarOf(t, dir(".").mode(0o700)), tarOf(t, dir("app")))
	lazy := open(t, rootfs.Options{}, layers...)
	if info, err := lazy.Stat("."); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the root is %v, %v; want 0755", info, err)
	}
	if diff := cmp.Diff([]int64{0, 0}, opened(lazy)); diff != "" {
		t.Errorf("layers opened for the root (-want +got):\n%s", diff)
	}
	whole := open(t, rootfs.Options{Complete: true}, layers...)
	if info, err := whole.Stat("."); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the root of whole layers is %v, %v; want 0700", info, err)
	}
}

// TestHiddenBelow has questions that the upper layer answers by hiding.
func TestHiddenBelow(t *testing.T) {
	upper := tarOf(t, file(".wh.etc", ""), dir("usr"), file("usr/.wh..wh..opq", ""), file("usr/new", ""), file("var", "a file"))
	f := open(t, rootfs.Options{}, stack(base(t), upper)...)
	for _, name := range []string{"etc", "etc/passwd", "usr/bin", "var/x"} {
		if err := missing(f, name)(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := f.ReadDir("usr"); err != nil || len(list) != 1 {
		t.Errorf("usr: %v, %v; want one entry", list, err)
	}
	if diff := cmp.Diff([]int64{0, 1}, opened(f)); diff != "" {
		t.Errorf("layers opened (-want +got):\n%s", diff)
	}
}

func TestCaptureTotal(t *testing.T) {
	limits := rootfs.Limits{CaptureTotal: 1500}
	blob := tarOf(t, file("a", string(program)).mode(0o755), file("b", string(program)).mode(0o755), file("c", "small").mode(0o755))
	f := open(t, rootfs.Options{Limits: limits}, stack(blob)...)
	for i, name := range []string{"a", "b"} {
		if err := readHead(f, name)(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// The second file's reader is closed and opened again to go back.
		if got, want := opened(f)[0], int64(1+2*i); got != want {
			t.Errorf("%s: layer opened %d times, want %d", name, got, want)
		}
	}
	if err := read(f, "c", "small")(); err != nil || opened(f)[0] != 3 {
		t.Errorf("what still fits: %v, layer opened %d times, want 3", err, opened(f)[0])
	}
}

// TestComplete reads all before the first answer, once.
func TestComplete(t *testing.T) {
	f := open(t, rootfs.Options{Complete: true}, stack(gzipped(t, base(t)), zstded(t, base(t)), tarOf(t, file("a", "a")), tarOf(t))...)
	for range 2 {
		if _, err := f.Stat("a"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int64{1, 1, 1, 1}, opened(f)); diff != "" {
			t.Errorf("layers opened (-want +got):\n%s", diff)
		}
		if got := layersDone(f); got != 4 {
			t.Errorf("%d layers done, want 4", got)
		}
	}
}

func TestSeek(t *testing.T) {
	f := open(t, rootfs.Options{}, stack(base(t))...)
	file, err := f.Open("usr/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := file.(io.ReadSeeker)
	for _, offset := range []int64{15_999, 1000, 0, 1024, 5000, 4999} {
		if _, err := s.Seek(offset, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(s)
		if err != nil || !bytes.Equal(got, program[offset:]) {
			t.Errorf("from %d: %d bytes, %v", offset, len(got), err)
		}
	}
	if at, err := s.Seek(-1, io.SeekEnd); err != nil || at != 15_999 {
		t.Errorf("Seek to the end: %d, %v", at, err)
	}
	for _, whence := range []int{io.SeekStart, 7} {
		if _, err := s.Seek(-1, whence); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Seek(-1, %d): %v, want ErrInvalid", whence, err)
		}
	}
	if _, err := file.(io.ReaderAt).ReadAt(make([]byte, 1), -1); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("ReadAt(-1): %v, want ErrInvalid", err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Read of a closed file: %v, want ErrClosed", err)
	}
}

// TestClose closes what is paused; what is known stays known.
func TestClose(t *testing.T) {
	var closed int
	layers := stack(base(t), tarOf(t, file("a", "a")))
	for i := range layers {
		blob := layers[i].Open
		layers[i].Open = func(ctx context.Context) (io.ReadCloser, error) {
			r, err := blob(ctx)
			return closer{r, &closed}, err
		}
	}
	f := rootfs.New(t.Context(), layers, rootfs.Options{})
	if err := read(f, "etc/passwd", "root")(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if closed != 2 {
		t.Errorf("%d layers closed, want 2", closed)
	}
	if _, err := f.Stat("a"); err != nil {
		t.Errorf("what is known: %v", err)
	}
	if _, err := f.Stat("usr/share/1"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("what is not known: %v, want ErrClosed", err)
	}
}

type closer struct {
	io.Reader

	closed *int
}

func (c closer) Close() error {
	*c.closed++
	return nil
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	for _, complete := range []bool{false, true} {
		f := open(t, rootfs.Options{Complete: complete}, stack(gzipped(t, base(t)), zstded(t, tarOf(t, file("a", "a"))))...)
		program, err := f.Open("usr/bin/python")
		if err != nil {
			t.Fatal(err)
		}
		defer program.Close()
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				buf := make([]byte, 100)
				_, err := program.(io.ReaderAt).ReadAt(buf, int64(i)*900)
				err = errors.Join(err, stat(f, fmt.Sprintf("usr/share/%d", i*50))(), read(f, "a", "a")(), missing(f, "no")())
				if err != nil {
					t.Error(err)
				}
				f.Stats()
			})
		}
		wg.Wait()
	}
}
