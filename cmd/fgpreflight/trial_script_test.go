// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// hasEngine is a condition of scripts. Without an engine they are left out,
// unless FGPREFLIGHT_REQUIRE_ENGINE is 1.
func hasEngine() bool {
	return os.Getenv("FGPREFLIGHT_REQUIRE_ENGINE") == "1" || exec.Command("docker", "info").Run() == nil
}

// hasPodman is a condition of scripts, for the Podman that .ci/podman serves.
func hasPodman() bool {
	return os.Getenv("FGPREFLIGHT_REQUIRE_ENGINE") == "1" || os.Getenv("FGPREFLIGHT_PODMAN") != ""
}

// ask runs the docker command, which knows Podman too, against the engine at the
// address $ENGINE, or its usual one, and returns what it says.
func ask(ts *testscript.TestScript, args ...string) string {
	if at := ts.Getenv("ENGINE"); at != "" {
		args = append([]string{"--host", at}, args...)
	}
	said, err := exec.Command("docker", args...).Output()
	ts.Check(err)
	return string(said)
}

// cmdBuild builds a static program of a package of this module, or of a file of
// the script:
//
//	build PACKAGE|FILE PROGRAM
func cmdBuild(ts *testscript.TestScript, _ bool, args []string) {
	source := args[0]
	if strings.HasSuffix(source, ".go") {
		source = ts.MkAbs(source)
	}
	build := exec.Command("go", "build", "-o", ts.MkAbs(args[1]), source)
	build.Dir = "../.."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		ts.Fatalf("%v\n%s", err, out)
	}
}

// cmdServer makes an image that holds one program and starts it in a folder: as
// an archive, as a layout, or in the registry that is plain.
//
//	server docker|layout|registry TARGET PROGRAM WORKDIR COMMAND...
func cmdServer(ts *testscript.TestScript, _ bool, args []string) {
	made := serverImage(ts, ts.MkAbs(args[2]), args[3], args[4:])
	switch args[0] {
	case "docker":
		tag, err := name.NewTag("app:1.0")
		ts.Check(err)
		ts.Check(tarball.WriteToFile(ts.MkAbs(args[1]), tag, made))
	case "layout":
		path, err := layout.Write(ts.MkAbs(args[1]), empty.Index)
		ts.Check(err)
		ts.Check(path.AppendImage(made))
	case "registry":
		tag, err := name.NewTag(args[1])
		ts.Check(err)
		ts.Check(remote.Write(tag, made))
	default:
		ts.Fatalf("unknown kind of image %s", args[0])
	}
}

func serverImage(ts *testscript.TestScript, path, workdir string, command []string) v1.Image {
	program, err := os.ReadFile(path)
	ts.Check(err)
	entry := checktest.Entry{Data: program}
	entry.Header.Name, entry.Header.Mode, entry.Header.Typeflag = "app/"+filepath.Base(path), 0o755, '0'
	data, err := checktest.Tar([]checktest.Entry{entry})
	ts.Check(err)
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
	ts.Check(err)
	made, err := mutate.AppendLayers(empty.Image, layer)
	ts.Check(err)
	made, err = mutate.ConfigFile(made, &v1.ConfigFile{
		OS: "linux", Architecture: "amd64",
		RootFS: v1.RootFS{Type: "layers", DiffIDs: diffIDs(ts, made)},
		Config: v1.Config{User: "1003:1003", WorkingDir: workdir, Entrypoint: command},
	})
	ts.Check(err)
	return made
}

func diffIDs(ts *testscript.TestScript, image v1.Image) []v1.Hash {
	config, err := image.ConfigFile()
	ts.Check(err)
	return config.RootFS.DiffIDs
}

// cmdStarts runs the program in the file $WORK/fgpreflight, which is static, as
// exits does, and looks whether it left anything in the engine:
//
//	starts 1 --run app.tar
func cmdStarts(ts *testscript.TestScript, _ bool, args []string) {
	shell := `echo $$ >pid; exec ./fgpreflight "$@"`
	cmdExits(ts, false, append([]string{args[0], "sh", "-c", shell, "sh"}, args[1:]...))
	checkLeft(ts, strings.TrimSpace(ts.ReadFile("pid")))
}

// checkLeft fails where a process left something in the engine.
func checkLeft(ts *testscript.TestScript, pid string) {
	if owners := containersOf(ts, pid); owners > 0 {
		ts.Fatalf("process %s left %d containers", pid, owners)
	}
	for line := range strings.Lines(ask(ts, "images", "--format", "{{.Repository}}:{{.Tag}}")) {
		if strings.Contains(line, "fgpreflight.localhost/") && strings.Contains(line, ":"+pid+".") {
			ts.Fatalf("process %s left an image: %s", pid, line)
		}
	}
}

// containersOf returns how many containers a process has.
func containersOf(ts *testscript.TestScript, pid string) int {
	n := 0
	for line := range strings.Lines(ask(ts, "ps", "-a", "--filter", "label="+engine.Label, "--format", `{{.Label "`+engine.LabelOwner+`"}}`)) {
		if strings.HasPrefix(line, pid+".") {
			n++
		}
	}
	return n
}

// cmdInterrupts starts $WORK/fgpreflight, sends it a signal when the container
// and the one beside it are there, and looks whether it left anything:
//
//	interrupts TERM --run app.tar
func cmdInterrupts(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	cmd := exec.Command(ts.MkAbs("fgpreflight"), args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	ts.Check(cmd.Start())
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	pid := strconv.Itoa(cmd.Process.Pid)
	for containersOf(ts, pid) < 2 {
		select {
		case err := <-done:
			ts.Fatalf("it ended before its time: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	ts.Check(cmd.Process.Signal(signals[args[0]]))
	if err := <-done; cmd.ProcessState.ExitCode() != check.ExitIncomplete {
		ts.Fatalf("it ended with %v", err)
	}
	checkLeft(ts, pid)
}

// cmdKept checks that the image of a layout is in the engine under a name of its
// own, and removes it:
//
//	kept LAYOUT
func cmdKept(ts *testscript.TestScript, _ bool, args []string) {
	index, err := layout.ImageIndexFromPath(ts.MkAbs(args[0]))
	ts.Check(err)
	list, err := index.IndexManifest()
	ts.Check(err)
	made, err := index.Image(list.Manifests[0].Digest)
	ts.Check(err)
	id, err := made.ConfigName()
	ts.Check(err)
	if out, err := exec.Command("docker", "rmi", "fgpreflight-kept:"+id.Hex[:12]).CombinedOutput(); err != nil {
		ts.Fatalf("%v: %s", err, out)
	}
}
