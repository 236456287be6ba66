// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"io"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// Loaded is an image in an engine, ready to be started.
type Loaded struct {
	Client *engine.Client
	ID     string // of the image in the engine

	brought bool // for the check alone
}

// Load brings an image into an engine; opened is what [Open] returned beside
// its subject. An engine's own image stays where it is, and keep leaves there
// what was brought. The error is an [*Error], or a [check.UnavailableError] for
// what is no image.
func Load(ctx context.Context, opened io.Closer, o engine.Options) (*Loaded, error) {
	im, ok := opened.(*image)
	if !ok {
		return nil, &check.UnavailableError{
			Fact: "running container", Why: "a Dockerfile is not built in this version",
			Hint: "build it, and check the image: docker build -t app . && fgpreflight --run docker:app",
		}
	}
	if im.content == nil && im.info.Source == string(engine.Podman) {
		o.Kind = engine.Podman
	} else if im.content == nil {
		o.Kind = engine.Docker
	}
	client, err := engine.Connect(ctx, o)
	if err != nil {
		return nil, im.explain(ctx, engineFault(err))
	}
	loaded := &Loaded{Client: client, ID: im.info.Digest}
	if err := loaded.fill(ctx, im); err != nil {
		return nil, im.explain(ctx, errors.Join(engineTrouble(err), loaded.Close(ctx, false)))
	}
	return loaded, nil
}

// fill removes what killed runs left and loads the image where it has to be.
func (l *Loaded) fill(ctx context.Context, im *image) error {
	if err := l.Client.Leftovers(ctx); err != nil {
		return err
	}
	if im.content == nil {
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
	l.brought = err == nil
	_ = r.Close() // It ends the writer where the engine wants no more.
	<-written
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

// Close removes from the engine what was brought for the check, unless it is
// to be kept, and ends the connection. It works after the context ended, too.
func (l *Loaded) Close(ctx context.Context, keep bool) error {
	err := l.Client.RemoveSidecarImage(ctx)
	if l.brought && !keep {
		err = errors.Join(err, l.Client.RemoveImage(ctx, l.ID))
	}
	return errors.Join(err, l.Client.Close())
}

// engineTrouble gives errors of the engine a way out of their own.
func engineTrouble(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return engineFault(err)
}
