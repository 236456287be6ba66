// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// leaveOut ends a test for want of something on this machine, and says what is
// left out. The gate sets FGPREFLIGHT_REQUIRE_ENGINE, and then nothing may be.
func leaveOut(t *testing.T, what string, err error) {
	t.Helper()
	if os.Getenv("FGPREFLIGHT_REQUIRE_ENGINE") == "1" {
		t.Fatalf("%s: %v", what, err)
	}
	t.Skipf("left out: %s: %v", what, err)
}

// importBases makes the images that the cases stand on, from packages of
// Debian, and returns their references until the test ends.
func importBases(t *testing.T) *bases {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "docker", "info").CombinedOutput(); err != nil {
		leaveOut(t, "building with a real engine", fmt.Errorf("%w\n%s", err, out))
	}
	release, err := os.ReadFile("/etc/os-release")
	if err == nil && (runtime.GOARCH != "amd64" || !bytes.Contains(release, []byte("VERSION_CODENAME=bookworm\n"))) {
		err = errors.New("this is not Debian bookworm for amd64")
	}
	if err != nil {
		leaveOut(t, "base images of real packages", err)
	}
	out := &bases{refs: map[string]string{}, files: map[string]bool{}}
	out.add(t, "BUSYBOX", busybox(t), `CMD ["sh"]`)
	out.add(t, "DEBIAN", debian(t), `CMD ["bash"]`, "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	return out
}

// bases are the images that the cases stand on.
type bases struct {
	refs  map[string]string // by build argument
	files map[string]bool   // what is in any of them
}

// add makes an image of a tree, with instructions on top.
func (b *bases) add(t *testing.T, name string, files tree, instructions ...string) {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "base.tar")
	if err := os.WriteFile(archive, files.pack(t), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"import"}
	for _, instruction := range instructions {
		args = append(args, "--change", instruction)
	}
	ref := "fgpreflight-oracle/" + strings.ToLower(name) + ":" + strings.ToLower(rand.Text())
	docker(t, append(args, archive, ref)...)
	t.Cleanup(func() {
		removeStages(t, firstLayer(t, ref))
		docker(t, "image", "rm", "--force", ref)
	})
	b.refs[name] = ref
	for path := range files {
		b.files[path] = true
	}
}

// removeStages removes the images that builds left on a base image: the stages
// that the target did not stand on.
func removeStages(t *testing.T, layer string) {
	t.Helper()
	for id := range strings.FieldsSeq(string(docker(t, "image", "ls", "--quiet", "--filter", "dangling=true"))) {
		if firstLayer(t, id) == layer {
			docker(t, "image", "rm", id)
		}
	}
}

func firstLayer(t *testing.T, image string) string {
	t.Helper()
	return string(docker(t, "image", "inspect", "--format", "{{range $i, $layer := .RootFS.Layers}}{{if eq $i 0}}{{$layer}}{{end}}{{end}}", image))
}

// tree is the files of an image by path.
type tree map[string]file

type file struct {
	header tar.Header
	data   []byte
}

func (f tree) dir(name string, mode int64) {
	f[name] = file{header: tar.Header{Name: name + "/", Typeflag: tar.TypeDir, Mode: mode}}
}

func (f tree) link(name, target string) {
	f[name] = file{header: tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target, Mode: 0o777}}
}

func (f tree) write(name string, mode int64, lines ...string) {
	data := []byte(strings.Join(lines, "\n") + "\n")
	f[name] = file{tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: mode, Size: int64(len(data))}, data}
}

// pack returns the tree as an archive, folders first and links to files last.
func (f tree) pack(t *testing.T) []byte {
	t.Helper()
	var names []string
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	slices.SortStableFunc(names, func(a, b string) int { return rank(f[a]) - rank(f[b]) })
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range names {
		header := f[name].header
		err := w.WriteHeader(&header)
		if err == nil {
			_, err = w.Write(f[name].data)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func rank(f file) int {
	switch f.header.Typeflag {
	case tar.TypeDir:
		return 0
	case tar.TypeLink:
		return 2
	default:
		return 1
	}
}

// busybox is a system of one program.
func busybox(t *testing.T) tree {
	t.Helper()
	files := tree{}
	for _, dir := range []string{"bin", "sbin", "usr", "usr/bin", "usr/sbin", "etc", "home", "var", "proc", "sys", "dev"} {
		files.dir(dir, 0o755)
	}
	files.dir("root", 0o700)
	files.dir("tmp", 0o1777)
	program := unpack(t, download(t, "busybox-static")[0])["bin/busybox"]
	files["bin/busybox"] = program
	name := filepath.Join(t.TempDir(), "busybox")
	if err := os.WriteFile(name, program.data, 0o700); err != nil {
		t.Fatal(err)
	}
	list, err := exec.CommandContext(t.Context(), name, "--list-full").Output()
	if err != nil {
		t.Fatal(err)
	}
	for applet := range strings.FieldsSeq(string(list)) {
		if _, ok := files[path.Dir(applet)]; ok && applet != "bin/busybox" {
			files.link(applet, "/bin/busybox")
		}
	}
	files.write("etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh", "daemon:x:1:1:daemon:/usr/sbin:/bin/false", "nobody:x:65534:65534:nobody:/home:/bin/false")
	files.write("etc/group", 0o644, "root:x:0:", "daemon:x:1:", "users:x:100:", "nobody:x:65534:")
	return files
}

// debianPackages are what the tools that manage accounts need.
var debianPackages = []string{
	"adduser", "base-passwd", "coreutils", "dash", "libacl1", "libattr1", "libaudit1", "libbz2-1.0", "libc6", "libcap-ng0", "libcrypt1", "libgmp10",
	"libpam0g", "libpcre2-8-0", "libselinux1", "libsemanage2", "libsepol2", "login", "passwd", "perl-base", "sed", "base-files",
}

// debian is a small Debian whose tools manage accounts.
func debian(t *testing.T) tree {
	t.Helper()
	files := tree{}
	for _, archive := range download(t, debianPackages...) {
		maps.Copy(files, unpack(t, archive))
	}
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
		files.link(dir, "usr/"+dir)
	}
	// What the packages' scripts do on installation.
	passwd, group := files["usr/share/base-passwd/passwd.master"], files["usr/share/base-passwd/group.master"]
	files.write("etc/passwd", 0o644, strings.TrimSpace(string(passwd.data)))
	files.write("etc/group", 0o644, strings.TrimSpace(string(group.data)))
	files.write("etc/shadow", 0o640, each(passwd.data, ":*:19000:0:99999:7:::"))
	files.write("etc/gshadow", 0o640, each(group.data, ":*::"))
	return files
}

// each returns the names of a list of accounts, each with the text behind it.
func each(accounts []byte, text string) string {
	return strings.TrimSpace(regexp.MustCompile(`(?m):.*$`).ReplaceAllLiteralString(string(accounts), text))
}

// download returns the archives of Debian packages.
func download(t *testing.T, names ...string) []string {
	t.Helper()
	dir := t.TempDir()
	command := exec.CommandContext(t.Context(), "apt-get", append([]string{"download", "--quiet", "--quiet"}, names...)...)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		leaveOut(t, "base images of real packages", fmt.Errorf("apt-get download: %w (are apt's lists there? apt-get update)\n%s", err, out))
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(files) != len(names) {
		t.Fatalf("%d packages of %d: %v", len(files), len(names), err)
	}
	return files
}

var mergedFolder = regexp.MustCompile(`^(bin|sbin|lib|lib64)/`)

// unpack returns the files of a package where a merged system has them, but for
// busybox, whose package is the whole system.
func unpack(t *testing.T, archive string) tree {
	t.Helper()
	data, err := exec.CommandContext(t.Context(), "dpkg-deb", "--fsys-tarfile", archive).Output()
	if err != nil {
		t.Fatal(err)
	}
	merge := !strings.Contains(archive, "busybox")
	out := tree{}
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
		name := path.Clean(header.Name)
		if merge {
			name = mergedFolder.ReplaceAllString(name, "usr/$0")
		}
		if header.Typeflag == tar.TypeLink {
			header.Linkname = mergedFolder.ReplaceAllString(path.Clean(header.Linkname), "usr/$0")
		}
		if header.Name = name; name != "." && !isLeftOut(name) {
			out[name] = file{*header, content}
		}
	}
}

// isLeftOut reports whether small images do without a file.
func isLeftOut(name string) bool {
	return slices.ContainsFunc([]string{"usr/share/doc/", "usr/share/locale/", "usr/share/man/", "usr/lib/x86_64-linux-gnu/gconv/"}, func(dir string) bool {
		return strings.HasPrefix(name, dir)
	})
}
