// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

// entry returns a file of an image.
func entry(mode fs.FileMode, uid, gid int, data string) *fstest.MapFile {
	return &fstest.MapFile{Mode: mode, Data: []byte(data), Sys: &tar.Header{Uid: uid, Gid: gid}}
}

func directory(perm fs.FileMode, uid, gid int) *fstest.MapFile {
	return entry(fs.ModeDir|perm, uid, gid, "")
}

func symlink(target string) *fstest.MapFile { return entry(fs.ModeSymlink|0o777, 0, 0, target) }

// image is a root file system with the usual traps.
func image() fstest.MapFS {
	return fstest.MapFS{
		".":          directory(0o755, 0, 0),
		"bin":        symlink("usr/bin"),
		"usr":        directory(0o755, 0, 0),
		"usr/bin":    directory(0o755, 0, 0),
		"usr/bin/sh": entry(0o755, 0, 0, "\x7fELF"),
		"root":       directory(0o700, 0, 0),
		"root/x":     entry(0o777, 0, 0, ""),
		"app":        directory(0o750, 1003, 44),
		"app/run":    entry(0o640, 1003, 44, "#!/bin/sh\n"),
		"app/deep":   symlink("../usr/bin/sh"),
		"app/up":     symlink("/usr/bin/../../root"),
		"loop":       symlink("loop"),
		"empty":      symlink(""),
		"gone":       symlink("/nowhere"),
	}
}

func TestReach(t *testing.T) {
	owner, group, other := check.Identity{UID: 1003, GID: 1}, check.Identity{UID: 5, GID: 44}, check.Identity{UID: 5, GID: 5}
	root := check.Identity{}
	tests := []struct {
		name     string
		who      check.Identity
		need     check.Need
		path     string // of the file; "" for one that is missing
		obstacle string
	}{
		{"/bin/sh", other, check.Execute | check.Read, "/usr/bin/sh", ""},
		{"/bin/sh", other, check.Write | check.Execute, "/usr/bin/sh", "/usr/bin/sh 0755 lacks write final"},
		{"//bin/./sh", other, check.Read, "/usr/bin/sh", ""},
		{"/bin/../lib", other, check.Read, "", ""},
		{"/bin/../bin/sh", other, check.Read, "/usr/bin/sh", ""},
		{"/app/run", owner, check.Read | check.Write, "/app/run", ""},
		{"/app/run", owner, check.Execute, "/app/run", "/app/run 0640 lacks execute final"},
		{"/app/run", group, check.Read, "/app/run", ""},
		{"/app/run", group, check.Read | check.Write | check.Execute, "/app/run", "/app/run 0640 lacks write and execute final"},
		{"/app/run", other, check.Read, "/app/run", "/app 0750 lacks execute"},
		{"/app/run", root, check.Read, "/app/run", "/app 0750 lacks execute"},
		{"/app/none", other, check.Read, "/app/none", "/app 0750 lacks execute"},
		{"/app/none", owner, check.Read, "", ""},
		{"/app/deep", owner, check.Read, "/usr/bin/sh", ""},
		{"/app/up/x", owner, check.Read, "/root/x", "/root 0700 lacks execute"},
		{"/root", other, check.Execute, "/root", "/root 0700 lacks execute final"},
		{"/usr/bin/sh/x", other, check.Read, "", ""},
		{"/loop", other, check.Read, "", ""},
		{"/empty", other, check.Read, "", ""},
		{"/gone", other, check.Read, "", ""},
		{"/", other, check.Read, "/", ""},
		{"/../..", other, check.Write, "/", "/ 0755 lacks write final"},
	}
	for _, test := range tests {
		file, obstacle, err := check.Reach(image(), test.name, test.who, test.need)
		if test.path == "" {
			if !errors.Is(err, fs.ErrNotExist) || obstacle != nil {
				t.Errorf("%s by %s: got %v, %v, want fs.ErrNotExist", test.name, test.who, obstacle, err)
			}
			continue
		}
		if err != nil || file.Path != test.path || showObstacle(obstacle) != test.obstacle {
			t.Errorf("%s by %s: got %s, %q, %v, want %s, %q", test.name, test.who, file.Path, showObstacle(obstacle), err, test.path, test.obstacle)
		}
	}
	if _, _, err := check.Reach(image(), "/loop", other, check.Read); !errors.Is(err, check.ErrTooManyLinks) {
		t.Errorf("loop: got %v, want ErrTooManyLinks", err)
	}
}

func showObstacle(o *check.Obstacle) string {
	if o == nil {
		return ""
	}
	text := fmt.Sprintf("%s %s lacks %s", o.Path, o.Octal(), o.Lacks)
	if o.Final {
		text += " final"
	}
	return text
}

func TestReachLinkLimit(t *testing.T) {
	chain := fstest.MapFS{"40": entry(0o644, 0, 0, "")}
	for i := range 40 {
		chain[strconv.Itoa(i)] = symlink(strconv.Itoa(i + 1))
	}
	chain["more"] = symlink("0")
	if file, _, err := check.Reach(chain, "/0", check.Identity{}, check.Read); err != nil || file.Path != "/40" {
		t.Errorf("40 links: got %s, %v, want /40", file.Path, err)
	}
	if _, _, err := check.Reach(chain, "/more", check.Identity{}, check.Read); !errors.Is(err, check.ErrTooManyLinks) {
		t.Errorf("41 links: got %v, want ErrTooManyLinks", err)
	}
}

// failingFS fails to describe one file.
type failingFS struct {
	fstest.MapFS
	name string
	err  error
}

func (f failingFS) Lstat(name string) (fs.FileInfo, error) {
	if name == f.name {
		return nil, f.err
	}
	return f.MapFS.Lstat(name)
}

func TestReachReadError(t *testing.T) {
	broken := errors.New("broken layer")
	for _, name := range []string{"/root/x", "/bin/sh"} { // The first is behind an obstacle.
		fsys := failingFS{image(), map[string]string{"/root/x": "root/x", "/bin/sh": "usr"}[name], broken}
		if _, _, err := check.Reach(fsys, name, check.Identity{UID: 5}, check.Read); !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want %v", name, err, broken)
		}
	}
}

func TestOwnedFileWithoutHeader(t *testing.T) {
	info, err := fs.Stat(fstest.MapFS{"x": {Mode: 0o600}}, "x")
	if err != nil {
		t.Fatal(err)
	}
	want := check.Owned{Path: "/x", Mode: 0o600}
	if diff := cmp.Diff(want, check.OwnedFile("/x", info)); diff != "" {
		t.Error(diff)
	}
}

// naiveReach walks from the root again after each symbolic link, with the
// link's text put into the path.
func naiveReach(tree fstest.MapFS, name string, who check.Identity, need check.Need) (file, obstacle string, links int) {
	stop := func(f *fstest.MapFile, need check.Need) bool {
		h := f.Sys.(*tar.Header)
		class := f.Mode.Perm()
		if int64(h.Uid) == who.UID {
			class >>= 6
		} else if int64(h.Gid) == who.GID {
			class >>= 3
		}
		return uint32(class)&uint32(need) != uint32(need)
	}
	at := "/"
	parts := strings.Split(name, "/")
	for i := 0; i < len(parts); i++ {
		f := tree[key(at)]
		if parts[i] == "" || parts[i] == "." {
			continue
		}
		if f == nil || !f.Mode.IsDir() {
			return "", obstacle, links
		}
		if obstacle == "" && stop(f, check.Execute) {
			obstacle = at
		}
		if parts[i] == ".." {
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, parts[i])
		f = tree[key(next)]
		if f == nil {
			return "", obstacle, links
		}
		if f.Mode&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		if links++; links > 40 || len(f.Data) == 0 {
			return "", obstacle, links
		}
		target, rest := string(f.Data), strings.Join(parts[i+1:], "/")
		if !path.IsAbs(target) {
			target = at + "/" + target
		}
		at, parts, i = "/", strings.Split(target+"/"+rest, "/"), -1
	}
	if obstacle == "" && stop(tree[key(at)], need) {
		obstacle = at
	}
	return at, obstacle, links
}

func key(name string) string {
	if name == "/" {
		return "."
	}
	return name[1:]
}

// growTree makes a tree of the bytes, three for an entry.
func growTree(data []byte) fstest.MapFS {
	places := []string{"a", "b", "a/a", "a/b", "b/a", "a/a/a", "a/a/b", "b/a/a"}
	targets := []string{"a", "/b", "../a", "b/a", "/a/a", "..", ".", "", "/a/../b/a", "a/b/../a", "/"}
	tree := fstest.MapFS{".": directory(0o755, 0, 0)}
	for ; len(data) >= 3 && len(tree) < 20; data = data[3:] {
		name := places[int(data[0])%len(places)]
		parent := tree[key("/"+path.Dir(name))]
		if path.Dir(name) == "." {
			parent = tree["."]
		}
		if parent == nil || !parent.Mode.IsDir() || tree[name] != nil {
			continue
		}
		owner := int(data[1]>>3) % 3
		switch data[1] % 8 {
		case 0, 1, 2:
			tree[name] = directory(fs.FileMode(data[2])|0o100, owner, owner)
		case 3, 4:
			tree[name] = entry(fs.FileMode(data[2]), owner, owner, "")
		default:
			tree[name] = symlink(targets[int(data[2])%len(targets)])
		}
	}
	return tree
}

// FuzzReach compares with a naive model.
func FuzzReach(f *testing.F) {
	f.Add([]byte("\x00\x00\xff\x02\x05\x01\x03\x03\xa4\x01\x06\x00"), "/a/a/../b", uint8(0), uint8(4))
	f.Add([]byte("\x00\x08\x49\x02\x03\x24\x01\x07\x08"), "b/a", uint8(1), uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, name string, who, need uint8) {
		if len(name) > 200 {
			return
		}
		tree := growTree(data)
		id := check.Identity{UID: int64(who % 3), GID: int64(who / 3 % 3)}
		want := check.Need(need & 7)
		file, obstacle, err := check.Reach(tree, name, id, want)
		wantFile, wantObstacle, links := naiveReach(tree, name, id, want)
		got := ""
		if obstacle != nil {
			got = obstacle.Path
		}
		missing := wantFile == "" && wantObstacle == ""
		if errors.Is(err, fs.ErrNotExist) != missing || err != nil && !missing {
			t.Fatalf("%q: got %v, want missing %t", name, err, missing)
		}
		if errors.Is(err, check.ErrTooManyLinks) != (missing && links > 40) {
			t.Errorf("%q: got %v after %d links", name, err, links)
		}
		if !missing && (got != wantObstacle || wantFile != "" && file.Path != wantFile) {
			t.Errorf("%q: got %s, obstacle %q, want %s, %q", name, file.Path, got, wantFile, wantObstacle)
		}
	})
}
