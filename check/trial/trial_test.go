// SPDX-License-Identifier: Apache-2.0

package trial_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/trial"
)

func TestRun(t *testing.T) {
	early := &check.Exit{Ended: true, Code: 1, After: time.Second}
	memory := check.MemoryUse{Peak: 5 << 20}
	log := check.Log{Lines: []string{"hello"}, Bytes: 6}
	stop := check.Stop{Told: true, Term: true, After: time.Second}
	wrote := []string{"/app/out"}
	on8000 := []check.Listener{{Protocol: "tcp", Address: "0.0.0.0", Port: 8000}}
	on8080 := []check.Listener{{Protocol: "tcp", Address: "0.0.0.0", Port: 8080}}
	const at, answered = 300 * time.Millisecond, 400 * time.Millisecond

	for name, c := range map[string]struct {
		start start
		want  check.Trial
	}{
		"serves": {
			start{events: serving},
			check.Trial{Listeners: on8000, Listening: at, Waited: at, Answering: answered, Answers: []check.Answer{*answers(200).Answer}, Stop: stop, Memory: memory, Changes: wrote, Log: log},
		},
		"listens elsewhere": {
			start{events: serving[:0:0], hangs: false},
			check.Trial{Waited: time.Minute, Stop: stop, Memory: memory, Changes: wrote, Log: log},
		},
		"another port": {
			start{events: append(serving[:0:0], listens("0.0.0.0", 8080))},
			check.Trial{Listeners: on8080, Waited: time.Minute, Stop: stop, Memory: memory, Changes: wrote, Log: log},
		},
		"ends at once": {
			start{exit: early, hangs: true},
			check.Trial{Waited: time.Minute, Exit: check.Exit{Ended: true, Code: 1, After: time.Second, Early: true}, Memory: memory, Changes: wrote, Log: log},
		},
		"opens no port in time": {
			start{hangs: true, events: serving[:1]},
			check.Trial{Listeners: on8000, Waited: time.Minute, Stop: stop, Memory: memory, Changes: wrote, Log: log},
		},
		"ends after it has served": {
			start{events: serving, exit: early, hangs: true},
			check.Trial{Listeners: on8000, Listening: at, Waited: at, Answering: answered, Answers: []check.Answer{*answers(200).Answer}, Exit: *early, Memory: memory, Changes: wrote, Log: log},
		},
		"refused by the engine": {
			start{err: &engine.RefusalError{Refusal: check.Refusal{Kind: check.NoSuchProgram, Message: "no"}}},
			check.Trial{Refusal: check.Refusal{Kind: check.NoSuchProgram, Message: "no"}, Memory: check.MemoryUse{Peak: check.UnknownBytes}},
		},
		"refused by the kernel": {
			start{exit: early, hangs: true, refusal: check.Refusal{Kind: check.WrongFormat, Message: "format"}},
			check.Trial{Waited: time.Minute, Refusal: check.Refusal{Kind: check.WrongFormat, Message: "format"}, Memory: memory, Changes: wrote, Log: log},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.want.Engine, c.want.Offline = "fake engine 1.0", true
				got, err := run(t.Context(), t, &fake{behave: always(c.start)}, trial.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(&c.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
}

func TestRunFails(t *testing.T) {
	broken := errors.New("the engine is gone")
	for name, s := range map[string]start{
		"start":               {err: broken},
		"wait":                {events: serving, broken: broken},
		"wait, nothing opens": {hangs: true, broken: broken},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if _, err := run(t.Context(), t, &fake{behave: always(s)}, trial.Options{}); !errors.Is(err, broken) {
					t.Errorf("got %v, want %v", err, broken)
				}
			})
		})
	}
	if _, err := run(t.Context(), t, &fake{aside: broken}, trial.Options{}); !errors.Is(err, broken) {
		t.Errorf("without a prober: got %v, want %v", err, broken)
	}
}

// TestProberFails shows that what befalls the prober is not taken for a fault of
// the image.
func TestProberFails(t *testing.T) {
	for name, s := range map[string]start{
		"at once":              {fails: true},
		"while it calls":       {fails: true, events: serving},
		"before the container": {fails: true, err: &engine.RefusalError{Refusal: check.Refusal{Kind: check.OtherRefusal, Message: "no network"}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{behave: func(engine.Conditions) start { time.Sleep(time.Second); return s }}
				told, err := run(t.Context(), t, f, trial.Options{})
				if err == nil || !strings.Contains(err.Error(), "the probe beside the container came to no end") {
					t.Errorf("got %+v, %v, want an error about the probe", told, err)
				}
			})
		})
	}
}

// TestRunInterrupted shows that a trial ends with its context, at every stage,
// and leaves nothing behind.
func TestRunInterrupted(t *testing.T) {
	interrupted := errors.New("interrupted")
	for name, s := range map[string]start{
		"while the port is closed":    {hangs: true},
		"while requests are answered": {events: serving, hangs: true},
		"while it settles":            {events: serving},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(interrupted) })
				if _, err := run(ctx, t, &fake{behave: always(s)}, trial.Options{}); !errors.Is(err, interrupted) {
					t.Errorf("got %v, want %v", err, interrupted)
				}
			})
		})
	}
}

// TestPublished calls the port from this process where no program can be run
// beside the container.
func TestPublished(t *testing.T) {
	noProgram := &check.UnavailableError{Fact: "running container", Why: "this copy is dynamic", Hint: "build it again"}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	at := netip.MustParseAddrPort(server.Listener.Addr().String())
	o := trial.Options{NoProgram: noProgram, Network: "bridge", Now: func() time.Time { return began.Add(time.Second) }}

	f := &fake{behave: always(start{published: at})}
	got, err := run(t.Context(), t, f, o)
	if err != nil {
		t.Fatal(err)
	}
	if got.Listening != time.Second || len(got.Answers) != 2 || got.Answers[0].Status != http.StatusOK || got.Stop == (check.Stop{}) {
		t.Errorf("got %+v, want one with two answers", got)
	}
	if unavailable, ok := errors.AsType[*check.UnavailableError](got.NoListeners); !ok || unavailable.Fact != "listeners" || unavailable.Hint != noProgram.Hint {
		t.Errorf("the listeners are unknown for %v", got.NoListeners)
	}
	if k := f.started[0]; k.Network != "bridge" || k.Publish != 8000 {
		t.Errorf("started with %+v", k)
	}

	if _, err = run(t.Context(), t, &fake{behave: always(start{})}, o); err == nil || !strings.Contains(err.Error(), "no address of this machine") {
		t.Errorf("got %v, want an error about the address", err)
	}
	o.Network = "none"
	_, err = run(t.Context(), t, &fake{}, o)
	if unavailable, ok := errors.AsType[*check.UnavailableError](err); !ok || !strings.HasSuffix(unavailable.Hint, ", or pass --network bridge") {
		t.Errorf("got %v, want a way out", err)
	}
}

// TestRunPanics shows that a defect of this program leaves no container behind.
func TestRunPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{behave: always(start{events: serving, panics: true})}
		defer func() {
			if cause := recover(); cause != "oops" {
				t.Errorf("recovered %v, want the panic", cause)
			}
			if f.running != 0 {
				t.Errorf("containers left behind: %d", f.running)
			}
		}()
		_, err := run(t.Context(), t, f, trial.Options{})
		t.Errorf("no panic, but %v", err)
	})
}

func TestConditions(t *testing.T) {
	at := check.Location{Artifact: "test"}
	vars := check.NewEnv([]check.Variable{{Name: "STAGE", Value: "a=b"}, {Name: "EMPTY"}}, nil)
	for name, c := range map[string]struct {
		function check.Function
		want     engine.Conditions
	}{
		"defaults": {
			check.Function{},
			engine.Conditions{User: check.Identity{UID: 1003, GID: 1003}, Dir: "/", Network: "beside none"},
		},
		"settings": {
			check.Function{
				UID: check.Known(int64(2000), at), GID: check.Known(int64(-1), at), Memory: check.Known(int64(128), at), Env: vars,
				Command: check.Known([]string{"/run"}, at), Args: check.Known([]string{"-v"}, at),
			},
			engine.Conditions{
				User: check.Identity{UID: 2000, GID: 1003}, Dir: "/", Network: "beside none", Memory: 128 << 20, CPUs: 0.1,
				Env: []string{"STAGE=a=b", "EMPTY="}, Entrypoint: []string{"/run"}, Cmd: []string{"-v"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{behave: always(start{events: serving})}
				if _, err := run(t.Context(), t, f, trial.Options{Function: &c.function, Network: "none"}); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]engine.Conditions{c.want}, f.started); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
}

func TestProgram(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a script": script, "nothing": filepath.Join(dir, "none"), "dynamic": "/bin/ls"} {
		t.Run(name, func(t *testing.T) {
			_, err := trial.Program(path)
			unavailable, ok := errors.AsType[*check.UnavailableError](err)
			if !ok || !strings.Contains(unavailable.Hint, "CGO_ENABLED=0") {
				t.Errorf("got %v, want one with a way out", err)
			}
		})
	}
	t.Run("static", func(t *testing.T) {
		path := filepath.Join(runtime.GOROOT(), "pkg", "tool", runtime.GOOS+"_"+runtime.GOARCH, "compile") //nolint:staticcheck // The tests run where Go is.
		program, err := trial.Program(path)
		if err != nil {
			t.Fatal(err)
		}
		content, size, err := program()
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		if info, err := os.Stat(path); err != nil || info.Size() != size {
			t.Errorf("got %d bytes, want those of %v, %v", size, info, err)
		}
	})
}
