// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/rules"
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

// localEngine connects to the machine's Docker engine.
func localEngine(t *testing.T) *client.Client {
	t.Helper()
	return engineAPI(t, checktest.NeedEngine(t, engine.Docker))
}

// engineAPI connects to an engine, to prepare it and to look at it.
func engineAPI(t *testing.T, at engine.Options) *client.Client {
	t.Helper()
	options := []client.Opt{client.FromEnv}
	if at.Host != "" {
		options = append(options, client.WithHost(at.Host))
	}
	c, err := client.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// loadInto loads the case's image into the engine until the test ends, under a
// tag that no other run of the tests has.
func (c *testCase) loadInto(t *testing.T, to *client.Client) string {
	t.Helper()
	ref := "fgpreflight-test/" + c.repository() + ":" + strings.ToLower(rand.Text())
	loaded, err := to.ImageLoad(t.Context(), bytes.NewReader(c.image.DockerArchive(ref)), client.ImageLoadWithQuiet(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := to.ImageRemove(context.WithoutCancel(t.Context()), ref, client.ImageRemoveOptions{Force: true}); err != nil {
			t.Errorf("removing the test's image: %v", err)
		}
	})
	_, err = io.Copy(io.Discard, loaded)
	if err := errors.Join(err, loaded.Close()); err != nil {
		t.Fatal(err)
	}
	return ref
}

// saveImage writes the engine's image to a file, as docker save does.
func saveImage(t *testing.T, from *client.Client, ref string) string {
	t.Helper()
	saved, err := from.ImageSave(t.Context(), []string{ref})
	if err != nil {
		t.Fatal(err)
	}
	defer saved.Close()
	name := filepath.Join(t.TempDir(), "saved.tar")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(file, saved)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

// checkTarget checks a target that holds the case's image.
func (c *testCase) checkTarget(t *testing.T, target string) *check.Report {
	t.Helper()
	subject, closer, err := source.Open(t.Context(), target, source.Options{
		Function: &c.settings.Function, Full: true, Env: os.Getenv, Home: os.Getenv("HOME"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	return check.Run(t.Context(), subject, rules.All, c.settings.Policy)
}
