// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"io"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// Build builds the image of a Dockerfile in an engine and returns the subject
// with the facts of that image; the lines of the text stay where its values are
// seen. Opened is what [Open] returned beside the subject; for another target
// than a Dockerfile nothing is done. With keep, the image stays under a name that
// begins with fgpreflight-kept, else it is removed when opened is closed.
//
// The subject is the one that was given where there is an error: an [*Error].
func Build(ctx context.Context, subject *check.Subject, opened io.Closer, o engine.Options, keep bool) (*check.Subject, error) {
	b, ok := opened.(*bases)
	if !ok {
		return subject, nil
	}
	image, err := b.build(ctx, o, keep)
	if err != nil {
		return subject, explainEngine(ctx, b.name(), err)
	}
	return subject.Changed(image.replace), nil
}

// build builds the Dockerfile at the first call.
func (b *bases) build(ctx context.Context, o engine.Options, keep bool) (*image, error) {
	if b.built == nil {
		b.built = newMemo(func(ctx context.Context) (*image, error) { return b.newImage(ctx, o, keep) })
	}
	return b.built.get(ctx)
}

func (b *bases) newImage(ctx context.Context, o engine.Options, keep bool) (*image, error) {
	if b.path == "" {
		return nil, &Error{
			Err:    errors.New("a Dockerfile on standard input comes without the files that it copies, so that it cannot be built"),
			WayOut: "name the Dockerfile, or check it without --run",
		}
	}
	b.options.Progress("building the image")
	client, err := connectToRun(ctx, o)
	if err != nil {
		return nil, err
	}
	b.open = append(b.open, client)
	with := newBuilder(client.Kind(), o.Host, client.Host())
	own := client.NewName()
	if keep {
		own = ""
	}
	built, err := client.Build(ctx, own, func(ctx context.Context) (string, error) { return with.build(ctx, b.path, own, b.options) })
	if err != nil {
		return nil, err
	}
	b.open = append(b.open, closerFunc(func() error { return client.RemoveImage(ctx, built.ID) }))
	if keep {
		if err := client.Keep(ctx, built.ID, keptName(built.ID)); err != nil {
			return nil, err
		}
	}
	im := engineImage(built, client)
	im.info.Target, im.partial = b.name(), built.Partial
	b.open = append(b.open, im)
	return im, nil
}

// replace puts the facts of an image that was built in the place of those that
// the text of its Dockerfile tells.
func (im *image) replace(p *check.Provider) {
	text, image := *p, im.facts()
	p.Manifest, p.Size, p.RootFS, p.Tree = image.Manifest, image.Size, image.RootFS, image.Tree
	p.Config = func(ctx context.Context) (*check.Config, error) {
		built, err := image.Config(ctx)
		if err != nil {
			return nil, err
		}
		written, err := text.Config(ctx)
		if err != nil {
			return nil, err
		}
		if im.partial {
			built.Healthcheck = written.Healthcheck
		}
		return placeConfig(built, written), nil
	}
	p.Accounts = func(ctx context.Context, s *check.Subject) (*check.Accounts, error) {
		built, err := image.Accounts(ctx, s)
		if err != nil {
			return nil, err
		}
		written, err := text.Accounts(ctx, s)
		if err != nil {
			return nil, err
		}
		return placeAccounts(built, written), nil
	}
}
