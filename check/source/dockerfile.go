// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

// openDockerfile opens a Dockerfile. Nothing but its text is read, unless base
// images are to be resolved.
func openDockerfile(ctx context.Context, t Target, arg string, o Options) (*check.Subject, io.Closer, error) {
	artifact, text, err := readDockerfile(t, o)
	if err != nil {
		return nil, nil, err
	}
	options := dockerfile.Options{Name: artifact, Target: o.Stage, BuildArgs: o.BuildArgs}
	if o.Platform != "" {
		want, err := parsePlatform(o.Platform)
		if err != nil {
			return nil, nil, err
		}
		options.Platform = want.String()
	}
	bases := &bases{options: o, path: t.Name}
	if o.ResolveBase || len(o.Bases) > 0 {
		options.Resolve = bases.resolve
	}
	image, err := dockerfile.Evaluate(ctx, text, options)
	if err != nil {
		_ = bases.Close() // There is a better error.
		return nil, nil, dockerfileFault(err)
	}
	info := check.Info{
		Target: arg, Source: "dockerfile", Platform: image.Platform, Text: string(text), Artifact: artifact,
		Ignores: image.Ignores, Notices: image.Notices,
	}
	if image.Stage != "" && o.Stage != "" {
		info.Name = image.Stage
	}
	return check.NewSubject(info, o.Function, dockerfileFacts(image)), bases, nil
}

func dockerfileFacts(image *dockerfile.Image) check.Provider {
	return check.Provider{
		Config:   given(image.Config),
		Manifest: decidedLater[*check.Manifest]("manifest"),
		Size:     decidedLater[*check.Size]("size"),
		RootFS:   given(image.RootFS),
		Tree:     given(image.RootFS),
		Accounts: func(context.Context, *check.Subject) (*check.Accounts, error) { return image.Accounts, nil },
		User:     user,
		Command:  command,
		Build:    given(image.Build),
	}
}

// given returns a fact that is there already.
func given[T any](value T) func(context.Context) (T, error) {
	return func(context.Context) (T, error) { return value, nil }
}

// decidedLater returns a fact that no Dockerfile has.
func decidedLater[T any](fact string) func(context.Context) (T, error) {
	return func(context.Context) (T, error) {
		var none T
		return none, &check.UnavailableError{
			Fact: fact, Why: "the build and the push decide it", Hint: "check the image in the registry: fgpreflight registry:NAME", Deferred: true,
		}
	}
}

// readDockerfile returns the text, and the name that locations in it get.
func readDockerfile(t Target, o Options) (artifact string, text []byte, err error) {
	if t.Kind == DockerfileStream {
		if o.Stdin == nil {
			return "", nil, &Error{Err: errors.New("there is no standard input"), WayOut: "name a file", Usage: true}
		}
		text, err = readText(o.Stdin)
		return "-", text, err
	}
	file, err := os.Open(t.Name)
	if err != nil {
		return "", nil, fileFault(err)
	}
	defer file.Close() //nolint:errcheck // It was only read.
	text, err = readText(file)
	return t.Name, text, err
}

// readText reads one byte more than a Dockerfile may have, for the evaluator
// to refuse it.
func readText(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, dockerfile.MaxSize+1))
	if err != nil {
		return nil, fileFault(err)
	}
	return text, nil
}

// dockerfileFault explains why a Dockerfile could not be evaluated.
func dockerfileFault(err error) error {
	var noStage *dockerfile.NoStageError
	var known *Error
	switch {
	case errors.As(err, &noStage):
		way := "name no stage: the Dockerfile gives names to none"
		if len(noStage.Stages) > 0 {
			way = "pass --target with one of: " + strings.Join(noStage.Stages, ", ")
		}
		return &Error{Err: err, WayOut: way, Usage: true}
	case errors.As(err, &known):
		return &Error{Err: newShortError(strings.TrimSuffix(err.Error(), "; "+known.WayOut), err), WayOut: known.WayOut}
	default:
		return &Error{Err: newShortError(err.Error(), err), WayOut: "name a Dockerfile that docker build takes"}
	}
}
