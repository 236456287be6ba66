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

	"github.com/fgpreflight/fgpreflight/check"
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

// newBuilder returns the command of a kind of engine; host is its address, ""
// for the command to find it.
func newBuilder(kind engine.Kind, host string) builder {
	b := builder{program: "docker"}
	flag := "--host"
	if kind == engine.Podman {
		b.program, flag = "podman", "--url"
	}
	if host != "" {
		b.first = []string{flag, host}
	}
	return b
}

// run runs a sub-command and returns what it writes to standard output.
func (b builder) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, b.program, slices.Concat(b.first, args)...) //nolint:gosec // G204: the program is docker or podman, and no shell reads the arguments.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = buildGrace
	var out, trouble bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &trouble
	err := cmd.Run()
	switch {
	case err == nil:
		return out.String(), nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return "", &check.UnavailableError{
			Fact: "running container", Why: "the command " + b.program + ", which builds the image, is not there",
			Hint: "install it, or check an image that is built",
		}
	}
	said := strings.TrimSpace(trouble.String())
	return "", newShortError(fmt.Sprintf("%s %s: %s", b.program, args[0], said[max(0, len(said)-maxErrorText):]), err)
}

// built is an image that was built for the check.
type built struct {
	builder

	id    string
	isNew bool // it was not in the engine before
}

// buildImage builds the image of a Dockerfile, with the Dockerfile's folder as
// the context.
func (b builder) buildImage(ctx context.Context, path string, o Options) (*built, error) {
	before, err := b.run(ctx, "images", "--all", "--quiet", "--no-trunc")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fgpreflight-")
	if err != nil {
		return nil, fmt.Errorf("making a temporary folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // One small file that stays is no reason to lose the image that was built.
	file := filepath.Join(dir, "id")
	if _, err := b.run(ctx, buildArguments(path, file, o)...); err != nil {
		return nil, buildFault(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the ID of the built image: %w", err)
	}
	id := strings.TrimSpace(string(text))
	return &built{b, id, !strings.Contains(before, strings.TrimPrefix(id, "sha256:"))}, nil
}

// buildArguments are those of docker build and podman build alike.
func buildArguments(path, idFile string, o Options) []string {
	args := []string{"build", "--quiet", "--force-rm", "--iidfile", idFile, "--file", path}
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
	if _, ok := errors.AsType[*check.UnavailableError](err); ok {
		return err
	}
	return &Error{Err: err, WayOut: "see to it that the Dockerfile builds, or check it without --run"}
}

// remove removes an image that the build has made, unless somebody uses it by
// now.
func (i *built) remove(ctx context.Context) error {
	if !i.isNew {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), removeTime, errRemoveTime)
	defer cancel()
	_, err := i.run(ctx, "rmi", i.id)
	if err != nil && strings.Contains(err.Error(), "conflict") {
		return nil
	}
	return err
}

// removeTime is how long it may take to remove an image.
const removeTime = 30 * time.Second

var errRemoveTime = errors.New("the engine did not remove the image in time")
