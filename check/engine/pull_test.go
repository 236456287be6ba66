// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

var me = engine.Credentials{Username: "me", Password: "secret"}

// testPullSideBySide shows that several runs pull and remove one image
// without disturbing each other.
func (e realEngine) testPullSideBySide(t *testing.T) {
	c := e.starter(t)
	ref := push(t)
	var runs sync.WaitGroup
	for range 3 {
		own := e.connect(t)
		runs.Go(func() {
			for range 4 {
				id, err := own.Pull(t.Context(), ref, "", me)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := own.Image(t.Context(), id); err != nil {
					t.Errorf("an image that is in use: %v", err)
				}
				if err := own.RemoveImage(t.Context(), id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	runs.Wait()
	if isThere(t, c, ref) || hasLock(t, c, ref) {
		t.Error("the image or its lock is left")
	}
}

// testPullUnderWay shows what becomes of a pull whose process is killed
// before the image has its mark.
func (e realEngine) testPullUnderWay(t *testing.T) {
	c := e.starter(t)
	ref := push(t)
	err := c.Locked(t.Context(), ref, func() error {
		pullPlainly(t, c, ref)
		if err := c.Leftovers(t.Context()); err != nil {
			return err
		}
		if !isThere(t, c, ref) || !hasLock(t, c, ref) {
			t.Error("what a living process pulls is removed")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lockAsDead(t, c, ref)
	for range 2 { // the second finds nothing
		if err := c.Leftovers(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if isThere(t, c, ref) || hasLock(t, c, ref) {
		t.Error("what a dead process pulled is left")
	}
	lockAsDead(t, c, ref)
	id, err := c.Pull(t.Context(), ref, "", me)
	if err != nil {
		t.Fatal(err)
	}
	mustRemoveImage(t, c, id)
	if isThere(t, c, ref) || hasLock(t, c, ref) {
		t.Error("what was pulled in spite of a dead process's lock is left")
	}
}

// lockAsDead makes a lock of a process that has ended.
func lockAsDead(t *testing.T, c *engine.Client, ref string) {
	t.Helper()
	_, err := c.API().VolumeCreate(t.Context(), client.VolumeCreateOptions{
		Name:   engine.LockName(ref),
		Labels: map[string]string{engine.LabelOwner: deadOwner(t), engine.LabelRef: ref, engine.LabelHolder: "x"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// testPullCancelled shows that a pull that is given up leaves nothing.
func (e realEngine) testPullCancelled(t *testing.T) {
	c := e.starter(t)
	ref := push(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if id, err := c.Pull(ctx, ref, "", me); err == nil {
		t.Fatalf("image %s, want an error", id)
	}
	if isThere(t, c, ref) || hasLock(t, c, ref) {
		t.Error("something is left behind")
	}
}

// deadOwner returns what a process that has ended wrote on its things.
func deadOwner(t *testing.T) string {
	t.Helper()
	ended := exec.Command(os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	_, place, _ := strings.Cut(engine.Self().String(), "@")
	return fmt.Sprintf("%d.1@%s", ended.Process.Pid, place)
}

// pullPlainly pulls an image as somebody else would.
func pullPlainly(t *testing.T, c *engine.Client, ref string) {
	t.Helper()
	auth := "eyJ1c2VybmFtZSI6Im1lIiwicGFzc3dvcmQiOiJzZWNyZXQifQ==" // {"username":"me","password":"secret"}
	progress, err := c.API().ImagePull(t.Context(), ref, client.ImagePullOptions{RegistryAuth: auth})
	if err != nil {
		t.Fatal(err)
	}
	defer progress.Close()
	if _, err := io.Copy(io.Discard, progress); err != nil {
		t.Fatal(err)
	}
}

// hasLock reports whether somebody has the lock on a reference's digest.
func hasLock(t *testing.T, c *engine.Client, ref string) bool {
	t.Helper()
	name := engine.LockName(ref)
	volumes, err := c.API().VolumeList(t.Context(), client.VolumeListOptions{Filters: make(client.Filters).Add("name", name)})
	if err != nil {
		t.Fatal(err)
	}
	return len(volumes.Items) > 0
}
