// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

// unique is a config that no other image has.
func unique() v1.Config { return v1.Config{Labels: map[string]string{"test": rand.Text()}} }

// isThere reports whether the engine has an image.
func isThere(t *testing.T, c *engine.Client, ref string) bool {
	t.Helper()
	_, err := c.Image(t.Context(), ref)
	if err != nil && !isNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

func mustRemoveImage(t *testing.T, c *engine.Client, id string) {
	t.Helper()
	if err := c.RemoveImage(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func (e realEngine) testLoad(t *testing.T) {
	c := e.starter(t)
	config := unique()
	load := func() string {
		id, err := c.Load(t.Context(), bytes.NewReader(archiveOf(t, c.NewName(), config)))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	t.Run("brought", func(t *testing.T) {
		first, second := load(), load()
		if first != second {
			t.Errorf("images %s and %s, want one", first, second)
		}
		mustRemoveImage(t, c, first)
		if !isThere(t, c, first) {
			t.Error("the image is gone at the first of two removals")
		}
		mustRemoveImage(t, c, first)
		if isThere(t, c, first) {
			t.Error("the image is left")
		}
		mustRemoveImage(t, c, first) // nothing to do
	})
	t.Run("was there with a name", func(t *testing.T) {
		id := load()
		ref := "fgpreflight-test/load:" + strings.ToLower(rand.Text())
		if _, err := c.API().ImageTag(t.Context(), client.ImageTagOptions{Source: id, Target: ref}); err != nil {
			t.Fatal(err)
		}
		mustRemoveImage(t, c, id)
		again := load()
		mustRemoveImage(t, c, again)
		if !isThere(t, c, ref) {
			t.Fatal("an image is gone that somebody else had named")
		}
		removeImage(t, c, ref)
	})
	t.Run("was there without a name", func(t *testing.T) {
		const ref = "fgpreflight-test/load:moved"
		loadPlainly(t, c, archiveOf(t, ref, config))
		loadPlainly(t, c, archiveOf(t, ref, unique())) // takes the name away
		nameless := archiveOf(t, "fgpreflight-test/load@sha256:"+strings.Repeat("0", 64), config)
		id, err := c.Load(t.Context(), bytes.NewReader(nameless))
		if err != nil {
			t.Fatal(err)
		}
		mustRemoveImage(t, c, id)
		if !isThere(t, c, id) {
			t.Fatal("an image is gone that was there before")
		}
		removeImage(t, c, id)
		removeImage(t, c, ref)
	})
}

func (e realEngine) testBuild(t *testing.T) {
	c := e.starter(t)
	const ref = "fgpreflight-test/build:1"
	archive := archiveOf(t, ref, unique())
	built := func(ctx context.Context) (string, error) {
		if err := loadNamed(ctx, c, archive); err != nil {
			return "", err
		}
		image, err := c.Image(ctx, ref)
		if err != nil {
			return "", err
		}
		return image.ID, nil
	}
	t.Run("new", func(t *testing.T) {
		image, err := c.Build(t.Context(), "", built)
		if err != nil {
			t.Fatal(err)
		}
		removeImage(t, c, ref)
		if !isThere(t, c, image.ID) {
			t.Error("the image is gone before its use ends")
		}
		mustRemoveImage(t, c, image.ID)
		if isThere(t, c, image.ID) {
			t.Error("the image is left")
		}
	})
	t.Run("was there", func(t *testing.T) {
		loadPlainly(t, c, archive)
		image, err := c.Build(t.Context(), "", built)
		if err != nil {
			t.Fatal(err)
		}
		mustRemoveImage(t, c, image.ID)
		if !isThere(t, c, ref) {
			t.Fatal("an image is gone that was there before")
		}
		removeImage(t, c, ref)
	})
	t.Run("fails", func(t *testing.T) {
		broken := errors.New("step 1 fails")
		if _, err := c.Build(t.Context(), "", func(context.Context) (string, error) { return "", broken }); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
		_, err := c.Build(t.Context(), "", func(context.Context) (string, error) { return "fgpreflight-test/none", nil })
		if !isNotFound(err) {
			t.Errorf("got %v, want that the image is not there", err)
		}
	})
}

// loadPlainly loads an image as somebody else would.
func loadPlainly(t *testing.T, c *engine.Client, archive []byte) {
	t.Helper()
	if err := loadNamed(t.Context(), c, archive); err != nil {
		t.Fatal(err)
	}
}

func loadNamed(ctx context.Context, c *engine.Client, archive []byte) error {
	result, err := c.API().ImageLoad(ctx, bytes.NewReader(archive))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, result)
	return errors.Join(err, result.Close())
}

func (e realEngine) testLoadFails(t *testing.T) {
	c := e.starter(t)
	broken := errors.New("the source is broken")
	archive := archiveOf(t, c.NewName(), unique())
	cancelled, cancel := context.WithCancelCause(t.Context())
	late, cancelLate := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	tests := map[string]struct {
		ctx  context.Context
		r    io.Reader
		want error // nil for any
	}{
		"reader's error": {t.Context(), io.MultiReader(bytes.NewReader(archive[:len(archive)/2]), iotest.ErrReader(broken)), broken},
		"cut":            {t.Context(), bytes.NewReader(archive[:len(archive)/2]), nil},
		"empty":          {t.Context(), strings.NewReader(""), nil},
		"no archive":     {t.Context(), strings.NewReader(strings.Repeat("no\narchive ", 1000)), nil},
		"cancelled": {cancelled, io.MultiReader(bytes.NewReader(archive[:1000]), readerFunc(func([]byte) (int, error) {
			cancel(interrupted)
			<-t.Context().Done()
			return 0, t.Context().Err()
		})), interrupted},
		// The engine goes on with what it has; nothing may turn up afterwards.
		"cancelled once all was read": {late, io.MultiReader(bytes.NewReader(archive), readerFunc(func([]byte) (int, error) {
			time.AfterFunc(20*time.Millisecond, func() { cancelLate(interrupted) })
			return 0, io.EOF
		})), interrupted},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			id, err := c.Load(tt.ctx, tt.r)
			if err == nil || id != "" || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("image %q, error %v, want %v", id, err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 2000) {
				t.Errorf("error %q, want one short line", err)
			}
		})
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// push pushes the image of the tests to a registry on this machine that wants
// a password, and returns its reference by digest.
func push(t *testing.T) string {
	t.Helper()
	store := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	open := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); !open && (user != "me" || password != "secret") {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			http.Error(w, `{"errors": [{"code": "UNAUTHORIZED", "message": "who are you"}]}`, http.StatusUnauthorized)
			return
		}
		store.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	archive := archiveOf(t, "fgpreflight-test/pull:1", unique())
	image, err := tarball.Image(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive)), nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	repo, err := name.NewRepository(strings.TrimPrefix(server.URL, "http://") + "/app")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(repo.Tag("1"), image); err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	open = false
	return repo.Digest(digest.String()).String()
}

func (e realEngine) testPull(t *testing.T) {
	c := e.starter(t)
	ref := push(t)
	for name, auth := range map[string]engine.Credentials{"nobody": {}, "wrong password": {Username: "me", Password: "guess"}} {
		if id, err := c.Pull(t.Context(), ref, "", auth); err == nil || strings.Contains(err.Error(), "guess") || isThere(t, c, ref) {
			t.Errorf("%s: image %q, error %v, want it refused", name, id, err)
		}
	}
	id, err := c.Pull(t.Context(), ref, "", me)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Pull(t.Context(), ref, id, engine.Credentials{}) // is there, and needs none
	if err != nil || again != id {
		t.Fatalf("image %q, %v, want %q", again, err, id)
	}
	mustRemoveImage(t, c, id)
	if !isThere(t, c, ref) {
		t.Error("the image is gone at the first of two removals")
	}
	mustRemoveImage(t, c, id)
	if isThere(t, c, id) || isThere(t, c, ref) {
		t.Error("the image is left")
	}
	if _, err := c.Pull(t.Context(), "fgpreflight-test/pull:1", "", me); err == nil || !strings.Contains(err.Error(), "no digest") {
		t.Errorf("error %v for a reference without a digest", err)
	}
}
