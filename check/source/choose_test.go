// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// ociEntry is a descriptor in an index.
type ociEntry map[string]any

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	indexType    = "application/vnd.oci.image.index.v1+json"
)

// ociManifest returns the manifest of an image for a platform, with its config.
func ociManifest(tb testing.TB, platform string) (manifest, config checktest.Blob) {
	tb.Helper()
	parts := append(strings.Split(platform, "/"), "", "")
	config = checktest.NewBlob("application/vnd.oci.image.config.v1+json",
		toJSON(tb, map[string]any{"os": parts[0], "architecture": parts[1], "variant": parts[2]}))
	text := toJSON(tb, map[string]any{
		"schemaVersion": 2, "mediaType": manifestType, "layers": []any{},
		"config": ociEntry{"mediaType": config.MediaType, "digest": config.Digest, "size": len(config.Data)},
	})
	return checktest.NewBlob(manifestType, text), config
}

func ociIndex(tb testing.TB, entries ...ociEntry) checktest.Blob {
	tb.Helper()
	return checktest.NewBlob(indexType, toJSON(tb, map[string]any{"schemaVersion": 2, "mediaType": indexType, "manifests": entries}))
}

// entryOf returns a descriptor of the blob; platform and name may be empty.
func entryOf(b checktest.Blob, platform, name string) ociEntry {
	e := ociEntry{"mediaType": b.MediaType, "digest": b.Digest, "size": len(b.Data)}
	if platform != "" {
		parts := append(strings.Split(platform, "/"), "", "")
		e["platform"] = map[string]string{"os": parts[0], "architecture": parts[1], "variant": parts[2]}
	}
	if name != "" {
		e["annotations"] = map[string]string{"org.opencontainers.image.ref.name": name}
	}
	return e
}

// TestChoose shows which image of a layout is opened.
func TestChoose(t *testing.T) {
	amd64, configAMD := ociManifest(t, "linux/amd64")
	arm64, configARM := ociManifest(t, "linux/arm64")
	arm7, configARM7 := ociManifest(t, "linux/arm/v7")
	windows, configWindows := ociManifest(t, "windows/amd64")
	attestation := checktest.NewBlob(manifestType, []byte(`{"schemaVersion":2}`))
	attested := entryOf(attestation, "unknown/unknown", "")
	both := ociIndex(t, entryOf(arm64, "linux/arm64", ""), entryOf(amd64, "linux/amd64", ""), attested)
	arms := ociIndex(t, entryOf(arm64, "linux/arm64/v8", ""), entryOf(arm7, "linux/arm/v7", ""))
	deep := ociIndex(t, entryOf(arms, "", ""), entryOf(both, "", ""))
	deeper := ociIndex(t, entryOf(deep, "", ""))
	deepest := ociIndex(t, entryOf(deeper, "", ""))
	tooDeep := ociIndex(t, entryOf(ociIndex(t, entryOf(deepest, "", "")), "", ""))
	containerd := entryOf(arm64, "", "1.0")
	containerd["annotations"].(map[string]string)["io.containerd.image.name"] = "docker.io/library/app:1.0"
	blobs := [][]byte{}
	for _, b := range []checktest.Blob{
		amd64, arm64, arm7, windows, configAMD, configARM, configARM7, configWindows, attestation,
		both, arms, deep, deeper, deepest, tooDeep, ociIndex(t, entryOf(deepest, "", "")),
	} {
		blobs = append(blobs, b.Data)
	}
	names := map[string]string{"": "", amd64.Digest: "amd64", arm64.Digest: "arm64", arm7.Digest: "arm/v7", windows.Digest: "windows"}

	tagged := []ociEntry{entryOf(amd64, "", "1"), entryOf(arm64, "", "2")}
	flat := []ociEntry{entryOf(arm64, "linux/arm64", "app"), entryOf(amd64, "linux/amd64", "app"), attested}
	for _, test := range []struct {
		name           string
		entries        []ociEntry
		selector, want string // the platform demanded
		chosen, err    string
	}{
		{"one image", []ociEntry{entryOf(amd64, "", "")}, "", "", "amd64", ""},
		{"one image for another platform", []ociEntry{entryOf(arm64, "linux/arm64", "")}, "", "", "arm64", ""},
		{"an image that is named twice", []ociEntry{entryOf(amd64, "", "1"), entryOf(amd64, "", "latest")}, "", "", "amd64", ""},
		{"an image with its attestation", []ociEntry{attested, entryOf(amd64, "", "")}, "", "", "amd64", ""},
		{"an index", []ociEntry{entryOf(both, "", "")}, "", "", "amd64", ""},
		{"an index, another platform", []ociEntry{entryOf(both, "", "")}, "", "linux/arm64", "arm64", ""},
		{"an index without the default platform", []ociEntry{entryOf(arms, "", "")}, "", "", "arm64", ""},
		{"an index, by architecture alone", []ociEntry{entryOf(arms, "", "")}, "", "linux/arm", "arm/v7", ""},
		{"an index, by variant", []ociEntry{entryOf(arms, "", "")}, "", "linux/arm64/v8", "arm64", ""},
		{"an index, another spelling", []ociEntry{entryOf(arms, "", "")}, "", "linux/aarch64", "arm64", ""},
		{
			"an index without the platform demanded",
			[]ociEntry{entryOf(arms, "", "")},
			"", "linux/amd64", "",
			"there is no image for linux/amd64, only for linux/arm64/v8, linux/arm/v7; build it for linux/amd64, or leave --platform out to check what there is",
		},
		{
			"an index without the variant demanded",
			[]ociEntry{entryOf(arms, "", "")},
			"", "linux/arm/v6", "",
			"there is no image for linux/arm/v6, only for linux/arm64/v8, linux/arm/v7; build it for linux/arm/v6, or leave --platform out to check what there is",
		},
		{"nested indexes", []ociEntry{entryOf(deepest, "", "")}, "", "", "amd64", ""},
		{"nested too deep", []ociEntry{entryOf(tooDeep, "", "")}, "", "", "", "indexes are nested too deep"},
		{"platforms side by side", flat, "", "", "amd64", ""},
		{"platforms side by side, another one", flat, "", "linux/arm64", "arm64", ""},
		{"platforms side by side, none demanded", flat[:1], "", "", "arm64", ""},
		{"by tag", tagged, ":2", "", "arm64", ""},
		{"by tag of a whole name", []ociEntry{entryOf(amd64, "", "example.com/app:1"), tagged[1]}, ":1", "", "amd64", ""},
		{"by whole name", []ociEntry{entryOf(amd64, "", "example.com/app:1"), tagged[1]}, ":example.com/app:1", "", "amd64", ""},
		{"by containerd's name", []ociEntry{entryOf(amd64, "", "2"), containerd}, ":docker.io/library/app:1.0", "", "arm64", ""},
		{"by digest", tagged, "@" + amd64.Digest, "", "amd64", ""},
		{"by digest of an index", []ociEntry{entryOf(arms, "", ""), entryOf(both, "", "")}, "@" + both.Digest, "", "amd64", ""},
		{"by digest in an index", []ociEntry{entryOf(arms, "", ""), entryOf(both, "", "")}, "@" + arm7.Digest, "", "arm/v7", ""},
		{"by tag and platform", append(flat, entryOf(windows, "windows/amd64", "other")), ":app", "linux/arm64", "arm64", ""},
		{"by platform among different images", []ociEntry{entryOf(amd64, "linux/amd64", "1"), entryOf(arm64, "linux/arm64", "2")}, "", "", "amd64", ""},
		{
			"several images", tagged, "", "", "",
			"it has several images: 1 @" + amd64.Digest + ", 2 @" + arm64.Digest + "; choose one with :TAG or @DIGEST behind the path",
		},
		{
			"several images for one platform",
			[]ociEntry{entryOf(amd64, "linux/amd64", ""), entryOf(windows, "linux/amd64", "")},
			"", "", "",
			"it has several images: linux/amd64 @" + amd64.Digest + ", linux/amd64 @" + windows.Digest + "; choose one with :TAG or @DIGEST behind the path",
		},
		{
			"no such tag", tagged, ":3", "", "",
			"it has no image :3; it has 1 @" + amd64.Digest + ", 2 @" + arm64.Digest + "; choose one of them",
		},
		{
			"no such digest", tagged[:1], "@" + arm7.Digest, "", "",
			"it has no image @" + arm7.Digest + "; it has 1 @" + amd64.Digest + "; choose one of them",
		},
		{"no image", []ociEntry{attested}, "", "", "", "the layout's index.json names no image"},
		{"an odd platform", flat, "", "linux", "", `the platform "linux" is not of the form os/arch or os/arch/variant; write --platform linux/amd64`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := source.OpenLayoutBytes(t.Context(), ociIndex(t, test.entries...).Data, test.selector, test.want, blobs...)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if names[got] != test.chosen || text != test.err {
				t.Errorf("got  %s, error %q\nwant %s, error %q", names[got], text, test.chosen, test.err)
			}
		})
	}
}

// TestFlatIndex shows that the index.json of a layout counts as an index when
// it holds an image's platforms itself.
func TestFlatIndex(t *testing.T) {
	amd64, configAMD := ociManifest(t, "linux/amd64")
	arm64, configARM := ociManifest(t, "linux/arm64")
	files := []file{
		{name: "oci-layout", data: []byte("{}")},
		{name: "index.json", data: ociIndex(t, entryOf(arm64, "linux/arm64", ""), entryOf(amd64, "linux/amd64", "")).Data},
	}
	for _, b := range []checktest.Blob{amd64, configAMD, arm64, configARM} {
		files = append(files, file{name: "blobs/sha256/" + strings.TrimPrefix(b.Digest, "sha256:"), data: b.Data})
	}
	s := open(t, writeFile(t, "a.tar", tarOf(t, files...)), source.Options{})
	manifest, err := s.Manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if manifest.Index == nil || len(manifest.Index.Manifests) != 2 || manifest.Index.Manifests[0].Platform() != "linux/arm64" {
		t.Errorf("index %+v, want the two platforms", manifest.Index)
	}
}

// TestPlatformDemanded compares --platform with the config where no index
// decides.
func TestPlatformDemanded(t *testing.T) {
	image := newImage(t, `{"architecture": "arm64"}`)
	reg := checktest.NewRegistry(t, nil)
	reg.Push(t, image, "app", "1")
	layout := t.TempDir()
	image.WriteLayout(t, layout)
	for _, target := range []string{"registry:" + reg.Host + "/app:1", layout, writeFile(t, "a.tar", image.DockerArchive(""))} {
		open(t, target, source.Options{})
		open(t, target, source.Options{Platform: "linux/arm64/v8"})
		got, usage := openError(t, target, source.Options{Platform: "linux/amd64"})
		want := "there is no image for linux/amd64, only for linux/arm64; build it for linux/amd64, or leave --platform out to check what there is"
		if got != want || usage {
			t.Errorf("%s: got %q\nwant %q", target, got, want)
		}
		if _, usage := openError(t, target, source.Options{Platform: "linux/"}); !usage {
			t.Errorf("%s: a platform that is none is not an error of usage", target)
		}
	}
}

func TestChooseDockerImage(t *testing.T) {
	config := func(n int) checktest.Blob { return checktest.NewBlob("", fmt.Appendf(nil, `{"os":"linux","n":%d}`, n)) }
	name := func(n int) string { return strings.TrimPrefix(config(n).Digest, "sha256:") + ".json" }
	archive := func(images ...any) string {
		return writeFile(t, "a.tar", tarOf(t,
			file{name: name(1), data: config(1).Data}, file{name: name(2), data: config(2).Data},
			file{name: "manifest.json", data: toJSON(t, images)}))
	}
	entry := func(n int, tags ...string) map[string]any {
		return map[string]any{"Config": name(n), "RepoTags": tags, "Layers": []string{}}
	}
	two := archive(entry(1, "app:1", "app:latest"), entry(2))
	for _, test := range []struct{ target, digest, err string }{
		{archive(entry(1, "app:1"), entry(1, "app:latest")), config(1).Digest, ""},
		{two + ":app:1", config(1).Digest, ""},
		{"docker-archive:" + two + ":app", config(1).Digest, ""},
		{two + "@" + config(2).Digest, config(2).Digest, ""},
		{two, "", "it has several images: app:1 app:latest, @" + config(2).Digest + "; choose one with :NAME:TAG or @DIGEST behind the path"},
		{two + ":app:3", "", "it has no image :app:3; it has app:1 app:latest, @" + config(2).Digest + "; choose one of them"},
		{two + "@sha256:0", "", "it has no image @sha256:0; it has app:1 app:latest, @" + config(2).Digest + "; choose one of them"},
	} {
		if test.err != "" {
			if got, _ := openError(t, test.target, source.Options{}); got != test.err {
				t.Errorf("%s:\ngot  %q\nwant %q", test.target, got, test.err)
			}
			continue
		}
		if got := info(t, open(t, test.target, source.Options{})).Digest; got != test.digest {
			t.Errorf("%s: got %s, want %s", test.target, got, test.digest)
		}
	}
}

// FuzzLayoutIndex shows that whatever an index.json says, an image that is
// opened is one that was asked for by digest, or there.
func FuzzLayoutIndex(f *testing.F) {
	amd64, config := ociManifest(f, "linux/amd64")
	arm64, _ := ociManifest(f, "linux/arm64")
	nested := ociIndex(f, entryOf(amd64, "linux/amd64", ""), entryOf(arm64, "linux/arm64", ""))
	f.Add(ociIndex(f, entryOf(amd64, "", "1"), entryOf(nested, "", "2")).Data, ":1", "")
	f.Add(ociIndex(f, entryOf(nested, "", "")).Data, "@"+arm64.Digest, "linux/arm64")
	f.Fuzz(func(t *testing.T, index []byte, selector, want string) {
		if selector != "" && selector[0] != ':' && selector[0] != '@' {
			selector = ":" + selector
		}
		chosen, err := source.OpenLayoutBytes(t.Context(), index, selector, want, amd64.Data, arm64.Data, nested.Data, config.Data)
		digest, byDigest := strings.CutPrefix(selector, "@")
		switch {
		case err != nil && strings.ContainsAny(err.Error(), "\n"):
			t.Errorf("an error of several lines: %v", err)
		case err == nil && chosen != amd64.Digest && chosen != arm64.Digest:
			t.Errorf("opened %s, which is no image", chosen)
		case err == nil && byDigest && chosen != digest && digest != nested.Digest:
			t.Errorf("opened %s, asked for %s", chosen, digest)
		}
	})
}
