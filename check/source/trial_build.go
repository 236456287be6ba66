// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

// buildGrace is how long a build that is interrupted may take to clean up.
const buildGrace = 5 * time.Second

// builder is the command of an engine that builds images. Only that knows the
// user's builder, credentials and cache.
type builder struct {
	program string
	first   []string // arguments before every sub-command
}

// newBuilder returns the command of an engine, whose address the user may have
// given, and which answered at an address. The docker command finds the
// engine where this program does, with the same credentials; podman would build on
// its own, where no other process sees the image.
func newBuilder(kind engine.Kind, given, answered string) builder {
	switch {
	case kind == engine.Podman:
		return builder{program: "podman", first: []string{"--url", answered}}
	case given != "":
		return builder{program: "docker", first: []string{"--host", given}}
	default:
		return builder{program: "docker"}
	}
}

// run runs a sub-command.
func (b builder) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, b.program, slices.Concat(b.first, args)...) //nolint:gosec // G204: the program is docker or podman, and no shell reads the arguments.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = buildGrace
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return &Error{
			Err:    fmt.Errorf("the command %s, which builds the image, is not there", b.program),
			WayOut: "install it, or check an image that is built",
		}
	}
	return newShortError(fmt.Sprintf("%s %s: %s", b.program, args[0], lastWords(trouble.String())), err)
}

// lastWords returns the last line of what a command wrote, which is the error:
// what it did before that, and warnings about the builder, come first.
func lastWords(said string) string {
	last := ""
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "View build details") { // which Docker Desktop adds
			last = line
		}
	}
	return strings.TrimPrefix(last, "ERROR: ")
}

// build builds the image of a Dockerfile, with the Dockerfile's folder as the
// context and under a name, if it is not "", and returns its ID.
func (b builder) build(ctx context.Context, path, name string, o Options) (string, error) {
	dir, err := os.MkdirTemp("", "fgpreflight-")
	if err != nil {
		return "", fmt.Errorf("making a temporary folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // One small file that stays is no reason to lose the image that was built.
	file := filepath.Join(dir, "id")
	if err := b.run(ctx, buildArguments(path, file, name, o)...); err != nil {
		return "", buildFault(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the ID of the built image: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// buildArguments are those of docker build and podman build alike. A name is
// also a label, so that no other run has an image of the same ID: engines lose an
// image that one run removes while another builds it.
func buildArguments(path, idFile, name string, o Options) []string {
	args := []string{"build", "--quiet", "--force-rm", "--iidfile", idFile, "--file", path}
	if name != "" {
		args = append(args, "--tag", name, "--label", engine.Label+".image="+name)
	}
	if o.Stage != "" {
		args = append(args, "--target", o.Stage)
	}
	if o.Platform != "" {
		args = append(args, "--platform", o.Platform)
	}
	for _, name := range slices.Sorted(maps.Keys(o.BuildArgs)) {
		args = append(args, "--build-arg", name+"="+o.BuildArgs[name])
	}
	return append(args, filepath.Dir(path))
}

func buildFault(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{Err: err, WayOut: "see to it that the Dockerfile builds, or check it without --run"}
}
