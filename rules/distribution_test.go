// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/rules"
)

// distribution is the release of Debian that the packages are taken from; the
// expectations hold for no other.
const distribution = "bookworm"

// TestDistributions checks images made of a real distribution's packages, with
// their links, owners, modes and start scripts: as every kind of target, and
// in the container engine. A case is a case of testdata/rules with a file
// "packages": a line for each layer, with the packages unpacked into it.
func TestDistributions(t *testing.T) {
	needDistribution(t)
	files, err := filepath.Glob("../testdata/distributions/*.txtar")
	if err != nil || len(files) < 6 {
		t.Fatalf("too few cases: %v, %v", files, err)
	}
	download := newDownloads(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			c := readDistribution(t, file, download)
			report := c.check(t, registrySource)
			c.compareWant(t, report)
			want := agreedRows(report)
			for _, kind := range []targetSource{dockerArchiveSource, layoutSource, ociArchiveSource} {
				if diff := cmp.Diff(want, agreedRows(c.check(t, kind))); diff != "" {
					t.Errorf("registry against %s (-registry +other):\n%s", kind, diff)
				}
			}
			if diff := cmp.Diff(want, agreedRows(c.checkInEngine(t))); diff != "" {
				t.Errorf("registry against engine (-registry +engine):\n%s", diff)
			}
		})
	}
}

// needDistribution leaves the test out, and says what is left out, where its
// packages or an engine are not to be had. The gate sets
// FGPREFLIGHT_REQUIRE_ENGINE, and then nothing may be left out.
func needDistribution(t *testing.T) {
	t.Helper()
	release, err := os.ReadFile("/etc/os-release")
	if err == nil && !bytes.Contains(release, []byte("VERSION_CODENAME="+distribution+"\n")) {
		err = errors.New("this is not Debian " + distribution)
	}
	for _, program := range []string{"apt-get", "dpkg-deb", "docker"} {
		if err == nil {
			_, err = exec.LookPath(program)
		}
	}
	if err == nil {
		err = exec.CommandContext(t.Context(), "docker", "info").Run()
	}
	switch {
	case err == nil:
	case os.Getenv("FGPREFLIGHT_REQUIRE_ENGINE") == "1":
		t.Fatalf("images of real packages need Debian %s and a container engine: %v", distribution, err)
	default:
		t.Skipf("left out: images of real packages, which need Debian %s and a container engine: %v", distribution, err)
	}
}

func readDistribution(t *testing.T, file string, download *downloads) *testCase {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "packages" })
	if i < 0 {
		t.Fatal("the case names no packages")
	}
	packages := string(archive.Files[i].Data)
	archive.Files = slices.Delete(archive.Files, i, i+1)
	c := parseCase(t, strings.TrimSuffix(filepath.Base(file), ".txtar"), txtar.Format(archive))
	for line := range strings.Lines(packages) {
		var layer []checktest.Entry
		for name := range strings.FieldsSeq(line) {
			layer = append(layer, download.entries(t, name)...)
		}
		c.Base = append(c.Base, withoutRepeats(layer))
	}
	if c.image, err = c.Build(); err != nil {
		t.Fatal(err)
	}
	c.file, c.packages = file, packages
	return c
}

// withoutRepeats drops the folders that several packages of a layer bring, as
// an engine takes no layer with an entry twice.
func withoutRepeats(entries []checktest.Entry) []checktest.Entry {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(entries), func(e checktest.Entry) bool {
		repeated := seen[e.Header.Name]
		seen[e.Header.Name] = true
		return repeated
	})
}

// downloads are the packages fetched so far.
type downloads struct {
	dir  string
	done map[string][]checktest.Entry
}

func newDownloads(t *testing.T) *downloads {
	t.Helper()
	return &downloads{dir: t.TempDir(), done: map[string][]checktest.Entry{}}
}

// entries returns the files of a package, as they lie in an image whose /bin,
// /sbin, /lib and /lib64 are links into /usr. A version may follow the name, as
// in "nodejs=18*". The name "usrmerge" stands for the links themselves.
func (d *downloads) entries(t *testing.T, name string) []checktest.Entry {
	t.Helper()
	if name == "usrmerge" {
		return usrmergeLinks()
	}
	if _, ok := d.done[name]; !ok {
		d.done[name] = d.fetch(t, name)
	}
	return d.done[name]
}

func (d *downloads) fetch(t *testing.T, name string) []checktest.Entry {
	t.Helper()
	download := exec.CommandContext(t.Context(), "apt-get", "download", "--quiet", "--quiet", name)
	download.Dir = d.dir
	if out, err := download.CombinedOutput(); err != nil {
		t.Fatalf("downloading the package %s (are apt's lists there? apt-get update): %v\n%s", name, err, out)
	}
	bare, _, _ := strings.Cut(name, "=")
	files, err := filepath.Glob(filepath.Join(d.dir, bare+"_*.deb"))
	if err != nil || len(files) != 1 {
		t.Fatalf("package %s: %v, %v", name, files, err)
	}
	data, err := exec.CommandContext(t.Context(), "dpkg-deb", "--fsys-tarfile", files[0]).Output()
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
		if header.Name != "." {
			out = append(out, checktest.Entry{Header: *header, Data: content})
		}
	}
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

func usrmergeLinks() []checktest.Entry {
	var out []checktest.Entry
	for _, name := range mergedFolders {
		out = append(out, checktest.Entry{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: "usr/" + name, Mode: 0o777}})
	}
	return out
}

// checkInEngine loads the image into the container engine and checks it there.
func (c *testCase) checkInEngine(t *testing.T) *check.Report {
	t.Helper()
	image := "fgpreflight-test-" + strings.ToLower(c.Name) + ":1"
	load := exec.CommandContext(t.Context(), "docker", "load", "--quiet")
	load.Stdin = bytes.NewReader(c.image.DockerArchive(image))
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("docker load: %v\n%s", err, out)
	}
	defer func() {
		if out, err := exec.CommandContext(t.Context(), "docker", "rmi", "--force", image).CombinedOutput(); err != nil {
			t.Errorf("docker rmi: %v\n%s", err, out)
		}
	}()
	subject, closer, err := source.Open(t.Context(), "docker:"+image, source.Options{Function: &c.settings.Function, Env: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	return check.Run(t.Context(), subject, rules.All, c.settings.Policy)
}
