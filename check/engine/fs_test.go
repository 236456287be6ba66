// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// big is longer than what a first look-up keeps.
var big = strings.Repeat("0123456789abcdef", 1000)

// smallTree has every kind of file.
var smallTree = []node{
	{path: "/", typ: tar.TypeDir, mode: 0o755},
	{path: "/.dockerenv", typ: tar.TypeReg, mode: 0o755},
	{path: "/abs", typ: tar.TypeSymlink, mode: 0o777, link: "/usr/bin/../bin/tool"},
	{path: "/bin", typ: tar.TypeSymlink, mode: 0o777, link: "usr/bin"},
	{path: "/big", typ: tar.TypeReg, mode: 0o644, data: big},
	{path: "/dangling", typ: tar.TypeSymlink, mode: 0o777, link: "nowhere"},
	{path: "/empty", typ: tar.TypeReg, mode: 0o600},
	{path: "/fifo", typ: tar.TypeFifo, mode: 0o600},
	{path: "/loop", typ: tar.TypeSymlink, mode: 0o777, link: "loop"},
	{path: "/tmp", typ: tar.TypeDir, mode: 0o1777},
	{path: "/up", typ: tar.TypeSymlink, mode: 0o777, link: "../../../usr"},
	{path: "/usr", typ: tar.TypeDir, mode: 0o755},
	{path: "/usr/bin", typ: tar.TypeDir, mode: 0o750, uid: 1003},
	{path: "/usr/bin/.dockerenv", typ: tar.TypeReg, mode: 0o644, data: "mine"},
	{path: "/usr/bin/other", typ: tar.TypeLink, mode: 0o4755, uid: 7, link: "/usr/bin/tool", data: "tool"},
	{path: "/usr/bin/tool", typ: tar.TypeReg, mode: 0o4755, uid: 7, data: "tool"},
}

// hardLinked has the hard link after the file, where a tar has it.
func hardLinked() []node {
	tree := slices.Clone(smallTree)
	last := len(tree) - 1
	tree[last-1], tree[last] = tree[last], tree[last-1]
	return tree
}

// podman is what the component of Podman is called.
const podman = "Podman Engine"

// onBoth returns a tree as the two engines show it, by their names.
func onBoth(t *testing.T, tree []node) map[string]*engine.FS {
	t.Helper()
	return map[string]*engine.FS{
		"docker": (&fake{tree: tree}).rootFS(t),
		"podman": (&fake{tree: tree, component: podman}).rootFS(t),
	}
}

func TestLookUp(t *testing.T) {
	tests := []struct {
		name string
		mode fs.FileMode // of the file, links followed
		size int64
		uid  int
		err  error
	}{
		{name: ".", mode: fs.ModeDir | 0o755},
		{name: "usr/bin/tool", mode: fs.ModeSetuid | 0o755, size: 4, uid: 7},
		{name: "bin/tool", mode: fs.ModeSetuid | 0o755, size: 4, uid: 7},
		{name: "bin", mode: fs.ModeDir | 0o750, uid: 1003},
		{name: "abs", mode: fs.ModeSetuid | 0o755, size: 4, uid: 7},
		{name: "up/bin/tool", mode: fs.ModeSetuid | 0o755, size: 4, uid: 7},
		{name: "usr/bin/other", mode: fs.ModeSetuid | 0o755, size: 4, uid: 7},
		{name: "tmp", mode: fs.ModeDir | fs.ModeSticky | 0o777},
		{name: "fifo", mode: fs.ModeNamedPipe | 0o600},
		{name: "usr/bin/.dockerenv", mode: 0o644, size: 4},
		{name: ".dockerenv", err: fs.ErrNotExist},
		{name: "missing", err: fs.ErrNotExist},
		{name: "missing/below", err: fs.ErrNotExist},
		{name: "big/below", err: fs.ErrNotExist},
		{name: "dangling", err: fs.ErrNotExist},
		{name: "loop", err: check.ErrTooManyLinks},
		{name: "loop/below", err: check.ErrTooManyLinks},
		{name: "/usr", err: fs.ErrInvalid},
		{name: "usr/../usr", err: fs.ErrInvalid},
	}
	for kind, fsys := range onBoth(t, hardLinked()) {
		for _, tt := range tests {
			t.Run(kind+" "+tt.name, func(t *testing.T) {
				info, err := fsys.Stat(tt.name)
				if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
					t.Fatalf("error %v, want %v", err, tt.err)
				}
				if err != nil {
					return
				}
				h, ok := info.Sys().(*tar.Header)
				if !ok || info.Mode() != tt.mode || info.Size() != tt.size || h.Uid != tt.uid {
					t.Errorf("%v, %d bytes, header %+v, want %v, %d bytes, owner %d", info.Mode(), info.Size(), h, tt.mode, tt.size, tt.uid)
				}
			})
		}
	}
}

func TestLinksAreNotFollowed(t *testing.T) {
	targets := map[string]string{"bin": "usr/bin", "dangling": "nowhere", "abs": "/usr/bin/../bin/tool"}
	for kind, fsys := range onBoth(t, hardLinked()) {
		for name, target := range targets {
			info, err := fsys.Lstat(name)
			if err != nil {
				t.Fatal(err)
			}
			h, ok := info.Sys().(*tar.Header)
			if !ok || info.Mode().Type() != fs.ModeSymlink || h.Linkname != target {
				t.Errorf("%s: Lstat(%q) = %v, %+v, want a link to %q", kind, name, info.Mode(), h, target)
			}
			if got, err := fsys.ReadLink(name); got != target || err != nil {
				t.Errorf("%s: ReadLink(%q) = %q, %v, want %q", kind, name, got, err, target)
			}
		}
		if _, err := fsys.ReadLink("usr"); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: ReadLink of a directory: error %v, want %v", kind, err, fs.ErrInvalid)
		}
	}
}

// TestAskedOnce holds that a path costs one request, whatever is asked of it.
func TestAskedOnce(t *testing.T) {
	f := &fake{tree: smallTree}
	fsys := f.rootFS(t)
	if n := len(f.containers); n != 0 {
		t.Fatalf("%d containers before the first question, want none", n)
	}
	for range 3 {
		fsys.Stat("usr/bin/tool")
		fsys.ReadFile("bin/tool")
		fsys.Stat("usr/missing")
	}
	want := []string{"archive /bin", "archive /usr", "archive /usr/bin", "archive /usr/bin/tool", "archive /usr/missing"}
	for _, line := range want {
		if n := f.requests("GET " + line); n != 1 {
			t.Errorf("%d requests %q, want 1", n, line)
		}
	}
	if n := f.requests("POST create"); n != 1 {
		t.Errorf("%d containers were created, want 1", n)
	}
}

// TestWalkAsksOnce holds that a walk costs one request.
func TestWalkAsksOnce(t *testing.T) {
	f := &fake{tree: hardLinked()}
	fsys := f.rootFS(t)
	fsys.Stat("usr/bin/tool") // what is known before stays known
	before := len(f.asked)
	var seen []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		seen = append(seen, fmt.Sprintf("%s %v", name, info.Mode()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		". drwxr-xr-x", "abs Lrwxrwxrwx", "big -rw-r--r--", "bin Lrwxrwxrwx", "dangling Lrwxrwxrwx", "empty -rw-------",
		"fifo prw-------", "loop Lrwxrwxrwx", "tmp dtrwxrwxrwx", "up Lrwxrwxrwx", "usr drwxr-xr-x", "usr/bin drwxr-x---",
		"usr/bin/.dockerenv -rw-r--r--", "usr/bin/other urwxr-xr-x", "usr/bin/tool urwxr-xr-x",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	if _, err := fsys.Stat("usr/not-listed"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
	if n := len(f.asked) - before; n != 2 {
		t.Errorf("%d requests for a walk, want the root and its tar: %q", n, f.asked[before:])
	}
}

// TestHardLinkToElsewhere has a link in the listing that names no file in it.
func TestHardLinkToElsewhere(t *testing.T) {
	fsys := (&fake{tree: smallTree}).rootFS(t)
	list, err := fsys.ReadDir("usr/bin")
	if err != nil {
		t.Fatal(err)
	}
	info, err := list[1].Info()
	if err != nil || list[1].Name() != "other" || info.Size() != 4 {
		t.Errorf("entry %v, %v, error %v, want other with 4 bytes", list[1], info, err)
	}
}

func TestRead(t *testing.T) {
	contents := map[string]string{"bin/tool": "tool", "big": big, "empty": ""}
	failures := map[string]error{"usr": fs.ErrInvalid, "fifo": fs.ErrInvalid, "missing": fs.ErrNotExist}
	for kind, fsys := range onBoth(t, hardLinked()) {
		for name, want := range contents {
			if got, err := fsys.ReadFile(name); string(got) != want || err != nil {
				t.Errorf("%s: ReadFile(%q) = %d bytes, %v, want %d", kind, name, len(got), err, len(want))
			}
		}
		for name, err := range failures {
			if _, got := fsys.ReadFile(name); !errors.Is(got, err) {
				t.Errorf("%s: ReadFile(%q): error %v, want %v", kind, name, got, err)
			}
			if _, got := fsys.ReadDir(name); name != "usr" && !errors.Is(got, err) {
				t.Errorf("%s: ReadDir(%q): error %v, want %v", kind, name, got, err)
			}
		}
	}
}

// TestReadHead holds that the start of a program costs nothing more.
func TestReadHead(t *testing.T) {
	f := &fake{tree: smallTree}
	file, err := f.rootFS(t).Open("big")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	head := make([]byte, 64)
	at := file.(io.ReaderAt)
	if n, err := at.ReadAt(head, 512); n != 64 || err != nil || string(head) != big[512:576] {
		t.Errorf("ReadAt = %d, %v, want 64 bytes of the file", n, err)
	}
	if n := f.requests("GET archive /big"); n != 1 {
		t.Errorf("%d requests for the head, want 1", n)
	}
	if n, err := at.ReadAt(head, int64(len(big)-10)); n != 10 || !errors.Is(err, io.EOF) || string(head[:10]) != big[len(big)-10:] {
		t.Errorf("ReadAt at the end = %d, %v, want 10 bytes and io.EOF", n, err)
	}
	for _, off := range []int64{int64(len(big)), 1 << 62} {
		if n, err := at.ReadAt(head, off); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("ReadAt(%d) = %d, %v, want io.EOF", off, n, err)
		}
	}
	if _, err := at.ReadAt(head, -1); err == nil {
		t.Error("ReadAt(-1) has no error")
	}
	if all, err := io.ReadAll(file); string(all) != big || err != nil {
		t.Errorf("ReadAll = %d bytes, %v, want %d", len(all), err, len(big))
	}
	if n := f.requests("GET archive /big"); n != 2 {
		t.Errorf("%d requests for the file, want 2", n)
	}
}

func TestFSConforms(t *testing.T) {
	tree := slices.DeleteFunc(hardLinked(), func(n node) bool {
		return n.path == "/loop" || n.path == "/dangling" || n.path == "/fifo" // fstest opens them
	})
	for kind, fsys := range onBoth(t, tree) {
		if err := fstest.TestFS(fsys, "usr/bin/tool", "usr/bin/other", "bin", "big", "empty"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestBadArchives has answers that must be errors, and not a missing file.
func TestBadArchives(t *testing.T) {
	send := func(headers ...*tar.Header) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			okArchive(w)
			out := tar.NewWriter(w)
			for _, h := range headers {
				out.WriteHeader(h)
			}
			out.Flush()
		}
	}
	dir := &tar.Header{Name: "/", Typeflag: tar.TypeDir}
	tests := map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"no stat": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }, "resource stat"},
		"no tar": {func(w http.ResponseWriter, _ *http.Request) {
			okArchive(w)
			io.WriteString(w, strings.Repeat("x", 2000))
		}, "invalid tar header"},
		"empty":            {func(w http.ResponseWriter, _ *http.Request) { okArchive(w) }, "its answer breaks off"},
		"server error":     {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 500, strings.Repeat("no ", 9999)) }, "no no"},
		"not in its place": {send(dir, &tar.Header{Name: "/a/b", Typeflag: tar.TypeReg}), `entry "/a/b" is not where it belongs`},
		"itself again":     {send(dir, &tar.Header{Name: "../..", Typeflag: tar.TypeReg}), `is not where it belongs`},
		"cut off": {func(w http.ResponseWriter, r *http.Request) {
			send(dir)(w, r)
			io.WriteString(w, "/a")
			panic(http.ErrAbortHandler)
		}, "EOF"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := (&fake{archive: tt.answer}).rootFS(t).ReadDir(".")
			if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 2000 {
				t.Errorf("error %v, want %q in a short one", err, tt.want)
			}
		})
	}
}

// TestHeadIsCutOff has a file that ends before its size.
func TestHeadIsCutOff(t *testing.T) {
	f := &fake{archive: func(w http.ResponseWriter, _ *http.Request) {
		okArchive(w)
		tar.NewWriter(w).WriteHeader(&tar.Header{Name: "a", Typeflag: tar.TypeReg, Size: 10})
		io.WriteString(w, "12345")
	}}
	if _, err := f.rootFS(t).Stat("a"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want %v", err, io.ErrUnexpectedEOF)
	}
}

// TestExport holds that Podman is asked for the tree once, that programs and
// accounts come with it, and that a broken export is not an empty image.
func TestExport(t *testing.T) {
	f := &fake{component: podman, tree: []node{
		{path: "/", typ: tar.TypeDir},
		{path: "/etc", typ: tar.TypeDir, mode: 0o755},
		{path: "/etc/passwd", typ: tar.TypeReg, mode: 0o644, data: "app"},
		{path: "/note", typ: tar.TypeReg, mode: 0o644, data: "note"},
		{path: "/prog", typ: tar.TypeReg, mode: 0o755, data: big},
		{path: "/same", typ: tar.TypeLink, mode: 0o755, link: "/prog"},
	}}
	fsys := f.rootFS(t)
	read := func(name, want string, requests int) {
		t.Helper()
		if got, err := fsys.ReadFile(name); string(got) != want || err != nil {
			t.Errorf("ReadFile(%q) = %d bytes, %v, want %d", name, len(got), err, len(want))
		}
		if n := f.requests("GET export"); n != requests {
			t.Errorf("%d exports after %s, want %d", n, name, requests)
		}
	}
	read("etc/passwd", "app", 1)
	file, err := fsys.Open("same")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	head := make([]byte, 64)
	if _, err := io.ReadFull(file, head); err != nil || string(head) != big[:64] {
		t.Errorf("the head of a program: %q, %v", head, err)
	}
	read("etc/passwd", "app", 1)
	read("note", "note", 2)
	read("same", big, 3)

	f.archive = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 2000)) }
	for _, name := range []string{"note", "prog"} {
		if _, err := fsys.ReadFile(name); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ReadFile(%q) of a broken export: error %v", name, err)
		}
	}
	broken := f.client(t).RootFS(t.Context(), &engine.Image{ID: "sha256:1"})
	before := f.requests("GET export")
	for range 2 {
		if _, err := broken.Stat("etc"); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a broken export: error %v", err)
		}
	}
	if n := f.requests("GET export") - before; n != 1 {
		t.Errorf("%d exports, want 1", n)
	}
}

func TestLimits(t *testing.T) {
	t.Run("large file", func(t *testing.T) {
		f := &fake{archive: func(w http.ResponseWriter, _ *http.Request) {
			okArchive(w)
			tar.NewWriter(w).WriteHeader(&tar.Header{Name: "a", Typeflag: tar.TypeReg, Size: engine.MaxFile + 1})
			w.Write(make([]byte, engine.MaxHead))
		}}
		fsys := f.rootFS(t)
		if _, err := fsys.ReadFile("a"); !errors.Is(err, engine.ErrLimit) {
			t.Errorf("ReadFile: error %v, want %v", err, engine.ErrLimit)
		}
		file, err := fsys.Open("a")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if n, err := io.ReadFull(file, make([]byte, engine.MaxHead)); err != nil {
			t.Errorf("reading the head = %d, %v", n, err)
		}
		if _, err := file.Read(make([]byte, 1)); !errors.Is(err, engine.ErrLimit) {
			t.Errorf("reading past the head: error %v, want %v", err, engine.ErrLimit)
		}
	})
	t.Run("many entries", func(t *testing.T) {
		f := &fake{archive: func(w http.ResponseWriter, _ *http.Request) {
			okArchive(w)
			out := tar.NewWriter(w)
			out.WriteHeader(&tar.Header{Name: "/", Typeflag: tar.TypeDir})
			for i := range engine.MaxEntries + 1 {
				if out.WriteHeader(&tar.Header{Name: strconv.Itoa(i), Typeflag: tar.TypeReg}) != nil {
					return
				}
			}
		}}
		if _, err := f.rootFS(t).ReadDir("."); !errors.Is(err, engine.ErrLimit) {
			t.Errorf("error %v, want %v", err, engine.ErrLimit)
		}
	})
}

// TestContainerGone holds that an image does not look empty when somebody
// prunes containers.
func TestContainerGone(t *testing.T) {
	f := &fake{tree: smallTree}
	fsys := f.rootFS(t)
	if _, err := fsys.Stat("usr"); err != nil {
		t.Fatal(err)
	}
	clear(f.containers)
	_, err := fsys.Stat("tmp")
	if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("error %v, want that the container is gone", err)
	}
	if err := fsys.Close(t.Context()); err != nil {
		t.Errorf("closing: %v, want no error", err)
	}
}

func TestContainer(t *testing.T) {
	f := &fake{tree: smallTree}
	fsys := f.rootFS(t)
	if _, err := fsys.Stat("usr"); err != nil {
		t.Fatal(err)
	}
	body := f.containers[fsys.Container()]
	for _, want := range []string{
		`"Image":"sha256:1"`, `"WorkingDir":"/"`, `"Entrypoint":["/fgpreflight-never-started"]`,
		`"NetworkMode":"none"`, `"fgpreflight":"1"`, `"fgpreflight.owner":"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the container is created by %s, want %s in it", body, want)
		}
	}
	for range 2 {
		if err := fsys.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"force=1&v=1"}, f.removals); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"usr/bin", "usr/bin/tool"} {
		if _, err := fsys.Stat(name); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after Close: error %v, want %v", err, fs.ErrClosed)
		}
	}
}

func TestCloseUnused(t *testing.T) {
	f := &fake{}
	if err := f.rootFS(t).Close(t.Context()); err != nil || len(f.removals) != 0 {
		t.Errorf("error %v, removals %q, want none", err, f.removals)
	}
}

// TestCreationFails holds that the engine is asked once, and that a container
// whose creation was reported as failed is removed all the same.
func TestCreationFails(t *testing.T) {
	f := &fake{}
	f.create = func(w http.ResponseWriter, r *http.Request) {
		f.containers[r.URL.Query().Get("name")] = ""
		refuse(w, http.StatusInternalServerError, "no space left on device")
	}
	fsys := f.rootFS(t)
	for _, name := range []string{"a", "b"} {
		if _, err := fsys.Stat(name); err == nil || !strings.Contains(err.Error(), "creating a container to look into the image: ") {
			t.Errorf("error %v, want one of the creation", err)
		}
	}
	if n := f.requests("POST create"); n != 1 {
		t.Errorf("%d creations, want 1", n)
	}
	if err := fsys.Close(t.Context()); err != nil || len(f.containers) != 0 {
		t.Errorf("error %v, containers %v, want none left", err, f.containers)
	}
}

// TestCancelled ends the context while the engine creates the container: it is
// waited for, and removed.
func TestCancelled(t *testing.T) {
	f := &fake{tree: smallTree}
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	c := f.client(t)
	f.create = func(w http.ResponseWriter, r *http.Request) {
		cancel(interrupted)
		f.create = nil
		f.createContainer(w, r)
	}
	fsys := c.RootFS(ctx, &engine.Image{ID: "sha256:1"})
	if _, err := fsys.Stat("usr"); !errors.Is(err, interrupted) {
		t.Errorf("error %v, want %v", err, interrupted)
	}
	if len(f.containers) != 1 {
		t.Fatalf("%d containers, want the one under way", len(f.containers))
	}
	if err := fsys.Close(ctx); err != nil || len(f.containers) != 0 {
		t.Errorf("error %v, containers %v, want none left", err, f.containers)
	}
}

func TestCancelledBefore(t *testing.T) {
	f := &fake{tree: smallTree}
	c := f.client(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.RootFS(ctx, &engine.Image{ID: "sha256:1"}).Stat("usr"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if n := f.requests("POST create"); n != 0 {
		t.Errorf("%d creations, want none", n)
	}
}

// TestCloseAgain holds that a removal that failed can be tried again.
func TestCloseAgain(t *testing.T) {
	f := &fake{tree: smallTree}
	fsys := f.rootFS(t)
	if _, err := fsys.Stat("usr"); err != nil {
		t.Fatal(err)
	}
	f.remove = func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusInternalServerError, "device busy") }
	if err := fsys.Close(t.Context()); err == nil || !strings.Contains(err.Error(), fsys.Container()) {
		t.Errorf("error %v, want one that names the container", err)
	}
	f.remove = nil
	if err := fsys.Close(t.Context()); err != nil || len(f.containers) != 0 {
		t.Errorf("error %v, containers %v, want none left", err, f.containers)
	}
}
