// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/source"
)

// sights is what there is in the folder of the test.
var sights = map[string]source.Sight{
	"layout":               source.LayoutDir,
	"./layout":             source.LayoutDir,
	"odd:name":             source.LayoutDir,
	"image.tar":            source.ArchiveFile,
	"/tmp/image":           source.ArchiveFile,
	"python":               source.OtherDir,
	"./python":             source.OtherDir,
	"app":                  source.OtherFile,
	"./app":                source.OtherFile,
	"README":               source.OtherFile,
	".":                    source.DockerfileDir,
	"service":              source.DockerfileDir,
	"Dockerfile":           source.DockerfileFile,
	"./Dockerfile":         source.DockerfileFile,
	"api.dockerfile":       source.DockerfileFile,
	"recipe":               source.DockerfileFile,
	"service/Dockerfile":   source.DockerfileFile,
	"podman":               source.DockerfileDir,
	"podman/Containerfile": source.DockerfileFile,
	"odd":                  source.DockerfileDir,
	"odd/Dockerfile":       source.OtherDir,
	"odd/Containerfile":    source.OtherFile,
	"only":                 source.DockerfileDir,
	"only/Dockerfile":      source.DockerfileDir,
	"C:\\images\\a.tar":    source.ArchiveFile,
}

func look(path string) source.Sight { return sights[path] }

func TestDetect(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for _, test := range []struct {
		arg  string
		want source.Target
	}{
		{"python:3.12", source.Target{Kind: source.Reference, Name: "python:3.12"}},
		{"python", source.Target{Kind: source.Reference, Name: "python"}},
		{"app", source.Target{Kind: source.Reference, Name: "app"}},
		{"localhost:5000/a/b:c", source.Target{Kind: source.Reference, Name: "localhost:5000/a/b:c"}},
		{"a/b@" + digest, source.Target{Kind: source.Reference, Name: "a/b@" + digest}},
		{"0123456789ab", source.Target{Kind: source.Reference, Name: "0123456789ab"}},
		{digest, source.Target{Kind: source.Reference, Name: digest}},
		{"docker/dockerfile", source.Target{Kind: source.Reference, Name: "docker/dockerfile"}},
		{"registry:python", source.Target{Kind: source.RegistryImage, Name: "python"}},
		{"docker://quay.io/a/b", source.Target{Kind: source.RegistryImage, Name: "quay.io/a/b"}},
		{"docker:app:1", source.Target{Kind: source.DockerImage, Name: "app:1"}},
		{"docker-daemon:app:1", source.Target{Kind: source.DockerImage, Name: "app:1"}},
		{"docker:" + digest, source.Target{Kind: source.DockerImage, Name: digest}},
		{"podman:localhost/app", source.Target{Kind: source.PodmanImage, Name: "localhost/app"}},
		{"image.tar", source.Target{Kind: source.Archive, Name: "image.tar"}},
		{`C:\images\a.tar`, source.Target{Kind: source.Archive, Name: `C:\images\a.tar`}},
		{"/tmp/image", source.Target{Kind: source.Archive, Name: "/tmp/image"}},
		{"/tmp/image:app:1", source.Target{Kind: source.Archive, Name: "/tmp/image", Selector: ":app:1"}},
		{"layout", source.Target{Kind: source.Layout, Name: "layout"}},
		{"./layout:1", source.Target{Kind: source.Layout, Name: "./layout", Selector: ":1"}},
		{"oci:layout", source.Target{Kind: source.Layout, Name: "layout"}},
		{"oci:layout:1.0", source.Target{Kind: source.Layout, Name: "layout", Selector: ":1.0"}},
		{"oci:odd:name", source.Target{Kind: source.Layout, Name: "odd:name"}},
		{"oci:odd:name:1", source.Target{Kind: source.Layout, Name: "odd:name", Selector: ":1"}},
		{"oci:layout@" + digest, source.Target{Kind: source.Layout, Name: "layout", Selector: "@" + digest}},
		{"oci:image.tar", source.Target{Kind: source.OCIArchive, Name: "image.tar"}},
		{"oci-archive:image.tar:1", source.Target{Kind: source.OCIArchive, Name: "image.tar", Selector: ":1"}},
		{"oci-archive:layout", source.Target{Kind: source.Layout, Name: "layout"}},
		{"docker-archive:image.tar", source.Target{Kind: source.DockerArchive, Name: "image.tar"}},
		{"docker-archive:image.tar:a/b:1", source.Target{Kind: source.DockerArchive, Name: "image.tar", Selector: ":a/b:1"}},
		{"docker-archive:app", source.Target{Kind: source.DockerArchive, Name: "app"}},
		{"Dockerfile", source.Target{Kind: source.Dockerfile, Name: "Dockerfile"}},
		{"./Dockerfile", source.Target{Kind: source.Dockerfile, Name: "./Dockerfile"}},
		{"api.dockerfile", source.Target{Kind: source.Dockerfile, Name: "api.dockerfile"}},
		{"recipe", source.Target{Kind: source.Dockerfile, Name: "recipe"}},
		{".", source.Target{Kind: source.Dockerfile, Name: "Dockerfile"}},
		{"service", source.Target{Kind: source.Dockerfile, Name: "service/Dockerfile"}},
		{"podman", source.Target{Kind: source.Dockerfile, Name: "podman/Containerfile"}},
		{"odd", source.Target{Kind: source.Dockerfile, Name: "odd/Containerfile"}},
		{"dockerfile:README", source.Target{Kind: source.Dockerfile, Name: "README"}},
		{"dockerfile:image.tar", source.Target{Kind: source.Dockerfile, Name: "image.tar"}},
		{"dockerfile:odd", source.Target{Kind: source.Dockerfile, Name: "odd/Containerfile"}},
		{"-", source.Target{Kind: source.Stream}},
		{"app:*", source.Target{Kind: source.Tags, Name: "app", Selector: ":*"}},
		{"registry:localhost:5000/a/b:1.?", source.Target{Kind: source.Tags, Name: "localhost:5000/a/b", Selector: ":1.?"}},
		{"docker://quay.io/a/b:[0-9]*", source.Target{Kind: source.Tags, Name: "quay.io/a/b", Selector: ":[0-9]*"}},
	} {
		got, err := source.Detect(test.arg, look)
		if err != nil {
			t.Errorf("Detect(%q): %v", test.arg, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("Detect(%q) (-want +got):\n%s", test.arg, diff)
		}
	}
}

func TestDetectErrors(t *testing.T) {
	const (
		noDockerfile = "the folder holds no Dockerfile; name the file itself"
		noFile       = "no such file; check the path"
		noArchive    = "the file is not an image archive: it is not a tar, nor one in gzip or zstd; make one with docker save -o FILE IMAGE, or name an image"
		noLayout     = "the folder holds no Dockerfile, Containerfile or OCI layout; name the Dockerfile itself, an archive or an image"
		write        = "; write HOST/NAME:TAG in lower case, or the path of a file"
		prefixes     = "use one of registry:, docker:, podman:, docker-archive:, oci-archive:, oci:, dockerfile:"
	)
	for _, test := range []struct {
		arg, want string
		usage     bool
	}{
		{"", "the target is empty; name an image or a file", true},
		{"oci:", "nothing follows the prefix oci:; name an image or a file after it", true},
		{"docker:", "nothing follows the prefix docker:; name an image or a file after it", true},
		{"dockerfile:", "nothing follows the prefix dockerfile:; name an image or a file after it", true},
		{"dockerfile:missing", noFile, false},
		{"dockerfile:python", noDockerfile, false},
		{"dockerfile:layout", noDockerfile, false},
		{"only", noDockerfile, false},
		{"./missing", noFile, false},
		{"missing.tar", noFile, false},
		{"docker/Dockerfile", noFile, false},
		{"missing.dockerfile", noFile, false},
		{"/missing", noFile, false},
		{"../a/b:1", noFile, false},
		{"oci:missing", noFile, false},
		{"docker-archive:missing:1", noFile, false},
		{"./python", noLayout, false},
		{"./app", noArchive, false},
		{"README", noArchive, false},
		{"containers-storage:/x", "unknown prefix \"containers-storage:\"; " + prefixes, true},
		{"https://example.com/x", "unknown prefix \"https:\"; " + prefixes, true},
		{"dir:/tmp", "unknown prefix \"dir:\"; " + prefixes, true},
		{"App:1", "no such file, and not an image reference" + write, true},
		{"registry:App:1", "not an image reference" + write, true},
		{"App:*", "no repository is called App; write HOST/NAME:PATTERN, in lower case before the pattern", true},
		{"app:[1", "the pattern for tags is malformed: [1; write * for any text, ? for a character, [a-z] for one of several", true},
		{"docker:app:*", "a pattern for tags is for images in a registry; write registry:app:*", true},
		{"a*/b:1", "no such file, and not an image reference" + write, true},
		{"docker:a b", "not an image reference" + write, true},
	} {
		_, err := source.Detect(test.arg, look)
		var known *source.Error
		if !errors.As(err, &known) || err.Error() != test.want || known.Usage != test.usage {
			t.Errorf("Detect(%q): %v\nwant %s (usage: %v)", test.arg, err, test.want, test.usage)
		}
	}
}

// FuzzDetect shows that whatever is named, Detect asks only for parts of it and
// for a Dockerfile in it, and answers either a target that is made of it or an
// error of one line.
func FuzzDetect(f *testing.F) {
	for _, arg := range []string{"python:3.12", "oci:layout:1", "layout@sha256:0", "docker://a/b", "-", "./x", "a:b:c@d", "registry:\n", "dockerfile:x", ".", "a:5/b:*"} {
		f.Add(arg, uint8(0))
		f.Add(arg, uint8(1))
		f.Add(arg, uint8(source.DockerfileDir))
	}
	f.Fuzz(func(t *testing.T, arg string, there uint8) {
		var asked []string
		got, err := source.Detect(arg, func(path string) source.Sight {
			asked = append(asked, path)
			return source.Sight(there % uint8(source.OtherFile+1))
		})
		for _, path := range asked {
			if !strings.Contains(arg, path) && !isDockerfileIn(arg, path) {
				t.Errorf("Detect(%q) asked for %q", arg, asked)
			}
		}
		made := strings.HasSuffix(arg, got.Name+got.Selector) || got.Kind == source.Dockerfile && isDockerfileIn(arg, got.Name)
		if err == nil && got.Kind != source.Stream && (got.Name == "" || !made) {
			t.Errorf("Detect(%q) = %+v", arg, got)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\r\n") && !strings.ContainsAny(arg, "\r\n") {
			t.Errorf("Detect(%q): %q has several lines", arg, err)
		}
	})
}

// isDockerfileIn reports whether path is that of a Dockerfile in the folder
// that is named.
func isDockerfileIn(arg, path string) bool {
	folder := strings.TrimPrefix(arg, "dockerfile:")
	return path == filepath.Join(folder, "Dockerfile") || path == filepath.Join(folder, "Containerfile")
}
