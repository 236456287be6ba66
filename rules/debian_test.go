// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/checktest"
)

// debian is the release that the packages are taken from; the expectations hold
// for no other.
const debian = "bookworm"

// needDebian leaves the test out where the packages are not to be had.
func needDebian(t *testing.T) {
	t.Helper()
	release, err := os.ReadFile("/etc/os-release")
	if err == nil && (runtime.GOARCH != "amd64" || !bytes.Contains(release, []byte("VERSION_CODENAME="+debian+"\n"))) {
		err = errors.New("this is not Debian " + debian + " for amd64")
	}
	for _, program := range []string{"apt-get", "dpkg-deb"} {
		if err == nil {
			_, err = exec.LookPath(program)
		}
	}
	if err != nil {
		leaveOut(t, "images of real packages", err)
	}
}

// downloadPackages returns the files of each of the packages, as they lie in an
// image whose /bin, /sbin, /lib and /lib64 are links into /usr. A version may
// follow a name, as in "nodejs=18*". The name "usrmerge" stands for those
// links, "hello" for the program of testdata/hello.
func downloadPackages(t *testing.T, names []string) map[string][]checktest.Entry {
	t.Helper()
	out := map[string][]checktest.Entry{"usrmerge": usrmerge(), "hello": hello(t)}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return out[name] != nil })
	dir := t.TempDir()
	download := exec.CommandContext(t.Context(), "apt-get", append([]string{"download", "--quiet", "--quiet"}, names...)...)
	download.Dir = dir
	if text, err := download.CombinedOutput(); err != nil {
		leaveOut(t, "images of real packages", fmt.Errorf("apt-get download: %w (are apt's lists there? apt-get update)\n%s", err, text))
	}
	for _, name := range names {
		bare, _, _ := strings.Cut(name, "=")
		files, err := filepath.Glob(filepath.Join(dir, bare+"_*.deb"))
		if err != nil || len(files) != 1 {
			t.Fatalf("package %s: %v, %v", name, files, err)
		}
		out[name] = unpack(t, files[0])
	}
	return out
}

func unpack(t *testing.T, file string) []checktest.Entry {
	t.Helper()
	data, err := exec.CommandContext(t.Context(), "dpkg-deb", "--fsys-tarfile", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var out []checktest.Entry
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		header.Name = merged(header.Name)
		if header.Typeflag == tar.TypeLink {
			header.Linkname = merged(header.Linkname)
		}
		if header.Name != "." && !isLeftOut(header.Name) {
			out = append(out, checktest.Entry{Header: *header, Data: content})
		}
	}
}

// leftOutFolders hold what small images do without; it takes long to pack, more
// so under the race detector.
var leftOutFolders = []string{"usr/lib/x86_64-linux-gnu/gconv/", "usr/share/doc/", "usr/share/locale/", "usr/share/man/"}

func isLeftOut(name string) bool {
	return slices.ContainsFunc(leftOutFolders, func(folder string) bool { return strings.HasPrefix(name, folder) })
}

// mergedFolders are the folders that a merged system has in /usr.
var mergedFolders = []string{"bin", "lib", "lib64", "sbin"}

// merged returns a package's name for a file as it is in a merged system.
func merged(name string) string {
	name = path.Clean(name)
	first, _, _ := strings.Cut(name, "/")
	if slices.Contains(mergedFolders, first) {
		return "usr/" + name
	}
	return name
}

func usrmerge() []checktest.Entry {
	var out []checktest.Entry
	for _, name := range mergedFolders {
		out = append(out, checktest.Entry{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: "usr/" + name, Mode: 0o777}})
	}
	return out
}

// hello returns a static program, built here and now, as /server.
func hello(t *testing.T) []checktest.Entry {
	t.Helper()
	file := filepath.Join(t.TempDir(), "server")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", file, "../testdata/hello/server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return []checktest.Entry{{Header: tar.Header{Typeflag: tar.TypeReg, Name: "server", Mode: 0o755}, Data: data}}
}
