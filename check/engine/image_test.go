// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

// oldAnswer is what Docker 20.10 says of an image.
const oldAnswer = `{
	"Id": "sha256:9305", "RepoTags": ["app:1"], "RepoDigests": [],
	"Config": {
		"Hostname": "", "User": "1003:1003", "AttachStdin": false,
		"ExposedPorts": {"8000/tcp": {}}, "Env": ["A=<1>"], "Cmd": null, "Entrypoint": ["/app"],
		"Volumes": {"/data": {}}, "WorkingDir": "/w", "OnBuild": null, "Labels": null, "Image": "",
		"Healthcheck": {"Test": ["NONE"]}, "Shell": ["/bin/sh", "-c"], "StopSignal": "SIGINT"
	},
	"Architecture": "arm64", "Variant": "v8", "Os": "linux", "Size": 13, "VirtualSize": 13,
	"RootFS": {"Type": "layers", "Layers": ["sha256:c375"]}
}`

// newAnswer is what an engine with a containerd image store adds.
const newAnswer = `{
	"Id": "sha256:aa", "RepoTags": null, "Config": null, "Architecture": "amd64", "Os": "linux", "Size": 20,
	"Descriptor": {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:aa", "size": 500},
	"RootFS": {}
}`

func TestImage(t *testing.T) {
	f := &fake{images: map[string]string{"app:1": oldAnswer, "sha256:9305": oldAnswer, "9305": oldAnswer, "reg.example:5000/a/new": newAnswer}}
	c := f.client(t)

	old := &engine.Image{
		ID: "sha256:9305", RepoTags: []string{"app:1"}, RepoDigests: []string{},
		OS: "linux", Architecture: "arm64", Variant: "v8", Size: 13,
	}
	for _, ref := range []string{"app:1", "sha256:9305", "9305"} {
		image, err := c.Image(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		config := image.Config
		image.Config = nil
		if diff := cmp.Diff(old, image); diff != "" {
			t.Errorf("%s: %s", ref, diff)
		}
		checkOldConfig(t, config)
	}

	image, err := c.Image(t.Context(), "reg.example:5000/a/new")
	if err != nil {
		t.Fatal(err)
	}
	want := &engine.Image{
		ID: "sha256:aa", OS: "linux", Architecture: "amd64", Size: 20,
		Config:     []byte(`{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}`),
		Descriptor: &engine.Descriptor{MediaType: "application/vnd.oci.image.index.v1+json", Digest: "sha256:aa", Size: 500},
	}
	if diff := cmp.Diff(want, image); diff != "" {
		t.Error(diff)
	}
}

// checkOldConfig holds that nothing of the engine's config is lost on the way,
// ports least of all (google/go-containerregistry#2356).
func checkOldConfig(t *testing.T, got []byte) {
	t.Helper()
	var have, from map[string]any
	if err := json.Unmarshal(got, &have); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(oldAnswer), &from); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"architecture": "arm64", "os": "linux", "variant": "v8",
		"config": from["Config"],
		"rootfs": map[string]any{"type": "layers", "diff_ids": []any{"sha256:c375"}},
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

func TestImageErrors(t *testing.T) {
	f := &fake{version: "20.10.24", images: map[string]string{
		"index":   `{"Id": "sha256:1", "Config": null, "Os": "", "Descriptor": {"digest": "sha256:1"}}`,
		"garbage": `{"Id": [`,
		"types":   `{"Id": "sha256:1", "Os": "linux", "Config": {"Env": 7}}`,
		"empty":   `{}`,
		"endless": `{"Id": "sha256:1", "Comment": "` + strings.Repeat("x", engine.MaxAnswer) + `"}`,
	}}
	c := f.client(t)
	tests := map[string]string{
		"index":                  "not its content for this platform",
		"garbage":                `inspecting image "garbage": `,
		"types":                  "cannot unmarshal",
		"empty":                  "no image ID",
		"endless":                "too large",
		"":                       "not an image reference",
		"../containers/json":     "not an image reference",
		"a/../../version":        "not an image reference",
		"/a":                     "not an image reference",
		"a b":                    "not an image reference",
		"a?all=1":                "not an image reference",
		"a\x1b[31m":              "not an image reference",
		strings.Repeat("a", 600): "not an image reference",
	}
	for ref, want := range tests {
		t.Run(ref, func(t *testing.T) {
			_, err := c.Image(t.Context(), ref)
			if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 2000 {
				t.Errorf("error %v, want %q in a short one", err, want)
			}
		})
	}

	t.Run("missing", func(t *testing.T) {
		_, err := c.Image(t.Context(), "app:2")
		missing, ok := errors.AsType[*engine.NotFoundError](err)
		if !ok || missing.Ref != "app:2" || !strings.HasPrefix(err.Error(), `image "app:2" is not in docker at unix://`) {
			t.Fatalf("error %v, want a NotFoundError that names image and engine", err)
		}
		if want := "docker pull app:2"; !strings.Contains(missing.Hint(), want) {
			t.Errorf("hint %q, want %q in it", missing.Hint(), want)
		}
	})
}

// TestListImages holds that Podman is asked again when it cannot list images
// for somebody who removes one.
func TestListImages(t *testing.T) {
	refusals := 0
	f := &fake{version: "4.3.1", component: "Podman Engine", list: func(w http.ResponseWriter, _ *http.Request) {
		if refusals < 2 {
			refusals++
			refuse(w, http.StatusInternalServerError, "retrieving parent of image: file does not exist")
			return
		}
		io.WriteString(w, `[{"Id": "sha256:1", "RepoTags": ["app:1"]}]`)
	}}
	got, err := f.client(t).ListImages(t.Context())
	if err != nil || !slices.Equal(got, []string{"app:1"}) {
		t.Errorf("images %q, %v", got, err)
	}
	f = &fake{version: "20.10.24", list: func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusInternalServerError, "the disk is broken")
	}}
	if _, err := f.client(t).ListImages(t.Context()); err == nil || f.requests("GET json") != 1 {
		t.Errorf("error %v of %d requests, want one", err, f.requests("GET json"))
	}
}

// The names are those that a user may write: neither marks of this program nor
// what a shell would act on.
func TestImageNames(t *testing.T) {
	f := &fake{version: "20.10.24", list: func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `[
			{"Id": "sha256:1", "RepoTags": ["b.example:5000/app:1", "app:1", "app:1"]},
			{"Id": "sha256:2", "RepoTags": ["<none>:<none>", "$(id):1", "a b:1", "a\nb:1", "--run:1"]},
			{"Id": "sha256:3", "RepoTags": null}
		]`)
	}}
	got, err := f.client(t).ImageNames(t.Context())
	if want := []string{"app:1", "b.example:5000/app:1"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("names %q, %v; want %q", got, err, want)
	}
	f = &fake{version: "20.10.24", list: func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusInternalServerError, "the disk is broken")
	}}
	if names, err := f.client(t).ImageNames(t.Context()); err == nil || !strings.Contains(err.Error(), "the disk is broken") {
		t.Errorf("names %q, error %v", names, err)
	}
}
