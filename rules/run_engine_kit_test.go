// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/check/trial"
	"github.com/fgpreflight/fgpreflight/rules"
)

// buildPrograms builds static programs of this module's folders and returns
// their paths, in the same order.
func buildPrograms(t *testing.T, folders ...string) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for _, folder := range folders {
		program := filepath.Join(dir, filepath.Base(folder))
		build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, folder)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("building %s: %v\n%s", folder, err, out)
		}
		paths = append(paths, program)
	}
	return paths
}

// brokenPrograms are programs that no engine can start, beside the servers.
const brokenPrograms = `
/tmp dir mode=1777
/servers file mode=0755
/closed file mode=0700
/no-interpreter file mode=0755
/no-format file mode=0755
/no-loader elf arch=amd64 interp=/lib64/ld-missing.so.2
/arm64 elf arch=arm64
`

// archive writes the case's image as docker save does and returns the file's
// path.
func (c *engineCase) archive(t *testing.T, servers string) string {
	t.Helper()
	program, err := os.ReadFile(servers)
	if err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{"Entrypoint": c.command, "User": c.user})
	if err != nil {
		t.Fatal(err)
	}
	image, err := (&checktest.Case{Name: c.name, Config: config, Layers: []checktest.Files{{
		Entries: brokenPrograms,
		Contents: map[string][]byte{
			"/servers": program, "/closed": program,
			"/no-interpreter": []byte("#!/missing/sh\n"), "/no-format": []byte("no program\n"),
		},
	}}}).Build()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "image.tar")
	checktest.WriteFile(t, file, image.DockerArchive(""))
	return file
}

// start starts the case's image, which is in that archive, as --run does in an
// engine, and returns the results of startedRules. The prober runs beside it.
func (c *engineCase) start(t *testing.T, at engine.Options, archive, prober string) []check.Result {
	t.Helper()
	function := &check.Function{Timeout: check.Known(int64(1), check.At("--function-timeout", ""))}
	if c.memory > 0 {
		withMemory(c.memory)(function)
	}
	subject, opened, err := source.Open(t.Context(), "docker-archive:"+archive, source.Options{
		Function: function, Full: true, Env: os.Getenv, Home: os.Getenv("HOME"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	subject = subject.Changed(func(p *check.Provider) {
		p.Trial = func(ctx context.Context, s *check.Subject) (*check.Trial, error) {
			return c.startOnce(ctx, s, opened, at, prober)
		}
	})
	var list []*check.Rule
	for _, id := range startedRules {
		list = append(list, check.Find(rules.All, id))
	}
	return check.Run(t.Context(), subject, list, check.Policy{}).Results
}

// startTimeout is short for a port that stays closed, as nothing else ends the
// wait. All else comes to its end, on a busy machine late.
func (c *engineCase) startTimeout() time.Duration {
	if strings.HasPrefix(c.want, "fail: ") {
		return 2 * time.Second
	}
	return 30 * time.Second
}

// startOnce starts an opened image in an engine, and removes it.
func (c *engineCase) startOnce(ctx context.Context, s *check.Subject, opened io.Closer, at engine.Options, prober string) (tried *check.Trial, err error) {
	program, err := trial.Program(prober)
	if err != nil {
		return nil, err
	}
	loaded, err := source.Load(ctx, opened, at, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, loaded.Close(ctx)) }()
	return trial.Run(ctx, trial.Options{
		Engine: trial.On(loaded.Client), Image: loaded.ID, Function: s.Function(), Program: program,
		Network: "none", StartTimeout: c.startTimeout(),
	})
}

// leftInEngine returns the containers and images of this process that are in
// the engine.
func leftInEngine(t *testing.T, at engine.Options) []string {
	t.Helper()
	from := engineAPI(t, at)
	var left []string
	containers, err := from.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: make(client.Filters).Add("label", engine.Label)})
	if err != nil {
		t.Fatal(err)
	}
	owner := fmt.Sprintf("%d.", os.Getpid())
	for _, container := range containers.Items {
		if strings.HasPrefix(container.Labels[engine.LabelOwner], owner) {
			left = append(left, container.ID)
		}
	}
	images, err := from.ImageList(t.Context(), client.ImageListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range images.Items {
		for _, tag := range image.RepoTags {
			if strings.HasPrefix(tag, "fgpreflight.localhost/") && strings.Contains(tag, ":"+owner) {
				left = append(left, tag)
			}
		}
	}
	return left
}
