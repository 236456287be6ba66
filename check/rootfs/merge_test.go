// SPDX-License-Identifier: Apache-2.0

package rootfs_test

import (
	"archive/tar"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// TestMerge compares the whole tree with what unpacking would give. Each case
// is read whole, and again lazily, one file system per name.
func TestMerge(t *testing.T) {
	tests := []struct {
		name   string
		layers [][]item // Lowest first.
		want   string
	}{
		{
			name: "no layers",
		},
		{
			name:   "empty layer",
			layers: [][]item{{}},
		},
		{
			name: "one name in many spellings",
			layers: [][]item{
				{file("./a", "a"), file("/b", "b"), file("d//e", "e"), file("../../f", "f"), file("d/./g", "g"), file("x/../h", "h"), dir("i///")},
			},
			want: `
a -rw-r--r-- 0:0 "a"
b -rw-r--r-- 0:0 "b"
d drwxr-xr-x 0:0
d/e -rw-r--r-- 0:0 "e"
d/g -rw-r--r-- 0:0 "g"
f -rw-r--r-- 0:0 "f"
h -rw-r--r-- 0:0 "h"
i drwxr-xr-x 0:0`,
		},
		{
			name: "upper layer wins, with owner and mode",
			layers: [][]item{
				{dir("etc/"), file("etc/passwd", "old").mode(0o600), file("etc/keep", "keep")},
				{file("etc/passwd", "new").mode(0o4755).owner(1003, 1004)},
			},
			want: `
etc drwxr-xr-x 0:0
etc/keep -rw-r--r-- 0:0 "keep"
etc/passwd urwxr-xr-x 1003:1004 "new"`,
		},
		{
			name: "setgid, sticky, devices and pipes",
			layers: [][]item{
				{dir("tmp").mode(0o1777), dir("var").mode(0o2755), node("null", tar.TypeChar), node("disk", tar.TypeBlock), node("pipe", tar.TypeFifo)},
			},
			want: `
disk Drw------- 0:0
null Dcrw------- 0:0
pipe prw------- 0:0
tmp dtrwxrwxrwx 0:0
var dgrwxr-xr-x 0:0`,
		},
		{
			name: "type bits in the mode do not count, nor does an old type",
			layers: [][]item{
				{file("a", "a").mode(0o40755), dir("d").mode(0o100700), node("old", tar.TypeCont)},
			},
			want: `
a -rwxr-xr-x 0:0 "a"
d drwx------ 0:0
old -rw------- 0:0 ""`,
		},
		{
			name: "whiteout hides a file, and a tree, below",
			layers: [][]item{
				{file("a", "a"), file("d/e/f", "f"), file("g", "g")},
				{file(".wh.a", ""), file(".wh.d", "")},
			},
			want: `
g -rw-r--r-- 0:0 "g"`,
		},
		{
			name: "whiteout does not touch its own layer, in either order",
			layers: [][]item{
				{file("a", "old"), file("b", "old"), dir("d").mode(0o700), file("d/x", "old")},
				{file(".wh.a", ""), file("a", "new"), file("b", "new"), file(".wh.b", ""), file("d/y", "new"), file(".wh.d", "")},
			},
			want: `
a -rw-r--r-- 0:0 "new"
b -rw-r--r-- 0:0 "new"
d drwxr-xr-x 0:0
d/y -rw-r--r-- 0:0 "new"`,
		},
		{
			name: "whiteout counts for all layers below, and not above",
			layers: [][]item{
				{file("a", "0"), file("b", "0")},
				{file("a", "1")},
				{file(".wh.a", "")},
				{file("b", "3")},
				{file("c/.wh.b", "")},
			},
			want: `
b -rw-r--r-- 0:0 "3"
c drwxr-xr-x 0:0`,
		},
		{
			name: "opaque directory",
			layers: [][]item{
				{dir("d").mode(0o700), file("d/old", ""), file("d/e/old", "")},
				{file("d/new", ""), file("d/.wh..wh..opq", "")},
			},
			want: `
d drwx------ 0:0
d/new -rw-r--r-- 0:0 ""`,
		},
		{
			name: "opaque root",
			layers: [][]item{
				{file("old", "")},
				{file(".wh..wh..opq", ""), file("new", "")},
			},
			want: `
new -rw-r--r-- 0:0 ""`,
		},
		{
			name: "whiteouts that say nothing",
			layers: [][]item{
				{file("a", "a"), file("d/b", "b")},
				{
					file(".wh.", ""), file("d/.wh..", ""), file("d/.wh...", ""), file(".wh..wh.aufs", ""),
					file(".wh..wh.plnk/1.2", ""), file("e/.wh.x/y", ""), file(".wh..wh..opqx", ""),
				},
			},
			want: `
a -rw-r--r-- 0:0 "a"
d drwxr-xr-x 0:0
d/b -rw-r--r-- 0:0 "b"`,
		},
		{
			name: "a file hides a directory, a directory replaces a file",
			layers: [][]item{
				{file("a/x", "x"), file("b", "b"), file("c", "c")},
				{file("a", "a"), dir("b"), file("c/y", "y")},
			},
			want: `
a -rw-r--r-- 0:0 "a"
b drwxr-xr-x 0:0
c drwxr-xr-x 0:0
c/y -rw-r--r-- 0:0 "y"`,
		},
		{
			name: "what a file has hidden stays hidden",
			layers: [][]item{
				{file("a/x", "x")},
				{file("a", "a")},
				{file("a/y", "y")},
			},
			want: `
a drwxr-xr-x 0:0
a/y -rw-r--r-- 0:0 "y"`,
		},
		{
			name: "implied directory has the metadata of the layer below",
			layers: [][]item{
				{dir("a").mode(0o750).owner(1, 2), dir("b").mode(0o700)},
				{file("a/x", "x")},
				{dir("b").mode(0o711), file("a/y", "y")},
			},
			want: `
a drwxr-x--- 1:2
a/x -rw-r--r-- 0:0 "x"
a/y -rw-r--r-- 0:0 "y"
b drwx--x--x 0:0`,
		},
		{
			name: "hard links to the same layer and to a lower one",
			layers: [][]item{
				{file("low", "low").mode(0o755).owner(7, 8), symlink("link", "low")},
				{file("a", "a").mode(0o700), hardlink("b", "./a"), hardlink("c", "/b"), hardlink("d", "low"), hardlink("l", "link")},
			},
			want: `
a -rwx------ 0:0 "a"
b -rwx------ 0:0 "a"
c -rwx------ 0:0 "a"
d -rwxr-xr-x 7:8 "low"
l Lrwxrwxrwx 0:0 -> low
link Lrwxrwxrwx 0:0 -> low
low -rwxr-xr-x 7:8 "low"`,
		},
		{
			name: "hard links to nothing do not exist, but hide",
			layers: [][]item{
				{file("a", "a"), dir("dir"), symlink("loop", "loop")},
				{hardlink("a", "missing"), hardlink("b", "dir"), hardlink("c", "c"), hardlink("d", "loop/x")},
			},
			want: `
dir drwxr-xr-x 0:0
loop Lrwxrwxrwx 0:0 -> loop`,
		},
		{
			name: "an unpacker follows the links of the same layer",
			layers: [][]item{
				{dir("usr"), symlink("lib", "usr/lib"), file("lib/x", "x"), symlink("abs", "/usr/../usr"), file("abs/y", "y"), symlink("round", "round"), file("round/z", "z")},
				{file("lib/.wh.x", "")},
			},
			want: `
abs Lrwxrwxrwx 0:0 -> /usr/../usr
lib drwxr-xr-x 0:0
round Lrwxrwxrwx 0:0 -> round
usr drwxr-xr-x 0:0
usr/lib drwxr-xr-x 0:0
usr/lib/x -rw-r--r-- 0:0 "x"
usr/y -rw-r--r-- 0:0 "y"`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var blobs [][]byte
			for _, items := range test.layers {
				blobs = append(blobs, tarOf(t, items...))
			}
			got, err := dump(open(t, rootfs.Options{Complete: true}, stack(blobs...)...))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Split(strings.TrimPrefix(test.want, "\n"), "\n")
			if test.want == "" {
				want = nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("whole tree (-want +got):\n%s", diff)
			}
			for _, line := range want {
				name, want, _ := strings.Cut(line, " ")
				got := lookup(open(t, rootfs.Options{}, stack(blobs...)...), name, false)
				if got != want {
					t.Errorf("lazily, %s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestLastEntryWins has what an early stop would get wrong.
func TestLastEntryWins(t *testing.T) {
	blob := tarOf(t,
		file("a", "first"), hardlink("kept", "a"), file("a", "last"),
		dir("d"), file("d/x", "x"), file("d", "now a file"),
		file("f", "f"), file("f/x", "now a directory"),
		dir("g").mode(0o700), file("g/x", "x"), dir("g").mode(0o711))
	got, err := dump(open(t, rootfs.Options{Complete: true}, stack(blob)...))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`a -rw-r--r-- 0:0 "last"`,
		`d -rw-r--r-- 0:0 "now a file"`,
		`f drwxr-xr-x 0:0`,
		`f/x -rw-r--r-- 0:0 "now a directory"`,
		`g drwx--x--x 0:0`,
		`g/x -rw-r--r-- 0:0 "x"`,
		`kept -rw-r--r-- 0:0 "first"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLinks(t *testing.T) {
	base := tarOf(t,
		symlink("bin", "usr/bin"), file("usr/bin/sh", "sh").mode(0o755), symlink("usr/bin/bash", "sh"),
		symlink("usr/bin/abs", "/bin/sh"), symlink("up", "../../../usr"), symlink("usr/back", "../bin/../bin"),
		symlink("one", "two"), symlink("two", "one"), symlink("dangling", "no/such"), symlink("slashed", "usr//bin/"),
		symlink("empty", ""), symlink("root", "/"), file("plain", "plain"), symlink("through", "plain/x"), symlink("late", "new"))
	upper := tarOf(t, file("new", "new"))
	tests := []struct {
		name   string
		follow bool
		want   string
	}{
		{"bin/sh", true, `-rwxr-xr-x 0:0 "sh"`},
		{"bin/sh", false, `-rwxr-xr-x 0:0 "sh"`},
		{"bin", false, `Lrwxrwxrwx 0:0 -> usr/bin`},
		{"bin", true, `drwxr-xr-x 0:0`},
		{"bin/bash", true, `-rwxr-xr-x 0:0 "sh"`},
		{"bin/abs", true, `-rwxr-xr-x 0:0 "sh"`},
		{"up/bin/sh", true, `-rwxr-xr-x 0:0 "sh"`},
		{"usr/back/sh", true, `-rwxr-xr-x 0:0 "sh"`},
		{"slashed/sh", true, `-rwxr-xr-x 0:0 "sh"`},
		{"root/root/bin/sh", true, `-rwxr-xr-x 0:0 "sh"`},
		{"root", true, `drwxr-xr-x 0:0`},
		{"late", true, `-rw-r--r-- 0:0 "new"`},
		{"one", true, "loop"},
		{"one/x", false, "loop"},
		{"one", false, `Lrwxrwxrwx 0:0 -> two`},
		{"dangling", true, "missing"},
		{"dangling", false, `Lrwxrwxrwx 0:0 -> no/such`},
		{"through", true, "missing"},
		{"empty", true, "missing"},
		{"plain/x", true, "missing"},
		{"bin/sh/x", false, "missing"},
		{".", true, `drwxr-xr-x 0:0`},
	}
	for _, complete := range []bool{false, true} {
		f := open(t, rootfs.Options{Complete: complete}, stack(base, upper)...)
		for _, test := range tests {
			if got := lookup(f, test.name, test.follow); got != test.want {
				t.Errorf("complete %t: %s (follow %t) is %q, want %q", complete, test.name, test.follow, got, test.want)
			}
		}
	}
}

// TestLinkHops has a chain of 40 links, which Linux follows, and of 41.
func TestLinkHops(t *testing.T) {
	items := []item{file("0", "end")}
	for i := range 41 {
		items = append(items, symlink(string(rune('A'+i)), "0"))
		if i > 0 {
			items[i+1].Linkname = string(rune('A' + i - 1))
		}
	}
	f := open(t, rootfs.Options{}, stack(tarOf(t, items...))...)
	if got, want := lookup(f, string(rune('A'+39)), true), `-rw-r--r-- 0:0 "end"`; got != want {
		t.Errorf("40 links: %s, want %s", got, want)
	}
	if got, want := lookup(f, string(rune('A'+40)), true), "loop"; got != want {
		t.Errorf("41 links: %s, want %s", got, want)
	}
}

// TestHardLinkHops has a hard link through as many layers as links may be
// followed, and through one more.
func TestHardLinkHops(t *testing.T) {
	blobs := [][]byte{tarOf(t, file("a", "a"))}
	for range 40 {
		blobs = append(blobs, tarOf(t, hardlink("a", "a")))
	}
	if got, want := lookup(open(t, rootfs.Options{}, stack(blobs...)...), "a", true), `-rw-r--r-- 0:0 "a"`; got != want {
		t.Errorf("40 hard links: %s, want %s", got, want)
	}
	blobs = append(blobs, tarOf(t, hardlink("a", "a")))
	if got, want := lookup(open(t, rootfs.Options{}, stack(blobs...)...), "a", true), "missing"; got != want {
		t.Errorf("41 hard links: %s, want %s", got, want)
	}
}

// TestFS has no dangling link, which fstest does not know.
func TestFS(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	lower := tarOf(t, dir("./"), dir("usr"), file("usr/bin/sh", long).mode(0o755), symlink("bin", "usr/bin"), file("etc/passwd", "root:x:0:0"))
	upper := tarOf(t, file("app/main.py", long), hardlink("app/again.py", "app/main.py"), node("dev/null", tar.TypeChar), file("app/empty", ""), file(".wh.etc", ""))
	for _, o := range []rootfs.Options{{}, {Complete: true}} {
		f := open(t, o, stack(gzipped(t, lower), zstded(t, upper))...)
		if err := fstest.TestFS(f, "bin", "usr/bin/sh", "app/main.py", "app/again.py", "app/empty", "dev/null"); err != nil {
			t.Error(err)
		}
	}
}

func TestNames(t *testing.T) {
	f := open(t, rootfs.Options{}, stack(tarOf(t, file("a", "a"), dir("d"), file("d/\xff", "latin")))...)
	for _, name := range []string{"", "/", "/a", "a/", "./a", "d//a", "d/../a", ".."} {
		if _, err := f.Stat(name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Stat(%q): %v, want ErrInvalid", name, err)
		}
	}
	if got, want := lookup(f, "d/\xff", true), `-rw-r--r-- 0:0 "latin"`; got != want {
		t.Errorf("a name that is no UTF-8: %s, want %s", got, want)
	}
	if _, err := f.ReadLink("a"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("ReadLink of a file: %v, want ErrInvalid", err)
	}
	if _, err := f.ReadDir("a"); err == nil {
		t.Error("ReadDir of a file: no error")
	}
	if _, err := f.ReadFile("d"); err == nil {
		t.Error("ReadFile of a directory: no error")
	}
}

// TestSys has what rules read of a header.
func TestSys(t *testing.T) {
	f := open(t, rootfs.Options{}, stack(tarOf(t, symlink("bin", "usr/bin"), file("usr/bin/x", "xyz").mode(0o4711).owner(3, 4)))...)
	info, err := f.Stat("bin/x")
	if err != nil {
		t.Fatal(err)
	}
	got, ok := info.Sys().(*tar.Header)
	if !ok {
		t.Fatalf("Sys is a %T", info.Sys())
	}
	want := &tar.Header{Typeflag: tar.TypeReg, Name: "usr/bin/x", Size: 3, Mode: 0o4711, Uid: 3, Gid: 4, ModTime: info.ModTime()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if info.Name() != "x" || info.Size() != 3 {
		t.Errorf("name %q, size %d", info.Name(), info.Size())
	}
}
