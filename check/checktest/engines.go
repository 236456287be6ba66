// SPDX-License-Identifier: Apache-2.0

package checktest

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

// Engines are the kinds of real engines that tests are run against.
var Engines = []engine.Kind{engine.Docker, engine.Podman}

var errNoPodman = errors.New("FGPREFLIGHT_PODMAN is not set; .ci/podman serves one")

// NeedEngine returns what connects to the real engine of a kind: the Docker
// Engine that the docker command uses, or the Podman whose address is in
// FGPREFLIGHT_PODMAN, as the script .ci/podman serves it. Where it does not
// answer the test is left out, unless FGPREFLIGHT_REQUIRE_ENGINE is 1, as it is
// in the gate.
func NeedEngine(tb testing.TB, kind engine.Kind) engine.Options {
	tb.Helper()
	at := engine.Options{
		Kind: kind, Env: os.Getenv, Home: os.Getenv("HOME"),
		Now: time.Now, //nolint:forbidigo // The engine stamps containers with the real time, which deadlines are held against.
	}
	if kind == engine.Podman {
		if at.Host = os.Getenv("FGPREFLIGHT_PODMAN"); at.Host == "" {
			leaveOut(tb, kind, errNoPodman)
		}
	}
	if err := answers(tb, at); err != nil {
		leaveOut(tb, kind, err)
	}
	return at
}

// answering are the kinds of engines that have answered. Podman takes a second
// to say who it is.
var answering sync.Map

func answers(tb testing.TB, at engine.Options) error {
	tb.Helper()
	if _, ok := answering.Load(at.Kind); ok {
		return nil
	}
	c, err := engine.Connect(tb.Context(), at)
	if err != nil {
		return err
	}
	answering.Store(at.Kind, true)
	return c.Close()
}

func leaveOut(tb testing.TB, kind engine.Kind, err error) {
	tb.Helper()
	if os.Getenv("FGPREFLIGHT_REQUIRE_ENGINE") == "1" {
		tb.Fatal(err)
	}
	tb.Skipf("left out: tests of a real %s: %v", kind, err)
}
