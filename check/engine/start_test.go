// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/google/go-cmp/cmp"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// inside starts the program and returns what it sees.
func inside(t *testing.T, c *engine.Client, image string, k engine.Conditions) map[string]string {
	t.Helper()
	var out bytes.Buffer
	k.Output = &out
	if exit := wait(t, start(t, c, image, k)); exit.Code != 0 {
		t.Fatalf("exit %+v: %s", exit, out.String())
	}
	return parseReport(t, out.Bytes())
}

func parseReport(t *testing.T, text []byte) map[string]string {
	t.Helper()
	var seen map[string]string
	if err := json.Unmarshal(text, &seen); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	return seen
}

func (e realEngine) testConditions(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	none := strings.Repeat("0", 16)
	k := function("report", "x")
	k.Env, k.CPUs = []string{"B=function", "C=function"}, 0.1
	seen := inside(t, c, image, k)
	for name, want := range map[string]string{
		"Uid": "1003 1003 1003 1003", "Gid": "1003 1003 1003 1003",
		"CapInh": none, "CapPrm": none, "CapEff": none, "CapBnd": none, "CapAmb": none,
		"NoNewPrivs": "1", "Seccomp": "2", "Pid": "1",
		"cwd": "/", "args": "/program report x", "nofile": "2048 2048", "up": "lo ",
		"write /file": "open /file: permission denied", "write /app/file": "<nil>", "write /tmp/file": "<nil>", "run in /tmp": "<nil>",
	} {
		if seen[name] != want {
			t.Errorf("%s is %q, want %q", name, seen[name], want)
		}
	}
	for name, want := range map[string][]string{ // by version of cgroups
		"memory": {"134217728"}, "pids": {"1024"}, "quota": {"10000", "10000 100000"},
	} {
		if got := seen[name] + seen[name+" 2"]; !slices.Contains(want, got) {
			t.Errorf("%s is %q, want one of %q", name, got, want)
		}
	}
	env := strings.Split(seen["env"], "\n")
	for _, want := range []string{"A=image", "B=function", "C=function"} {
		if !slices.Contains(env, want) {
			t.Errorf("environment %q, want %s in it", env, want)
		}
	}
	if tmp := seen["mount /tmp"]; !strings.HasPrefix(tmp, "tmpfs rw,") || !strings.Contains(tmp, "size=524288k") || strings.Contains(tmp, "noexec") {
		t.Errorf("/tmp is mounted %q, want a tmpfs of 512 MB, not noexec", tmp)
	}
	if root := seen["mount /"]; !strings.Contains(root, " rw") {
		t.Errorf("/ is mounted %q, want it writable", root)
	}
}

func (e realEngine) testOtherConditions(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	seen := inside(t, c, image, engine.Conditions{User: check.Identity{UID: 7, GID: 8}, DefaultCapabilities: true, Network: "bridge"})
	for name, want := range map[string]string{
		"Uid": "7 7 7 7", "Gid": "8 8 8 8", "CapEff": strings.Repeat("0", 16), "NoNewPrivs": "1",
		"cwd": "/app", "args": "/program report",
	} {
		if seen[name] != want {
			t.Errorf("%s is %q, want %q", name, seen[name], want)
		}
	}
	if seen["CapBnd"] == strings.Repeat("0", 16) {
		t.Error("no capabilities, want the engine's own")
	}
	if !strings.Contains(seen["up"], "eth0") {
		t.Errorf("interfaces %q, want eth0 among them", seen["up"])
	}
	if quota := seen["quota"] + seen["quota 2"]; !strings.HasPrefix(quota, "100000") {
		t.Errorf("CPU quota %q, want one core", quota)
	}
}

func (e realEngine) testRefusal(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	for program, want := range map[string]check.RefusalKind{
		"/none":   check.NoSuchProgram,
		"none":    check.NoSuchProgram,
		"/script": check.NoSuchProgram, // its interpreter is missing
		"/plain":  check.ProgramForbidden,
		"/closed": check.ProgramForbidden,
		"/app":    check.ProgramForbidden,
		"/text":   check.WrongFormat,
		"/arm":    check.WrongFormat,
	} {
		t.Run(program, func(t *testing.T) {
			k := function()
			k.Entrypoint = []string{program}
			got := refusal(t, c, image, k)
			if got.Kind != want || got.Message == "" || strings.Contains(got.Message, "\n") {
				t.Errorf("refusal %+v, want kind %v and a line", got, want)
			}
		})
	}
	t.Run("odd variable", func(t *testing.T) {
		k := function()
		k.Env = []string{"=x"}
		if got := refusal(t, c, image, k); got.Kind != check.OtherRefusal {
			t.Errorf("refusal %+v, want kind %v", got, check.OtherRefusal)
		}
	})
	t.Run("no image", func(t *testing.T) {
		_, err := c.Start(t.Context(), "fgpreflight-test/none:1", function())
		if !isNotFound(err) {
			t.Errorf("error %v, want a NotFoundError", err)
		}
	})
}

// refusal returns why a program does not start, whoever tells.
func refusal(t *testing.T, c *engine.Client, image string, k engine.Conditions) check.Refusal {
	t.Helper()
	started, err := c.Start(t.Context(), image, k)
	if refused, ok := errors.AsType[*engine.RefusalError](err); ok {
		return refused.Refusal
	}
	if err != nil {
		t.Fatal(err)
	}
	defer started.Remove(t.Context())
	wait(t, started)
	return started.Refusal()
}

func (e realEngine) testExit(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	for _, code := range []int{0, 1, 3, 255} {
		started := start(t, c, image, function("exit", strconv.Itoa(code)))
		exit := wait(t, started)
		if !exit.Ended || exit.Code != code || exit.OutOfMemory || exit.After < 0 {
			t.Errorf("exit %+v, want code %d", exit, code)
		}
		if got := started.Refusal(); got != (check.Refusal{}) {
			t.Errorf("refusal %+v of a program that ran", got)
		}
	}
	t.Run("killed", func(t *testing.T) {
		started := ready(t, c, image, function("sleep"))
		for range 2 { // the second finds it ended
			if err := started.Kill(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if exit := wait(t, started); exit.Code != 137 || exit.OutOfMemory {
			t.Errorf("exit %+v, want 137, not for memory", exit)
		}
	})
	t.Run("memory", func(t *testing.T) {
		started := start(t, c, image, function("take", strconv.Itoa(256<<20)))
		if exit := wait(t, started); exit.Code != 137 || !exit.OutOfMemory {
			t.Errorf("exit %+v, want 137 for memory", exit)
		}
		if use, _ := started.Memory(t.Context()); !use.Killed || use.Limit != 128<<20 {
			t.Errorf("memory %+v, want killed at 128 MB", use)
		}
	})
	t.Run("context", func(t *testing.T) {
		started := ready(t, c, image, function("sleep"))
		ctx, cancel := context.WithCancelCause(t.Context())
		interrupted := errors.New("interrupted")
		time.AfterFunc(10*time.Millisecond, func() { cancel(interrupted) })
		if _, err := started.Wait(ctx); !errors.Is(err, interrupted) {
			t.Errorf("error %v, want the context's cause", err)
		}
		if err := started.Remove(ctx); err != nil {
			t.Error(err)
		}
	})
}

func (e realEngine) testStop(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	stop, err := ready(t, c, image, function("term")).Stop(t.Context(), time.Minute)
	if err != nil || !stop.Told || !stop.Term || stop.After <= 0 {
		t.Errorf("stop %+v, %v, want SIGTERM to be enough", stop, err)
	}
	ignores := ready(t, c, image, function("ignore"))
	stop, err = ignores.Stop(t.Context(), 50*time.Millisecond)
	if err != nil || !stop.Told || stop.Term {
		t.Errorf("stop %+v, %v, want SIGTERM to be ignored", stop, err)
	}
	if exit := wait(t, ignores); exit.Code != 137 {
		t.Errorf("exit %+v, want 137", exit)
	}
}

func (e realEngine) testMemory(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	started := ready(t, c, image, function("take", strconv.Itoa(50<<20)))
	use, err := started.Memory(t.Context())
	if err != nil || use.Limit != 128<<20 || use.Peak < 50<<20 || use.Peak > 128<<20 || use.Killed {
		t.Errorf("memory %+v, %v, want a peak of 50 MB or more", use, err)
	}
	byStats, err := started.StatsPeak(t.Context())
	if err != nil || byStats < 50<<20 || byStats > 128<<20 {
		t.Errorf("the engine says %d, %v, want 50 MB or more", byStats, err)
	}
	if err := started.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	wait(t, started)
	if after, err := started.Memory(t.Context()); after != use || err != nil {
		t.Errorf("memory %+v, %v after the end, want %+v", after, err, use)
	}
	late := start(t, c, image, function("exit", "0"))
	wait(t, late)
	if use, err := late.Memory(t.Context()); use.Peak != check.UnknownBytes || err != nil {
		t.Errorf("memory %+v, %v asked for too late, want it unknown", use, err)
	}
}

func (e realEngine) testChanges(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	k := function("write", "/app/new", "/app/old", "/tmp/x", "/data/x", "/dev/shm/x")
	k.User, k.DefaultCapabilities = check.Identity{}, true // may write everywhere
	started := start(t, c, image, k)
	wait(t, started)
	got, err := started.Changes(t.Context())
	if diff := cmp.Diff([]string{"/app/new", "/app/old"}, got); diff != "" || err != nil {
		t.Errorf("%v, log %q: %s", err, started.Log().Lines, diff)
	}
	quiet := start(t, c, image, function("exit", "0"))
	wait(t, quiet)
	if got, err := quiet.Changes(t.Context()); len(got) > 0 || err != nil {
		t.Errorf("changes %q, %v of a container that wrote nothing", got, err)
	}
}

func (e realEngine) testLog(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	var all bytes.Buffer
	k := function("escape")
	k.Output = &all
	started := start(t, c, image, k)
	wait(t, started)
	log := started.Log()
	slices.Sort(log.Lines) // the streams come in any order
	want := []string{"\x1b[2J\x1b]0;title\x07red\r", "second \xff", strings.Repeat("x", 500), "last", "error"}
	slices.Sort(want)
	if diff := cmp.Diff(want, log.Lines); diff != "" || log.Cut || log.Bytes != int64(all.Len()) {
		t.Errorf("log of %d bytes, written %d: %s", log.Bytes, all.Len(), diff)
	}
}

func (e realEngine) testFlood(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	started := start(t, c, image, function("flood", strconv.Itoa(200<<20)))
	if exit := wait(t, started); exit.Code != 0 {
		t.Errorf("exit %+v", exit)
	}
	log := started.Log()
	if len(log.Lines) != 50 || !strings.HasSuffix(log.Lines[49], "last line") || log.Bytes < 200<<20 {
		t.Errorf("%d lines of %d bytes, want the last 50", len(log.Lines), log.Bytes)
	}
}

func (e realEngine) testForkBomb(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	k := function("fork")
	k.Memory = 0 // the number of processes has to be what stops it
	started := ready(t, c, image, k)
	var n int
	if _, err := fmt.Sscanf(started.Log().Lines[len(started.Log().Lines)-1], "ready %d", &n); err == nil && n >= 1024 {
		t.Errorf("%d processes were started", n)
	}
	if err := started.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.API().ContainerInspect(t.Context(), started.ID, client.ContainerInspectOptions{}); !errdefs.IsNotFound(err) {
		t.Errorf("the container is left: %v", err)
	}
}

func (e realEngine) testFill(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	k := function("fill", "/tmp")
	k.Memory = 1 << 30
	started := start(t, c, image, k)
	wait(t, started)
	if got := started.Log().Lines; len(got) != 1 || !strings.HasPrefix(got[0], fmt.Sprint(512<<20, " ")) {
		t.Errorf("log %q, want 512 MB to be all", got)
	}
}

// testStartCancelled holds that nothing is left when the context ends in
// the middle of a start.
func (e realEngine) testStartCancelled(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	interrupted := errors.New("interrupted")
	for _, after := range []time.Duration{0, 5, 20, 60, 120, 250} {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(after*time.Millisecond, func() { cancel(interrupted) })
		started, err := c.Start(ctx, image, function("sleep"))
		if err == nil {
			err = started.Remove(ctx)
		} else if errors.Is(err, interrupted) {
			err = nil
		}
		if err != nil {
			t.Errorf("after %d ms: %v", after, err)
		}
	}
}

func (e realEngine) testSideBySide(t *testing.T) {
	c := e.starter(t)
	image := loadProgram(t, c)
	for range 2 {
		t.Run("one", func(t *testing.T) {
			t.Parallel()
			own := e.connect(t)
			mine := loadProgram(t, own)
			if mine != image {
				t.Errorf("image %s, want %s", mine, image)
			}
			if exit := wait(t, start(t, own, mine, function("exit", "3"))); exit.Code != 3 {
				t.Errorf("exit %+v", exit)
			}
		})
	}
}
