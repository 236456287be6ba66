// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	cli "github.com/fgpreflight/fgpreflight/cmd/fgpreflight"
)

var update = flag.Bool("update", false, "rewrite what the scripts in testdata expect")

func TestMain(m *testing.M) {
	testscript.Main(unleaking{m}, map[string]func(){
		"fgpreflight": func() {
			os.Exit(cli.Run( //nolint:forbidigo // This is the program's main.
				context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr,
			))
		},
	})
}

// unleaking fails tests that leave goroutines behind.
type unleaking struct{ *testing.M }

func (u unleaking) Run() int {
	_ = os.Unsetenv("GITHUB_ACTIONS") // Scripts that are about it set it.
	code := u.M.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	return code
}

func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Values[toolsKey{}] = &tools{t: t}
			env.Setenv("DOCKER_HOST", "")
			env.Setenv("PODMAN", os.Getenv("FGPREFLIGHT_PODMAN"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    cmdExits,
			"image":    cmdImage,
			"registry": cmdRegistry,
			"push":     cmdPush,
			"asked":    cmdAsked,
			"cut":      cmdCut,
			"corrupt":  cmdCorrupt,
			"tar":      cmdTar,
			"lines":    cmdLines,
			"login":    cmdLogin,
			"empty":    cmdEmpty,
			"from":     cmdFrom,
			"write":    cmdWrite,
			"build":    cmdBuild,
			"server":   cmdServer,
			"starts":   cmdStarts,
			"kept":     cmdKept,

			"interrupts": cmdInterrupts,
			"killed":     cmdKilled,
			"together":   cmdTogether,
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "engine":
				return hasEngine(), nil
			case "podman":
				return hasPodman(), nil
			}
			return false, errors.New("unknown condition " + name)
		},
	})
}

// toolsKey finds the [tools] of a script.
type toolsKey struct{}

// tools is what the commands of one script share.
type tools struct {
	t        *testing.T
	registry *checktest.Registry
	open     atomic.Bool   // whether a locked registry lets everybody in
	asked    chan struct{} // closed by the first request to a registry that hangs
}

func toolsOf(ts *testscript.TestScript) *tools { return ts.Value(toolsKey{}).(*tools) }

// cmdExits runs a program that must exit with the code:
//
//	exits 3 fgpreflight missing.tar
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// image returns the image of a case: a file of the script or one of
// testdata/script/images.
func image(ts *testscript.TestScript, name string) *checktest.Image {
	path := ts.MkAbs(name)
	if !strings.HasSuffix(name, ".txtar") {
		path = filepath.Join("../../testdata/script/images", name+".txtar")
	}
	data, err := os.ReadFile(path)
	ts.Check(err)
	c, err := checktest.Parse(name, data)
	ts.Check(err)
	made, err := c.Build()
	ts.Check(err)
	return made
}

// cmdImage writes an image to a file, or to a folder for a layout:
//
//	image docker|oci|gzip|layout CASE PATH
func cmdImage(ts *testscript.TestScript, _ bool, args []string) {
	made, path := image(ts, args[1]), ts.MkAbs(args[2])
	switch args[0] {
	case "docker":
		ts.Check(os.WriteFile(path, made.DockerArchive("app:1.0"), 0o600))
	case "oci":
		ts.Check(os.WriteFile(path, made.OCIArchive(), 0o600))
	case "gzip":
		ts.Check(os.WriteFile(path, checktest.Gzip(made.DockerArchive("app:1.0")), 0o600))
	case "layout":
		made.WriteLayout(toolsOf(ts).t, path)
	default:
		ts.Fatalf("unknown kind of image %s", args[0])
	}
}

// cmdRegistry starts a registry, named by the variable REGISTRY:
//
//	registry plain|locked|tls|hanging
//
// The locked one wants a password. So does the one with TLS, which holds nothing
// and writes its certificate to ca.pem. The hanging one answers
// nothing; asked waits for its first request.
func cmdRegistry(ts *testscript.TestScript, _ bool, args []string) {
	s := toolsOf(ts)
	var server *httptest.Server
	switch args[0] {
	case "plain":
		s.registry = checktest.StartRegistry(nil)
		server = s.registry.Server
	case "locked":
		s.registry = checktest.StartRegistry(s.lock)
		server = s.registry.Server
	case "tls":
		server = httptest.NewUnstartedServer(http.HandlerFunc(refuse))
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // Clients turn away from it on purpose.
		server.StartTLS()
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca, 0o600))
	case "hanging":
		s.asked = make(chan struct{})
		server = httptest.NewServer(hang(s.asked))
	default:
		ts.Fatalf("unknown kind of registry %s", args[0])
	}
	ts.Defer(server.Close)
	_, host, _ := strings.Cut(server.URL, "://")
	ts.Setenv("REGISTRY", host)
}

// lock lets only those in who know the password.
func (s *tools) lock(open http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); s.open.Load() || password == "secret" {
			open.ServeHTTP(w, r)
			return
		}
		refuse(w, r)
	})
}

// cmdLogin writes docker's configuration with the password for the registry:
//
//	login FILE
func cmdLogin(ts *testscript.TestScript, _ bool, args []string) {
	auth := base64.StdEncoding.EncodeToString([]byte("user:secret"))
	config := fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, ts.Getenv("REGISTRY"), auth)
	checktest.WriteFile(toolsOf(ts).t, ts.MkAbs(args[0]), []byte(config))
}

func refuse(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
	http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`, http.StatusUnauthorized)
}

// hang returns a handler that tells of its first request and waits for the
// client to give up.
func hang(asked chan struct{}) http.HandlerFunc {
	var once sync.Once
	return func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		<-r.Context().Done()
	}
}

// cmdAsked waits until the hanging registry was asked.
func cmdAsked(ts *testscript.TestScript, _ bool, _ []string) {
	select {
	case <-toolsOf(ts).asked:
	case <-time.After(time.Minute):
		ts.Fatalf("nobody asked the registry")
	}
}

// cmdPush pushes an image to the plain or the locked registry:
//
//	push CASE REPOSITORY TAG
func cmdPush(ts *testscript.TestScript, _ bool, args []string) {
	s := toolsOf(ts)
	s.open.Store(true)
	s.registry.Push(s.t, image(ts, args[0]), args[1], args[2])
	s.open.Store(false)
}

// cmdCut cuts a file off:
//
//	cut FILE BYTES
func cmdCut(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

// cmdCorrupt changes one byte in the middle of a layout's config or layer:
//
//	corrupt LAYOUT config|layer
func cmdCorrupt(ts *testscript.TestScript, _ bool, args []string) {
	type descriptor struct{ Digest string }
	var index struct{ Manifests []descriptor }
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	blob := func(d descriptor) string {
		return filepath.Join(ts.MkAbs(args[0]), "blobs", strings.ReplaceAll(d.Digest, ":", string(filepath.Separator)))
	}
	readJSON(ts, filepath.Join(ts.MkAbs(args[0]), "index.json"), &index)
	readJSON(ts, blob(index.Manifests[0]), &manifest)
	path := blob(manifest.Config)
	if args[1] == "layer" {
		path = blob(manifest.Layers[0])
	}
	data, err := os.ReadFile(path)
	ts.Check(err)
	data[len(data)/2] ^= 0x40
	ts.Check(os.WriteFile(path, data, 0o600))
}

func readJSON(ts *testscript.TestScript, path string, into any) {
	data, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(json.Unmarshal(data, into))
}

// cmdTar writes files of the script as a tar:
//
//	tar ARCHIVE FILE...
func cmdTar(ts *testscript.TestScript, _ bool, args []string) {
	var entries []checktest.Entry
	for _, name := range args[1:] {
		e := checktest.Entry{Data: []byte(ts.ReadFile(name))}
		e.Header.Name, e.Header.Mode, e.Header.Typeflag = name, 0o644, '0'
		entries = append(entries, e)
	}
	data, err := checktest.Tar(entries)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// cmdLines compares the number of lines that were written:
//
//	lines stderr 1
func cmdLines(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	if got := strings.Count(ts.ReadFile(args[0]), "\n"); got != want {
		ts.Fatalf("%s has %d lines, want %d", args[0], got, want)
	}
}

// cmdEmpty checks that a folder has nothing in it:
//
//	empty FOLDER
func cmdEmpty(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(entries) > 0 {
		ts.Fatalf("%s has %v in it", args[0], entries)
	}
}

// cmdFrom writes a Dockerfile with one line:
//
//	from FILE BASE
func cmdFrom(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("FROM "+args[1]+"\n"), 0o600))
}

// cmdWrite writes a file with as many repetitions of a text, in Go's notation,
// between two others:
//
//	write FILE BEFORE COUNT TEXT AFTER
func cmdWrite(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[2])
	ts.Check(err)
	var parts [3]string
	for i, quoted := range []string{args[1], args[3], args[4]} {
		parts[i], err = strconv.Unquote(`"` + quoted + `"`)
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(parts[0]+strings.Repeat(parts[1], count)+parts[2]), 0o600))
}
