// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// asHelper is set to the engine for a process of the tests that is to be killed.
const asHelper = "FGPREFLIGHT_TEST_HELPER"

// TestHelperProcess is such a process, if it is told so: it uses an image and
// starts containers, says who it is and waits for its end.
func TestHelperProcess(t *testing.T) {
	e := realEngine(os.Getenv(asHelper))
	if e == "" {
		return
	}
	c := e.connect(t)
	image := loadProgram(t, c)
	removeSidecars(t, c)
	beside(t, c, image, "sleep")
	fmt.Fprintln(os.Stdout, "\nowner", c.Owner())
	io.Copy(io.Discard, os.Stdin)
}

// helper is a running helper process.
type helper struct {
	*exec.Cmd

	owner string
	end   io.Closer // ends it in peace
}

func (e realEngine) startHelper(t *testing.T) helper {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelperProcess$")
	cmd.Env = append(os.Environ(), asHelper+"="+string(e))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if owner, ok := strings.CutPrefix(lines.Text(), "owner "); ok {
			return helper{cmd, owner, in}
		}
		said = append(said, lines.Text())
	}
	t.Fatalf("the helper process ended: %q", said)
	return helper{}
}

func (e realEngine) testLeftovers(t *testing.T) {
	c := e.starter(t)
	dead, living := e.startHelper(t), e.startHelper(t)
	mine := ready(t, c, loadProgram(t, c), function("sleep"))
	const made = 4 // two containers and two images
	for _, h := range []helper{dead, living} {
		if got := remains(t, c, h.owner); len(got) != made {
			t.Fatalf("a process has %q, want %d", got, made)
		}
	}
	if err := c.Leftovers(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := remains(t, c, dead.owner); len(got) != made {
		t.Errorf("a process has %q while it lives, want %d", got, made)
	}
	removeUsers := useImages(t, c, remains(t, c, dead.owner))
	dead.Process.Kill()
	dead.Wait()
	e.sweep(t)
	if got := remains(t, c, dead.owner); len(got) != 1 { // the other image is that of this process, too
		t.Errorf("a killed process left %q, want the image that somebody uses", got)
	}
	removeUsers()
	e.sweep(t)
	if got := remains(t, c, dead.owner); len(got) > 0 {
		t.Errorf("a killed process left %q", got)
	}
	if got := remains(t, c, living.owner); len(got) != made {
		t.Errorf("a living process has %q, want %d", got, made)
	}
	if state, err := mine.State(t.Context()); err != nil || !state.Running {
		t.Errorf("this process's container is %+v, %v", state, err)
	}
	living.end.Close()
	if err := living.Wait(); err != nil {
		t.Errorf("the living process: %v", err)
	}
	if got := remains(t, c, living.owner); len(got) > 0 {
		t.Errorf("a process left %q at its end", got)
	}
}

// sweep removes leftovers as several runs do that come at the same moment.
func (e realEngine) sweep(t *testing.T) {
	t.Helper()
	var runs sync.WaitGroup
	for range 4 {
		c := e.connect(t)
		runs.Go(func() {
			if err := c.Leftovers(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
}

// useImages makes somebody's containers of the images among a process's things,
// and returns how to remove them.
func useImages(t *testing.T, c *engine.Client, things []string) (remove func()) {
	t.Helper()
	var made []string
	for _, name := range things {
		if !strings.HasPrefix(name, "fgpreflight.localhost/") {
			continue
		}
		one, err := c.API().ContainerCreate(t.Context(), client.ContainerCreateOptions{Image: name, Config: &container.Config{Cmd: []string{"x"}}})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, one.ID)
	}
	return func() {
		for _, id := range made {
			if _, err := c.API().ContainerRemove(t.Context(), id, client.ContainerRemoveOptions{RemoveVolumes: true}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (e realEngine) testDeadline(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	k := function("sleep")
	k.Lifetime = 2 * time.Hour
	old := start(t, c, image, k)
	found, err := c.API().ContainerInspect(t.Context(), old.ID, client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]bool{110 * time.Minute: false, 130 * time.Minute: true} {
		at := checktest.NeedEngine(t, engine.Kind(e))
		now := at.Now
		at.Now = func() time.Time { return now().Add(after) }
		later := connectTo(t, at)
		// The judgement alone: other tests use the engine at the same time.
		if got := later.IsLeft(found.Container.Config.Labels); got != want {
			t.Errorf("after %v the container is left: %v, want %v", after, got, want)
		}
	}
}

func TestOwner(t *testing.T) {
	mine := engine.Self()
	if got, ok := engine.ParseOwner(mine.String()); !ok || got != mine {
		t.Errorf("%q is read as %+v, %v", mine, got, ok)
	}
	id, place, _ := strings.Cut(mine.String(), "@")
	pid, start, _ := strings.Cut(id, ".")
	for text, dead := range map[string]bool{
		mine.String():                false,
		pid + ".1@" + place:          true, // another process had the number
		pid + "." + start + "@other": false,
		deadOwner(t):                 true,
	} {
		o, ok := engine.ParseOwner(text)
		if !ok || o.IsDead() != dead {
			t.Errorf("%q: parsed %v, dead %v, want %v", text, ok, o.IsDead(), dead)
		}
	}
	for _, odd := range []string{"", "1@host", "x.1@host", "-1.1@host", "1.1", "1.1@"} {
		if o, ok := engine.ParseOwner(odd); ok {
			t.Errorf("%q is read as %+v", odd, o)
		}
	}
}
