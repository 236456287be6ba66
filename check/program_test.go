// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

func TestLookUp(t *testing.T) {
	who := check.Identity{UID: 1003, GID: 1003}
	fsys := fstest.MapFS{
		".": directory(0o755, 0, 0), "a": directory(0o755, 0, 0), "b": directory(0o755, 0, 0), "closed": directory(0o700, 0, 0),
		"a/plain": entry(0o644, 0, 0, ""), "b/plain": entry(0o755, 0, 0, ""), "a/only": entry(0o644, 0, 0, ""),
		"a/dir": directory(0o755, 0, 0), "b/dir": entry(0o755, 0, 0, ""), "closed/x": entry(0o755, 0, 0, ""),
		"b/x": entry(0o755, 0, 0, ""), "a/loop": symlink("loop"), "b/loop": entry(0o755, 0, 0, ""),
		"link": symlink("a/sub"), "a/sub": directory(0o755, 0, 0), "b/link": symlink("/b/x"),
	}
	tests := []struct {
		name, dir, path string
		found, file     string // where it was found, the file behind it
		obstacle        string
		tried           string
	}{
		{"/b/x", "", "", "/b/x", "/b/x", "", "/b/x"},
		{"b/x", "", "/a", "/b/x", "/b/x", "", "/b/x"},
		{"./x", "/b", "/a", "/b/x", "/b/x", "", "/b/x"},
		{"../plain", "/link", "", "/link/../plain", "/a/plain", "/a/plain 0644 lacks execute final", "/link/../plain"},
		{"link", "", "/a:/b", "/b/link", "/b/x", "", "/a/link /b/link"},
		{"x", "", "/none:/a/:/b/", "/b/x", "/b/x", "", "/none/x /a/x /b/x"},
		{"plain", "", "/a:/b", "/b/plain", "/b/plain", "", "/a/plain /b/plain"},
		{"dir", "", "/a:/b", "/b/dir", "/b/dir", "", "/a/dir /b/dir"},
		{"loop", "", "/a:/b", "/b/loop", "/b/loop", "", "/a/loop /b/loop"},
		{"only", "", "/a:/b", "/a/only", "/a/only", "/a/only 0644 lacks execute final", "/a/only /b/only"},
		{"x", "", "/closed:/b", "/b/x", "/b/x", "", "/closed/x /b/x"},
		{"x", "", "/closed", "/closed/x", "/closed/x", "/closed 0700 lacks execute", "/closed/x"},
		{"none", "", "/closed", "", "", "", "/closed/none"},
		{"/closed/none", "", "", "", "", "", "/closed/none"},
		{"x", "/b", "", "/b/x", "/b/x", "", "/b/x"},
		{"x", "/", "/a::b", "/b/x", "/b/x", "", "/a/x /x /b/x"},
		{"", "", "/a:/b", "", "", "", ""},
	}
	for _, test := range tests {
		p, err := check.LookUp(fsys, test.name, test.dir, test.path, who)
		if err != nil {
			t.Errorf("%s in %s, %s: %v", test.name, test.dir, test.path, err)
			continue
		}
		got := []string{p.Name, p.Path, p.File.Path, showObstacle(p.Obstacle), strings.Join(p.Tried, " ")}
		want := []string{test.name, test.found, test.file, test.obstacle, test.tried}
		if diff := cmp.Diff(want, got); diff != "" || p.Found != (test.found != "") {
			t.Errorf("%s in %q, PATH %s: found %t: %s", test.name, test.dir, test.path, p.Found, diff)
		}
	}
}

func TestLookUpErrors(t *testing.T) {
	var unavailable *check.UnavailableError
	if _, err := check.LookUp(image(), "x", "", strings.Repeat("/a:", 1000), check.Identity{}); !errors.As(err, &unavailable) {
		t.Errorf("1,001 directories: got %v, want an UnavailableError", err)
	}
	if _, err := check.LookUp(image(), "x", "", strings.Repeat("/a:", 999), check.Identity{}); err != nil {
		t.Errorf("1,000 directories: %v", err)
	}
	broken := errors.New("broken layer")
	if _, err := check.LookUp(failingFS{image(), "usr/bin", broken}, "sh", "", "/bin", check.Identity{}); !errors.Is(err, broken) {
		t.Errorf("broken layer: got %v, want %v", err, broken)
	}
}

func TestProgramKinds(t *testing.T) {
	elf := string(elfFile{machine: 62, bits: 64, interp: "/lib64/ld\x00"}.bytes())
	long := "#!/" + strings.Repeat("x", 300) + "\n"
	tests := []struct {
		content              string
		kind                 check.ProgramKind
		interpreter, arg     string
		carriageReturn, hasE bool
	}{
		{"", check.NotExecutable, "", "", false, false},
		{"#", check.NotExecutable, "", "", false, false},
		{"echo", check.NotExecutable, "", "", false, false},
		{"\ufeff#!/bin/sh\n", check.NotExecutable, "", "", false, false},
		{"#!/bin/sh\nx", check.Script, "/bin/sh", "", false, false},
		{"#!/bin/sh", check.Script, "/bin/sh", "", false, false},
		{"#! \t/usr/bin/env  -S  node x \nx", check.Script, "/usr/bin/env", "-S  node x", false, false},
		{"#!/bin/sh\r\nx", check.Script, "/bin/sh", "", true, false},
		{"#!/usr/bin/env node\r\n", check.Script, "/usr/bin/env", "node", true, false},
		{"#!\n", check.Script, "", "", false, false},
		{long, check.Script, long[2:256], "", false, false},
		{elf, check.Binary, "/lib64/ld", "", false, true},
		{"\x7fELF", check.Binary, "", "", false, false},
	}
	for _, test := range tests {
		fsys := fstest.MapFS{".": directory(0o755, 0, 0), "x": entry(0o755, 0, 0, test.content)}
		p, err := check.LookUp(fsys, "/x", "", "", check.Identity{})
		if err != nil {
			t.Errorf("%.20q: %v", test.content, err)
			continue
		}
		if p.Kind != test.kind || p.Interpreter != test.interpreter || p.InterpreterArg != test.arg ||
			p.CarriageReturn != test.carriageReturn || (p.ELF != nil) != test.hasE {
			t.Errorf("%.20q: got %+v, want %+v", test.content, p, test)
		}
	}
}

// unreadableFS has files that open and then fail to be read.
type unreadableFS struct {
	fstest.MapFS
	err error
}

func (u unreadableFS) Open(name string) (fs.File, error) {
	f, err := u.MapFS.Open(name)
	return unreadableFile{f, u.err}, err
}

type unreadableFile struct {
	fs.File
	err error
}

func (u unreadableFile) Read([]byte) (int, error) { return 0, u.err }

func TestProgramReadError(t *testing.T) {
	broken := errors.New("broken layer")
	if _, err := check.LookUp(unreadableFS{image(), broken}, "/usr/bin/sh", "", "", check.Identity{}); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestProgramDirectory(t *testing.T) {
	p, err := check.LookUp(image(), "/usr", "", "", check.Identity{})
	if err != nil || !p.Found || p.Kind != check.NotExecutable || !p.File.Mode.IsDir() {
		t.Errorf("got %+v, %v, want a directory that was found", p, err)
	}
}
