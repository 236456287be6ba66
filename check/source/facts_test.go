// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// TestEverySource shows that an image has the same facts whatever it is opened
// from.
func TestEverySource(t *testing.T) {
	image := newImage(t, "{}")
	indexed := newImage(t, `{"index": ["linux/arm64", "linux/amd64", "unknown/unknown"], "mediaTypes": "oci"}`)
	registry := checktest.NewRegistry(t, nil)
	registry.Push(t, image, "app", "1")
	registry.Push(t, indexed, "app", "index")
	dir := t.TempDir()
	indexed.WriteLayout(t, dir)
	docker, oci := image.DockerArchive("app:1"), indexed.OCIArchive()
	both := tarOf(t, append(filesOf(t, docker), filesOf(t, oci)...)...)

	for _, test := range []struct {
		target string
		stdin  []byte
		want   check.Info
	}{
		{"registry:" + registry.Host + "/app:1", nil, check.Info{Source: "registry", Name: registry.Host + "/app:1", Digest: image.Manifest.Digest}},
		{"docker://" + registry.Host + "/app:index", nil, check.Info{Source: "registry", Name: registry.Host + "/app:index", Digest: indexed.Manifest.Digest, Platform: "linux/amd64"}},
		{"registry:" + registry.Host + "/app@" + image.Manifest.Digest, nil, check.Info{Source: "registry", Name: registry.Host + "/app@" + image.Manifest.Digest, Digest: image.Manifest.Digest}},
		{"docker-archive:" + writeFile(t, "a.tar", docker), nil, check.Info{Source: "docker-archive", Name: "app:1", Digest: image.Config.Digest, Platform: "linux/amd64"}},
		{writeFile(t, "docker", docker), nil, check.Info{Source: "docker-archive", Name: "app:1", Digest: image.Config.Digest, Platform: "linux/amd64"}},
		{"oci:" + dir, nil, check.Info{Source: "oci", Digest: indexed.Manifest.Digest, Platform: "linux/amd64"}},
		{dir, nil, check.Info{Source: "oci", Digest: indexed.Manifest.Digest, Platform: "linux/amd64"}},
		{"oci-archive:" + writeFile(t, "a.tar", oci), nil, check.Info{Source: "oci-archive", Digest: indexed.Manifest.Digest, Platform: "linux/amd64"}},
		{"oci:" + writeFile(t, "a.tar", oci), nil, check.Info{Source: "oci-archive", Digest: indexed.Manifest.Digest, Platform: "linux/amd64"}},
		{writeFile(t, "a.tar.gz", checktest.Gzip(oci)), nil, check.Info{Source: "oci-archive", Digest: indexed.Manifest.Digest, Platform: "linux/amd64"}},
		{writeFile(t, "a.tar.zst", zstandard(t, docker)), nil, check.Info{Source: "docker-archive", Name: "app:1", Digest: image.Config.Digest, Platform: "linux/amd64"}},
		{"-", docker, check.Info{Source: "docker-archive", Name: "app:1", Digest: image.Config.Digest, Platform: "linux/amd64"}},
		{"-", zstandard(t, oci), check.Info{Source: "oci-archive", Digest: indexed.Manifest.Digest, Platform: "linux/amd64"}},
		{writeFile(t, "both.tar", both), nil, check.Info{Source: "oci-archive", Digest: indexed.Manifest.Digest, Platform: "linux/amd64"}},
		{"docker-archive:" + writeFile(t, "both.tar", both), nil, check.Info{Source: "docker-archive", Name: "app:1", Digest: image.Config.Digest, Platform: "linux/amd64"}},
	} {
		t.Run(test.target, func(t *testing.T) {
			s := open(t, test.target, source.Options{Stdin: bytes.NewReader(test.stdin)})
			test.want.Target = test.target
			if test.want.Source == "registry" {
				test.want.Reference = strings.TrimPrefix(strings.TrimPrefix(test.target, "registry:"), "docker://")
			}
			if diff := cmp.Diff(test.want, info(t, s)); diff != "" {
				t.Errorf("info (-want +got):\n%s", diff)
			}
			wantStory(t, s)
		})
	}
}

// wantStory checks the facts of the story's image.
func wantStory(t *testing.T, s *check.Subject) {
	t.Helper()
	config, err := s.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if user := config.User.Or(""); user != "app" || len(config.Faults) > 0 {
		t.Errorf("USER %q, faults %v", user, config.Faults)
	}
	user, err := s.User(t.Context())
	if err != nil || user.UID != 1003 {
		t.Errorf("user %+v, %v; want UID 1003", user, err)
	}
	files, err := s.RootFS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(files, "gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file behind a whiteout: %v", err)
	}
	data, err := fs.Lstat(files, "data")
	if err != nil {
		t.Fatal(err)
	}
	want := check.Owned{Path: "/data", Mode: fs.ModeDir | 0o700, UID: 1003, GID: 1004}
	if diff := cmp.Diff(want, check.OwnedFile("/data", data)); diff != "" {
		t.Errorf("/data (-want +got):\n%s", diff)
	}
	program, err := s.Program(t.Context(), "/bin/tool", "")
	if err != nil || program.Kind != check.Binary || program.File.Path != "/usr/bin/tool" {
		t.Errorf("program %+v, %v", program, err)
	}
}

func TestManifestFact(t *testing.T) {
	image := newImage(t, `{"index": ["linux/amd64", "unknown/unknown"], "mediaTypes": "oci", "layerMediaType": "application/vnd.oci.image.layer.v1.tar+zstd"}`)
	layer := check.LayerDescriptor{MediaType: "application/vnd.oci.image.layer.v1.tar+zstd"}
	want := &check.Manifest{
		MediaType: "application/vnd.oci.image.manifest.v1+json",
		Digest:    image.Manifest.Digest,
		Index: &check.Index{
			MediaType: "application/vnd.oci.image.index.v1+json",
			Digest:    image.Index.Digest,
			Manifests: []check.IndexEntry{
				{MediaType: "application/vnd.oci.image.manifest.v1+json", Digest: image.Manifest.Digest, OS: "linux", Arch: "amd64"},
				{MediaType: "application/vnd.oci.image.manifest.v1+json", Digest: image.Others[0].Digest, OS: "unknown", Arch: "unknown", Attestation: true},
			},
		},
	}
	for _, l := range image.Layers {
		layer.Digest = l.Digest
		want.Layers = append(want.Layers, layer)
	}
	registry := checktest.NewRegistry(t, nil)
	registry.Push(t, image, "app", "1")
	for _, target := range []string{
		"registry:" + registry.Host + "/app:1",
		"oci-archive:" + writeFile(t, "a.tar", image.OCIArchive()),
	} {
		got, err := open(t, target, source.Options{}).Manifest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
}

// TestNoIndex shows that the file index.json of a layout with one image is not
// an index of the image.
func TestNoIndex(t *testing.T) {
	got, err := open(t, writeFile(t, "a.tar", newImage(t, "{}").OCIArchive()), source.Options{}).Manifest(t.Context())
	if err != nil || got.Index != nil {
		t.Errorf("manifest %+v, %v; want no index", got, err)
	}
}

func TestNoManifest(t *testing.T) {
	_, err := open(t, writeFile(t, "a.tar", newImage(t, "{}").DockerArchive("")), source.Options{}).Manifest(t.Context())
	var unavailable *check.UnavailableError
	if !errors.As(err, &unavailable) || !unavailable.Deferred || unavailable.Hint == "" {
		t.Errorf("got %v, want an answer that the push decides", err)
	}
}

func TestSize(t *testing.T) {
	image := newImage(t, "{}")
	compressed := []int64{int64(len(image.Layers[0].Data)), int64(len(image.Layers[1].Data))}
	sum := compressed[0] + compressed[1]
	unknown := check.UnknownBytes
	raw := []byte(strings.Repeat("x", 512))
	plain := tarOf(t,
		file{name: "c.json", data: []byte("{}")},
		file{name: "a/layer.tar", data: raw},
		file{name: "b/layer.tar", kind: '2', link: "../a/layer.tar"},
		file{name: "manifest.json", data: []byte(`[{"Config":"c.json","Layers":["a/layer.tar","b/layer.tar"]}]`)},
	)
	mixed := tarOf(t,
		file{name: "c.json", data: []byte("{}")},
		file{name: "a", data: raw},
		file{name: "b", data: zstandard(t, raw)},
		file{name: "manifest.json", data: []byte(`[{"Config":"c.json","Layers":["a","b"]}]`)},
	)
	zsize := int64(len(zstandard(t, raw)))
	descriptors := newImage(t, `{"layerSizes": [11000000000, 1], "mediaTypes": "oci", "layerMediaType": "application/vnd.oci.image.layer.v1.tar"}`)
	archive := check.At("manifest.json", "Layers")
	manifest := check.At("manifest", "layers")
	for _, test := range []struct {
		name string
		data []byte
		want check.Size
	}{
		{"compressed layers of docker save", image.DockerArchive(""), check.Size{
			Compressed: sum, Unpacked: unknown, At: archive,
			Layers: []check.LayerSize{{Compressed: compressed[0], Unpacked: unknown}, {Compressed: compressed[1], Unpacked: unknown}},
		}},
		{"plain layers of docker save, one a link", plain, check.Size{
			Compressed: unknown, Unpacked: 1024, At: archive,
			Layers: []check.LayerSize{{Compressed: unknown, Unpacked: 512}, {Compressed: unknown, Unpacked: 512}},
		}},
		{"both", mixed, check.Size{
			Compressed: unknown, Unpacked: unknown, At: archive,
			Layers: []check.LayerSize{{Compressed: unknown, Unpacked: 512}, {Compressed: zsize, Unpacked: unknown}},
		}},
		{"descriptors", image.OCIArchive(), check.Size{
			Compressed: sum, Unpacked: unknown, At: manifest,
			Layers: []check.LayerSize{{Compressed: compressed[0], Unpacked: unknown}, {Compressed: compressed[1], Unpacked: unknown}},
		}},
		{"descriptors of plain tars", descriptors.OCIArchive(), check.Size{
			Compressed: 11000000001, Unpacked: 11000000001, At: manifest,
			Layers: []check.LayerSize{{Compressed: 11000000000, Unpacked: 11000000000}, {Compressed: 1, Unpacked: 1}},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := open(t, writeFile(t, "a.tar", test.data), source.Options{}).Size(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestOldDockerSave reads an archive as docker save wrote them before 25: plain
// layers, each in a folder, and equal ones linked.
func TestOldDockerSave(t *testing.T) {
	layer := tarOf(t, file{name: "etc/passwd", data: []byte("app:x:7:7::/:\n")})
	config := toJSON(t, map[string]any{"os": "linux", "architecture": "amd64", "rootfs": map[string]any{
		"type": "layers", "diff_ids": []string{checktest.NewBlob("", layer).Digest, checktest.NewBlob("", layer).Digest},
	}})
	name := strings.TrimPrefix(checktest.NewBlob("", config).Digest, "sha256:") + ".json"
	data := tarOf(t,
		file{name: "aaa/", kind: '5'}, file{name: "aaa/layer.tar", data: layer},
		file{name: "bbb/", kind: '5'}, file{name: "bbb/layer.tar", kind: '2', link: "../aaa/layer.tar"},
		file{name: name, data: config},
		file{name: "manifest.json", data: toJSON(t, []any{map[string]any{"Config": name, "RepoTags": nil, "Layers": []string{"aaa/layer.tar", "bbb/layer.tar"}}})},
		file{name: "repositories", data: []byte("{}")},
	)
	s := open(t, writeFile(t, "old.tar", data), source.Options{})
	if got := readFile(t, s, "etc/passwd"); got != "app:x:7:7::/:\n" {
		t.Errorf("/etc/passwd holds %q", got)
	}
}

// TestOtherWriters reads what go-containerregistry writes, as crane does.
func TestOtherWriters(t *testing.T) {
	tag, err := name.NewTag("example.com/app:1")
	if err != nil {
		t.Fatal(err)
	}
	image, err := random.Image(1000, 2)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	archive, dir := filepath.Join(t.TempDir(), "a.tar"), t.TempDir()
	path, err := layout.Write(dir, empty.Index)
	if err := errors.Join(err, path.AppendImage(image), tarball.WriteToFile(archive, tag, image)); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]check.Info{
		archive: {Source: "docker-archive", Name: "example.com/app:1", Digest: config.String()},
		dir:     {Source: "oci", Digest: digest.String()},
	} {
		s := open(t, target, source.Options{})
		want.Target = target
		if diff := cmp.Diff(want, info(t, s)); diff != "" {
			t.Errorf("info (-want +got):\n%s", diff)
		}
		tree, err := s.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if entries, err := fs.ReadDir(tree, "."); err != nil || len(entries) != 2 {
			t.Errorf("%s holds %v, %v; want two files", target, entries, err)
		}
	}
}

// TestNothingLeft shows that temporary files are gone when the subject is
// closed, and on Unix before that.
func TestNothingLeft(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	data := checktest.Gzip(newImage(t, "{}").OCIArchive())
	for _, cut := range []int{0, 100} {
		_, closer, err := source.Open(t.Context(), "-", source.Options{Stdin: bytes.NewReader(data[:len(data)-cut])})
		if err == nil {
			err = closer.Close()
		}
		if (err != nil) != (cut > 0) {
			t.Errorf("with %d bytes cut off: %v", cut, err)
		}
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestRootFS shows that the file tree with its errors explained is still one.
func TestRootFS(t *testing.T) {
	files, err := open(t, writeFile(t, "a.tar", newImage(t, "{}").OCIArchive()), source.Options{}).RootFS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(files, "bin", "data", "etc/passwd", "usr/bin/tool"); err != nil {
		t.Error(err)
	}
}

// TestLayoutStaysInside shows that a link in a layout leads nowhere outside.
func TestLayoutStaysInside(t *testing.T) {
	dir := t.TempDir()
	image := newImage(t, "{}")
	image.WriteLayout(t, dir)
	outside := writeFile(t, "config", image.Config.Data)
	blob := filepath.Join(dir, "blobs", "sha256", strings.TrimPrefix(image.Config.Digest, "sha256:"))
	if err := errors.Join(os.Remove(blob), os.Symlink(outside, blob)); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, dir, source.Options{}).Config(t.Context())
	if err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("got %v, want that the link escapes the layout", err)
	}
}

// TestForeignLayer shows that addresses in a manifest are never asked.
func TestForeignLayer(t *testing.T) {
	image := newImage(t, `{"mediaTypes": "oci"}`)
	image.Manifest = checktest.NewBlob(image.Manifest.MediaType,
		bytes.Replace(image.Manifest.Data, []byte(`"layers":[{`), []byte(`"layers":[{"urls":["http://127.0.0.1:1/layer"],`), 1))
	s := open(t, writeFile(t, "a.tar", image.OCIArchive()), source.Options{})
	manifest, err := s.Manifest(t.Context())
	if err != nil || !manifest.Layers[0].Foreign || manifest.Layers[1].Foreign {
		t.Errorf("manifest %+v, %v; want the first layer alone to be foreign", manifest, err)
	}
	var unavailable *check.UnavailableError
	if _, err := s.RootFS(t.Context()); !errors.As(err, &unavailable) {
		t.Errorf("root file system: %v; want that it is not to be had", err)
	}
}
