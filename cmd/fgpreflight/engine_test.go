// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/trial"
	cli "github.com/fgpreflight/fgpreflight/cmd/fgpreflight"
)

// illEngine is an engine that fails at one kind of request.
type illEngine struct {
	system string       // that its machine says it has
	at     string       // the beginning of the path that it fails at, without the version
	fails  http.Handler // what it does then
}

func (e *illEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	_, path, _ := strings.Cut(r.URL.Path, "/v1.41")
	image := `{"Id": "sha256:1", "Os": "linux", "Architecture": "amd64", "RepoTags": [], "Config": {}, "RootFS": {"Layers": []}}`
	switch {
	case e.at != "" && strings.HasPrefix(path, e.at):
		e.fails.ServeHTTP(w, r)
	case path == "/version":
		_, _ = io.WriteString(w, `{"Version": "20.10", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "`+e.system+`"}`)
	case path == "/images/json", path == "/containers/json":
		_, _ = io.WriteString(w, "[]")
	case path == "/images/load":
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"stream": "Loaded image: app:1\n"}`)
	case strings.HasPrefix(path, "/images/") && r.Method == http.MethodGet:
		_, _ = io.WriteString(w, image)
	default:
		_, _ = io.WriteString(w, "{}")
	}
}

// TestIllEngine shows that trouble with an engine is one line that names the
// target, the cause and the way out, and that what needs no engine is decided.
func TestIllEngine(t *testing.T) {
	archive := goodArchive(t)
	hangs := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	dies := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	})
	half := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `[{"Id": "sha256:`) })
	odd := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `"\u001b[31m"`) })
	refuses := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"message": "no space left on device\n\u001b[31mred"}`)
	})
	const again = `see whether the engine still runs \(docker info\), and check again`
	const ask = `see what the engine's own commands say of the image`
	for name, c := range map[string]struct {
		engine illEngine
		want   string // what standard error says of the target, as a pattern
	}{
		"of Windows":                         {illEngine{"windows", "", nil}, `docker at unix://\S+ \(20\.10\) runs containers of windows, and functions are of linux; switch it to Linux containers, or name another engine with --engine`},
		"hangs at the start":                 {illEngine{"linux", "/containers/json", hangs}, `not done within 2s; give it more time with --timeout`},
		"hangs at the load":                  {illEngine{"linux", "/images/load", hangs}, `not done within 2s; give it more time with --timeout`},
		"dies at the start":                  {illEngine{"linux", "/containers/json", dies}, `looking for leftover containers: the engine does not answer any more \(.+\); ` + again},
		"dies at the load":                   {illEngine{"linux", "/images/load", dies}, `loading the image into the engine: .*; ` + again},
		"dies at the start of the container": {illEngine{"linux", "/containers/create", dies}, `creating the container: the engine does not answer any more \(.+\); ` + again},
		"half an answer":                     {illEngine{"linux", "/images/json", half}, `looking for leftover images: the engine does not answer any more \(its answer breaks off\); ` + again},
		"half of the load":                   {illEngine{"linux", "/images/load", half}, `loading the image into the engine: the engine's answer is not what it should be: .*; ` + ask},
		"another answer":                     {illEngine{"linux", "/containers/json", odd}, `looking for leftover containers: the engine's answer is not what it should be: .*; ` + ask},
		"no room for a load":                 {illEngine{"linux", "/images/load", refuses}, `loading the image into the engine: no space left on device \S+red; ` + ask},
		"no room for a start":                {illEngine{"linux", "/containers/create", refuses}, `creating the container: no space left on device \S+red; ` + ask},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			args := []string{"--run", "--network", "bridge", "--timeout", "2s", "--engine", checktest.ServeSocket(t, &c.engine), archive}
			if code := cli.Run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != check.ExitIncomplete {
				t.Errorf("exit code %d, want %d", code, check.ExitIncomplete)
			}
			want := `^fgpreflight: ` + regexp.QuoteMeta(archive) + `: ` + c.want + `\n$`
			if !regexp.MustCompile(want).MatchString(stderr.String()) {
				t.Errorf("standard error: %s\nwant %s", &stderr, want)
			}
			if strings.Contains(stdout.String()+stderr.String(), "\x1b") {
				t.Errorf("an escape sequence got out: %q %q", &stdout, &stderr)
			}
			if !strings.Contains(stdout.String(), "passed   FG001") {
				t.Errorf("what needs no engine is not decided: %s", &stdout)
			}
		})
	}
}

// elsewhere is the machine of an engine.
type elsewhere struct {
	arch     string
	isRemote bool
}

func (m elsewhere) Platform() (system, arch string) { return "linux", m.arch }
func (m elsewhere) IsRemote() bool                  { return m.isRemote }

// TestSuit shows what is done without this program beside the container.
func TestSuit(t *testing.T) {
	program := engine.Binary(func() (io.ReadCloser, int64, error) { return nil, 0, io.EOF })
	notStatic := &check.UnavailableError{Fact: "running container", Why: "it is dynamic", Hint: "make it static"}
	for name, c := range map[string]struct {
		program engine.Binary
		on      elsewhere
		takes   bool   // the program along
		fails   string // how nothing is left to do
	}{
		"here":                          {program, elsewhere{"amd64", false}, true, ""},
		"an engine that does not say":   {program, elsewhere{"", false}, true, ""},
		"another machine like this one": {program, elsewhere{"amd64", true}, true, ""},
		"another architecture":          {program, elsewhere{"arm64", false}, false, ""},
		"another machine unlike this":   {program, elsewhere{"arm64", true}, false, "this copy of it is for linux/amd64, not linux/arm64"},
		"not static":                    {nil, elsewhere{"amd64", false}, false, ""},
		"not static, another machine":   {nil, elsewhere{"amd64", true}, false, "no published port can be called: it is dynamic"},
	} {
		t.Run(name, func(t *testing.T) {
			o := trial.Options{Program: c.program}
			if c.program == nil {
				o.NoProgram = notStatic
			}
			err := cli.Suit(&o, c.on, "amd64")
			if (o.Program != nil) != c.takes || (o.NoProgram == nil) != c.takes {
				t.Errorf("the program goes along: %v, %v, want %v", o.Program != nil, o.NoProgram, c.takes)
			}
			failed, ok := errors.AsType[*check.UnavailableError](err)
			if ok != (c.fails != "") || ok && (!strings.Contains(failed.Why, c.fails) || failed.Hint == "") {
				t.Errorf("got %v, want %q", err, c.fails)
			}
		})
	}
}

// TestBlame shows whom a program of the wrong format tells of.
func TestBlame(t *testing.T) {
	for name, c := range map[string]struct {
		kind           check.RefusalKind
		image, machine string
		isImage        bool
	}{
		"the image": {check.WrongFormat, "amd64", "amd64", true},
		"not known": {check.WrongFormat, "amd64", "", true},
		"machine":   {check.WrongFormat, "amd64", "arm64", false},
		"started":   {check.Started, "amd64", "arm64", true},
		"forbidden": {check.ProgramForbidden, "amd64", "arm64", true},
	} {
		t.Run(name, func(t *testing.T) {
			err := cli.Blame(&check.Trial{Refusal: check.Refusal{Kind: c.kind}}, elsewhere{arch: c.machine}, c.image)
			if _, ok := errors.AsType[*check.UnavailableError](err); ok == c.isImage {
				t.Errorf("got %v, want it to be the image's fault: %v", err, c.isImage)
			}
		})
	}
}
