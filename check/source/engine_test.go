// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// fakeEngine is a Docker engine that has the images, by reference, as it
// describes them. It returns the engine's address.
func fakeEngine(t *testing.T, images map[string]any) string {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		_, path, _ := strings.Cut(r.URL.Path, "/v1.41")
		ref, isImage := strings.CutPrefix(path, "/images/")
		image, known := images[strings.TrimSuffix(ref, "/json")]
		switch {
		case isImage && known:
			answer(w, http.StatusOK, image)
		case isImage:
			answer(w, http.StatusNotFound, map[string]string{"message": "No such image"})
		default:
			answer(w, http.StatusOK, map[string]any{"Version": "20.10", "ApiVersion": "1.41", "MinAPIVersion": "1.12"})
		}
	})
	return checktest.ServeSocket(t, mux)
}

// described is an image as an engine describes it.
func described(arch string) map[string]any {
	return map[string]any{
		"Id": "sha256:" + strings.Repeat("1", 64), "RepoTags": []string{"app:1"}, "Os": "linux", "Architecture": arch, "Size": 1234,
		"Config": map[string]any{"User": "7", "ExposedPorts": map[string]any{"8000/tcp": map[string]any{}}},
		"RootFS": map[string]any{"Type": "layers", "Layers": []string{"sha256:" + strings.Repeat("2", 64)}},
	}
}

func TestEngineFacts(t *testing.T) {
	o := source.Options{Engine: fakeEngine(t, map[string]any{"app:1": described("amd64")})}
	for _, target := range []string{"docker:app:1", "docker-daemon:app:1", "app:1"} {
		s := open(t, target, o)
		want := check.Info{
			Target: target, Source: "docker", Name: "app:1", Digest: "sha256:" + strings.Repeat("1", 64), Platform: "linux/amd64", Reference: "app:1",
		}
		if diff := cmp.Diff(want, info(t, s)); diff != "" {
			t.Errorf("info (-want +got):\n%s", diff)
		}
		config, err := s.Config(t.Context())
		if err != nil || config.User.Or("") != "7" || len(config.Faults) > 0 {
			t.Errorf("config %+v, %v", config, err)
		}
		size, err := s.Size(t.Context())
		if diff := cmp.Diff(&check.Size{Compressed: check.UnknownBytes, Unpacked: 1234, At: check.At("image", "Size")}, size); err != nil || diff != "" {
			t.Errorf("size, %v (-want +got):\n%s", err, diff)
		}
		var unavailable *check.UnavailableError
		if _, err := s.Manifest(t.Context()); !errors.As(err, &unavailable) || !unavailable.Deferred {
			t.Errorf("manifest: %v, want an answer that the push decides", err)
		}
	}
}

func TestEngineManifest(t *testing.T) {
	digest := "sha256:" + strings.Repeat("3", 64)
	with := func(mediaType string) source.Options {
		image := described("amd64")
		image["Descriptor"] = map[string]any{"mediaType": mediaType, "digest": digest, "size": 9}
		return source.Options{Engine: fakeEngine(t, map[string]any{"app:1": image})}
	}
	got, err := open(t, "docker:app:1", with(manifestType)).Manifest(t.Context())
	if diff := cmp.Diff(&check.Manifest{MediaType: manifestType, Digest: digest}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	var unavailable *check.UnavailableError
	if _, err := open(t, "docker:app:1", with(indexType)).Manifest(t.Context()); !errors.As(err, &unavailable) {
		t.Errorf("manifest of an index: %v, want that it is not to be had", err)
	}
}

// TestReference shows where a name without a prefix is looked up.
func TestReference(t *testing.T) {
	reg := checktest.NewRegistry(t, nil)
	reg.Push(t, newImage(t, "{}"), "app", "1")
	ref := reg.Host + "/app:1"
	missing := reg.Host + "/app:2"
	none := "unix://" + filepath.Join(t.TempDir(), "none")
	env := func(host string) func(string) string {
		return func(name string) string { return map[string]string{"DOCKER_HOST": host, "CONTAINER_HOST": none}[name] }
	}
	amd64 := fakeEngine(t, map[string]any{ref: described("amd64")})
	arm64 := fakeEngine(t, map[string]any{ref: described("arm64")})
	empty := fakeEngine(t, nil)
	for _, test := range []struct {
		name, ref string
		options   source.Options
		want, err string // what answered, or the error
	}{
		{"the engine has it", ref, source.Options{Env: env(amd64)}, "docker", ""},
		{"the engine has it, of another platform", ref, source.Options{Env: env(arm64)}, "docker", ""},
		{"the engine has it, of another platform than demanded", ref, source.Options{Env: env(arm64), Platform: "linux/amd64"}, "registry", ""},
		{"the engine has it not", ref, source.Options{Env: env(empty)}, "registry", ""},
		{"no engine", ref, source.Options{Env: env(none)}, "registry", ""},
		{
			"nobody has it", missing,
			source.Options{Env: env(empty)},
			"",
			reg.Host + " has no such image (MANIFEST_UNKNOWN: Unknown manifest), and it is not in docker at " + empty +
				" (20.10); check the name and the tag, and that the image was pushed",
		},
		{
			"an ID that no engine has", "sha256:" + strings.Repeat("a", 64),
			source.Options{Env: env(empty)},
			"",
			"no engine has an image of that ID (asked: docker at " + empty + " (20.10)); name the image by its reference",
		},
		{
			"the engine given does not run", ref,
			source.Options{Engine: none},
			"",
			"no docker engine answers: " + none + " (--engine): connect: no such file or directory; " +
				"start the engine (Docker Desktop, or sudo systemctl start docker), or name its address with --engine or DOCKER_HOST",
		},
		{
			"only the engine is asked", "docker:" + missing,
			source.Options{Engine: empty},
			"",
			`image "` + missing + `" is not in docker at ` + empty + " (20.10); build or pull it (docker pull " + missing + "), or check it in its registry (registry:" + missing + ")",
		},
		{
			"another platform", "docker:" + ref,
			source.Options{Engine: arm64, Platform: "linux/amd64"},
			"",
			"there is no image for linux/amd64, only for linux/arm64; build it for linux/amd64, or leave --platform out to check what there is",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.err != "" {
				if got, _ := openError(t, test.ref, test.options); got != test.err {
					t.Errorf("got  %q\nwant %q", got, test.err)
				}
				return
			}
			if got := info(t, open(t, test.ref, test.options)).Source; got != test.want {
				t.Errorf("opened from %s, want %s", got, test.want)
			}
		})
	}
}

// TestRealEngine reads the story's image from the machine's Docker engine.
func TestRealEngine(t *testing.T) {
	env := os.Getenv
	c, err := engine.Connect(t.Context(), engine.Options{Kind: engine.Docker, Env: env, Home: env("HOME")})
	if err != nil {
		if env("FGPREFLIGHT_REQUIRE_ENGINE") == "1" {
			t.Fatal(err)
		}
		t.Skipf("left out: opening images of a real engine: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	ref := "fgpreflight-test/source:" + strings.ToLower(rand.Text())
	load(t, newImage(t, "{}").DockerArchive(ref), ref)

	for _, target := range []string{"docker:" + ref, ref} {
		s := open(t, target, source.Options{Env: env, Home: env("HOME")})
		if got := info(t, s); got.Source != "docker" || got.Platform != "linux/amd64" || got.Name != ref {
			t.Errorf("info %+v", got)
		}
		wantStory(t, s)
		tree, err := s.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if entries, err := fs.ReadDir(tree, "usr/bin"); err != nil || len(entries) != 1 || entries[0].Name() != "tool" {
			t.Errorf("/usr/bin holds %v, %v", entries, err)
		}
	}
	t.Run("docker save", func(t *testing.T) {
		api, err := client.New(client.FromEnv)
		if err != nil {
			t.Fatal(err)
		}
		defer api.Close()
		saved, err := api.ImageSave(t.Context(), []string{ref})
		if err != nil {
			t.Fatal(err)
		}
		defer saved.Close()
		s := open(t, "-", source.Options{Stdin: saved})
		if got := info(t, s); got.Name != ref || got.Platform != "linux/amd64" {
			t.Errorf("info %+v", got)
		}
		wantStory(t, s)
	})
}

// load loads an archive into the machine's engine until the test ends.
func load(t *testing.T, archive []byte, ref string) {
	t.Helper()
	api, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := api.ImageLoad(t.Context(), bytes.NewReader(archive), client.ImageLoadWithQuiet(true))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, loaded)
	if err := errors.Join(err, loaded.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := api.ImageRemove(context.WithoutCancel(t.Context()), ref, client.ImageRemoveOptions{Force: true})
		if err := errors.Join(err, api.Close()); err != nil {
			t.Errorf("removing the test's image: %v", err)
		}
	})
}
