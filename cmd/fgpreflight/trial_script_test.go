// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
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

// cmdBuild builds a program of a package of this module, or of a file of the
// script, static unless the last word is dynamic:
//
//	build PACKAGE|FILE PROGRAM [dynamic]
func cmdBuild(ts *testscript.TestScript, _ bool, args []string) {
	source := args[0]
	if strings.HasSuffix(source, ".go") {
		source = ts.MkAbs(source)
	}
	build := exec.Command("go", "build", "-o", ts.MkAbs(args[1]), source)
	build.Dir = "../.."
	static := "CGO_ENABLED=0"
	if len(args) > 2 && args[2] == "dynamic" {
		static = "CGO_ENABLED=1"
	}
	build.Env = append(os.Environ(), static)
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
// exits does, and looks whether it took too much memory, or left anything in the
// engine:
//
//	starts 1 --run app.tar
func cmdStarts(ts *testscript.TestScript, _ bool, args []string) {
	before := engineHas(ts)
	file := ts.MkAbs("pid")
	_ = os.Remove(file) // There may be none.
	ended := make(chan struct{})
	most := make(chan int64, 1)
	go func() { most <- watchMemory(file, ended) }()
	shell := `echo $$ >pid; exec ./fgpreflight "$@"`
	cmdExits(ts, false, append([]string{args[0], "sh", "-c", shell, "sh"}, args[1:]...))
	close(ended)
	if kib := <-most; kib > maxMemory {
		ts.Fatalf("it took %d KiB of memory, want at most %d", kib, maxMemory)
	}
	checkLeft(ts, strings.TrimSpace(ts.ReadFile("pid")), before)
}

// maxMemory is how many KiB of memory the program may take.
const maxMemory = 300 << 10

// watchMemory returns the most memory, in KiB, that the process whose ID is in a
// file took until its end; 0 where the system does not tell.
func watchMemory(file string, ended <-chan struct{}) int64 {
	var most int64
	for {
		if pid, err := os.ReadFile(file); err == nil {
			status, _ := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/status") // It may have ended.
			_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
			line, _, _ := strings.Cut(rest, " kB")
			if kib, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64); err == nil {
				most = max(most, kib)
			}
		}
		select {
		case <-ended:
			return most
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// checkLeft fails where a process left something in the engine, which had
// something before. What others make at the same time goes sooner or later.
func checkLeft(ts *testscript.TestScript, pid string, before map[string]bool) {
	if left := ownedBy(ts, pid); len(left) > 0 {
		ts.Fatalf("process %s left %q", pid, left)
	}
	var left []string
	for range 600 {
		left = nil
		for thing := range engineHas(ts) {
			if !before[thing] {
				left = append(left, thing)
			}
		}
		if len(left) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	ts.Fatalf("process %s, or another, left volumes or networks: %q", pid, left)
}

// engineHas returns the volumes and networks of the engine.
func engineHas(ts *testscript.TestScript) map[string]bool {
	has := map[string]bool{}
	for _, kind := range []string{"volume", "network"} {
		list, err := exec.Command("docker", kind, "ls", "--quiet").Output()
		ts.Check(err)
		for name := range strings.FieldsSeq(string(list)) {
			has[kind+" "+name] = true
		}
	}
	return has
}

// ownedBy returns the containers and images of a process.
func ownedBy(ts *testscript.TestScript, pid string) []string {
	var owned []string
	if n := containersOf(ts, pid); n > 0 {
		owned = append(owned, fmt.Sprintf("%d containers", n))
	}
	for line := range strings.Lines(ask(ts, "images", "--format", "{{.Repository}}:{{.Tag}}")) {
		if strings.Contains(line, "fgpreflight.localhost/") && strings.Contains(line, ":"+pid+".") {
			owned = append(owned, strings.TrimSpace(line))
		}
	}
	slices.Sort(owned)
	return owned
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

// started is a program that a script started and goes on without.
type started struct {
	*exec.Cmd
	before map[string]bool // what the engine had
	done   chan error
	said   *bytes.Buffer // its output, once it is done
}

func (s *started) pid() string { return strconv.Itoa(s.Process.Pid) }

// startInBackground starts $WORK/fgpreflight and returns when the container and
// the one beside it are there.
func startInBackground(ts *testscript.TestScript, args []string) *started {
	s := startAside(ts, args)
	for containersOf(ts, s.pid()) < 2 {
		select {
		case err := <-s.done:
			ts.Fatalf("it ended before its time: %v: %s", err, s.said)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return s
}

// startAside starts $WORK/fgpreflight.
func startAside(ts *testscript.TestScript, args []string) *started {
	s := &started{Cmd: exec.Command(ts.MkAbs("fgpreflight"), args...), before: engineHas(ts), done: make(chan error, 1), said: new(bytes.Buffer)}
	s.Dir, s.Stdout, s.Stderr = ts.MkAbs("."), s.said, s.said
	s.Env = append(os.Environ(), "TMPDIR="+ts.Getenv("TMPDIR"), "HOME="+ts.Getenv("HOME"), "DOCKER_HOST=")
	// Under nohup this process ignores SIGHUP, and so would the other, unless it is
	// caught here.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	ts.Check(s.Start())
	go func() { s.done <- s.Wait() }()
	ts.Defer(func() { _ = s.Process.Kill() }) // It has ended, as a rule.
	return s
}

// end sends a signal, waits for the end, and looks whether anything is left.
func (s *started) end(ts *testscript.TestScript, signal os.Signal) {
	ts.Check(s.Process.Signal(signal))
	if err := <-s.done; s.ProcessState.ExitCode() != check.ExitIncomplete {
		ts.Fatalf("it ended with %v: %s", err, s.said)
	}
	checkLeft(ts, s.pid(), s.before)
}

// cmdInterrupts starts $WORK/fgpreflight, sends it a signal when the container
// and the one beside it are there, and looks whether it left anything:
//
//	interrupts TERM --run app.tar
func cmdInterrupts(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	startInBackground(ts, args[1:]).end(ts, signals[args[0]])
}

// cmdKilled shows that a run removes what a killed one left, and leaves alone
// what a living one uses. Both are of $WORK/fgpreflight with the arguments before
// the comma, the run is with those after it, as with starts:
//
//	killed --run --start-timeout 1m app.tar , 0 --run app.tar
func cmdKilled(ts *testscript.TestScript, _ bool, args []string) {
	comma := slices.Index(args, ",")
	dead, living := startInBackground(ts, args[:comma]), startInBackground(ts, args[:comma])
	ts.Check(dead.Process.Kill())
	<-dead.done
	if len(ownedBy(ts, dead.pid())) < 2 {
		ts.Fatalf("a killed run left too little to be removed")
	}
	used := ownedBy(ts, living.pid())
	cmdStarts(ts, false, args[comma+1:])
	if left := ownedBy(ts, dead.pid()); len(left) > 0 {
		ts.Fatalf("what a killed run left is still there: %q", left)
	}
	if uses := ownedBy(ts, living.pid()); !slices.Equal(uses, used) {
		ts.Fatalf("a living run had %q and has %q now", used, uses)
	}
	living.end(ts, syscall.SIGTERM)
}

// cmdTogether runs $WORK/fgpreflight with the same arguments several times at the
// same moment. All must exit with the code and leave nothing:
//
//	together 3 0 --run app.tar
func cmdTogether(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[0])
	ts.Check(err)
	code, err := strconv.Atoi(args[1])
	ts.Check(err)
	before := engineHas(ts)
	var runs []*started
	for range count {
		runs = append(runs, startAside(ts, args[2:]))
	}
	for _, run := range runs {
		<-run.done
	}
	for _, run := range runs {
		if got := run.ProcessState.ExitCode(); got != code {
			ts.Fatalf("exit code %d, want %d: %s", got, code, run.said)
		}
		checkLeft(ts, run.pid(), before)
	}
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
