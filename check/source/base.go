// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

// bases opens the base images of a Dockerfile: those that the user names a
// target for, and on request all others by their name, in the engine or in the
// registry.
type bases struct {
	options Options
	path    string // of the Dockerfile; "" where it came by standard input
	open    []io.Closer
	built   *memo[*image] // the image that the Dockerfile makes; nil before somebody asks for it
}

// Close ends what is still being read.
func (b *bases) Close() error {
	var errs []error
	for _, c := range slices.Backward(b.open) {
		errs = append(errs, c.Close())
	}
	b.open = nil
	return errors.Join(errs...)
}

// buildxForms are the ways that docker build --build-context has to name an
// image, each with the one of targets.
var buildxForms = strings.NewReplacer("oci-layout://", "oci:", "docker-image://", "")

// target returns where a base image is read from; ok is false for one that is
// not to be read.
func (b *bases) target(ref string) (t Target, ok bool, err error) {
	given, isGiven := b.options.Bases[ref]
	if !isGiven {
		return Target{Kind: Reference, Name: ref}, b.options.ResolveBase, nil
	}
	t, err = Detect(buildxForms.Replace(given), look)
	switch t.Kind {
	case Dockerfile, DockerfileStream, Stream, Tags:
		err = &Error{Err: fmt.Errorf("--base %s=%s is no image", ref, given), WayOut: "name one, as in oci:PATH or docker:NAME", Usage: true}
	case Reference, RegistryImage, DockerImage, PodmanImage, Archive, DockerArchive, OCIArchive, Layout:
	}
	return t, true, err
}

// resolve reads what a base image holds: its configuration, its accounts and,
// as far as rules ask, its files. It returns nil for one that is not to be read.
func (b *bases) resolve(ctx context.Context, ref, platform string) (*dockerfile.Base, error) {
	t, ok, err := b.target(ref)
	if err != nil || !ok {
		return nil, err
	}
	o := b.options
	o.Platform = platform
	im, err := openImage(ctx, "", t, o)
	if err != nil {
		return nil, err
	}
	b.open = append(b.open, im)
	raw, err := im.config.get(ctx)
	if err != nil {
		return nil, err
	}
	config, err := parseConfig(raw, -1)
	if err != nil {
		return nil, err
	}
	decoded, err := decodeConfig(raw)
	if err != nil {
		return nil, err
	}
	out := &dockerfile.Base{Config: *config, OnBuild: decoded.Config.OnBuild, Shell: listSetting("Shell", decoded.Config.Shell)}
	subject := im.subject(o)
	if out.Accounts, err = subject.Accounts(ctx); err != nil {
		return nil, err
	}
	if out.RootFS, err = subject.RootFS(ctx); err != nil {
		return nil, err
	}
	_, costly := subject.Tree(ctx)
	out.Distribution, out.Tools = distributionOf(out.RootFS, costly)
	return out, nil
}
