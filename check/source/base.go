// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"io"

	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

// bases opens the base images of a Dockerfile, as any other target without a
// prefix: in the engine, as a layout, in the registry.
type bases struct {
	options Options
	open    []io.Closer
}

// Close ends what is still being read.
func (b *bases) Close() error {
	var errs []error
	for _, c := range b.open {
		errs = append(errs, c.Close())
	}
	b.open = nil
	return errors.Join(errs...)
}

// resolve reads what a base image holds: its configuration, its accounts and,
// as far as rules ask, its files.
func (b *bases) resolve(ctx context.Context, ref, platform string) (*dockerfile.Base, error) {
	o := b.options
	o.Platform = platform
	im, err := openImage(ctx, "", Target{Kind: Reference, Name: ref}, o)
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
