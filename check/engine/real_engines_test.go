// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"testing"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// realEngine is a kind of engine that the tests are run against.
type realEngine engine.Kind

// TestReal runs the tests that need a real engine.
func TestReal(t *testing.T) {
	for _, kind := range checktest.Engines {
		t.Run(string(kind), func(t *testing.T) {
			e := realEngine(kind)
			t.Run("image", e.testImage)
			t.Run("files", e.testRootFS)
			t.Run("file system", e.testConforms)
			t.Run("reading cancelled", e.testCancelled)
			t.Run("load", e.testLoad)
			t.Run("load fails", e.testLoadFails)
			t.Run("build", e.testBuild)
			t.Run("pull", e.testPull)
			t.Run("pull side by side", e.testPullSideBySide)
			t.Run("pull under way", e.testPullUnderWay)
			t.Run("pull cancelled", e.testPullCancelled)
			t.Run("conditions", e.testConditions)
			t.Run("other conditions", e.testOtherConditions)
			t.Run("refusal", e.testRefusal)
			t.Run("exit", e.testExit)
			t.Run("stop", e.testStop)
			t.Run("memory", e.testMemory)
			t.Run("changes", e.testChanges)
			t.Run("log", e.testLog)
			t.Run("flood", e.testFlood)
			t.Run("fork bomb", e.testForkBomb)
			t.Run("fill", e.testFill)
			t.Run("start cancelled", e.testStartCancelled)
			t.Run("side by side", e.testSideBySide)
			t.Run("sidecar", e.testSidecar)
			t.Run("sidecar fails", e.testSidecarFails)
			t.Run("sidecar closed", e.testSidecarClosed)
			t.Run("published port", e.testPublished)
			t.Run("leftovers", e.testLeftovers)
			t.Run("deadline", e.testDeadline)
		})
	}
}

// connect connects to the engine, or leaves the test out.
func (e realEngine) connect(t *testing.T) *engine.Client {
	t.Helper()
	return connectTo(t, checktest.NeedEngine(t, engine.Kind(e)))
}

func connectTo(t *testing.T, at engine.Options) *engine.Client {
	t.Helper()
	c, err := engine.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// starter connects to the engine for a test that starts containers, and holds
// that this process leaves nothing behind.
func (e realEngine) starter(t *testing.T) *engine.Client {
	t.Helper()
	c := e.connect(t)
	t.Cleanup(func() {
		if left := remains(t, c, c.Owner()); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
	return c
}
