// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// Loaded is an image in an engine, ready to be started.
type Loaded struct {
	Client *engine.Client
	ID     string // of the image in the engine

	host   string                      // address of the engine that the user gave
	remove func(context.Context) error // takes away what was brought for the check alone; nil for nothing
}

// loadable is what [Open] returns as a closer.
type loadable interface {
	name() string
	engineKind() engine.Kind // the kind of the one engine that it is in; AnyKind for none
	loadInto(ctx context.Context, l *Loaded) error
}

// Load brings an image into an engine; opened is what [Open] returned beside
// its subject. An engine's own image stays where it is, and a Dockerfile is
// built. The error is an [*Error], or a [check.UnavailableError] where there is
// nothing to build with.
func Load(ctx context.Context, opened io.Closer, o engine.Options) (*Loaded, error) {
	from, ok := opened.(loadable)
	if !ok {
		return nil, fmt.Errorf("nothing that Open returns: %T", opened)
	}
	if kind := from.engineKind(); kind != engine.AnyKind {
		o.Kind = kind
	}
	client, err := engine.Connect(ctx, o)
	if err != nil {
		return nil, explain(ctx, from.name(), wayOutEngine, engineFault(err))
	}
	l := &Loaded{Client: client, host: o.Host}
	if err = client.Leftovers(ctx); err == nil {
		err = from.loadInto(ctx, l)
	}
	if err != nil {
		_ = l.Close(ctx, false) // There is a better error.
		return nil, explain(ctx, from.name(), wayOutEngine, err)
	}
	return l, nil
}

// Close removes from the engine what was brought for the check, unless it is
// to be kept, and ends the connection. It works after the context ended, too.
func (l *Loaded) Close(ctx context.Context, keep bool) error {
	err := l.Client.RemoveSidecarImage(ctx)
	if l.remove != nil && !keep {
		err = errors.Join(err, l.remove(ctx))
	}
	return errors.Join(err, l.Client.Close())
}

func (im *image) name() string { return im.info.Target }

func (im *image) engineKind() engine.Kind {
	if im.content != nil {
		return engine.AnyKind
	}
	return engine.Kind(im.info.Source)
}

// loadInto loads the image where it is not an engine's own.
func (im *image) loadInto(ctx context.Context, l *Loaded) error {
	if im.content == nil {
		l.ID = im.info.Digest
		return nil
	}
	name, err := im.nameIn(ctx, l.Client)
	if err != nil {
		return err
	}
	r, w := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		w.CloseWithError(im.writeArchive(ctx, w, name))
	}()
	l.ID, err = l.Client.Load(ctx, r)
	_ = r.Close() // It ends the writer where the engine wants no more.
	<-written
	if err == nil {
		l.remove = func(ctx context.Context) error { return l.Client.RemoveImage(ctx, l.ID) }
	}
	return err
}

// nameIn returns the name that the image is to be loaded by: none where it is
// in the engine already, as it would be removed with that name.
func (im *image) nameIn(ctx context.Context, client *engine.Client) (string, error) {
	raw, err := im.config.get(ctx)
	if err != nil {
		return "", err
	}
	_, err = client.Image(ctx, digestOf(raw))
	if _, missing := errors.AsType[*engine.NotFoundError](err); missing {
		return client.NewName(), nil
	}
	return "", err
}

func (b *bases) name() string { return b.path }

func (b *bases) engineKind() engine.Kind { return engine.AnyKind }

// loadInto builds the Dockerfile.
func (b *bases) loadInto(ctx context.Context, l *Loaded) error {
	if b.path == "" {
		return &check.UnavailableError{
			Fact: "running container", Why: "a Dockerfile on standard input comes without the files that it copies",
			Hint: "name the Dockerfile, or build it and check the image",
		}
	}
	image, err := newBuilder(l.Client.Kind(), l.host).buildImage(ctx, b.path, b.options)
	if err != nil {
		return err
	}
	l.ID, l.remove = image.id, image.remove
	return nil
}
