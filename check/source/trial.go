// SPDX-License-Identifier: Apache-2.0

package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

// Loaded is an image in an engine, ready to be started.
type Loaded struct {
	Client *engine.Client
	ID     string // of the image in the engine

	target  string
	options engine.Options              // those that the client was found by
	keep    bool                        // leave in the engine what was brought
	remove  func(context.Context) error // takes away what was brought for the check alone; nil for nothing
}

// loadable is what [Open] returns as a closer.
type loadable interface {
	name() string
	engineKind() engine.Kind // the kind of the one engine that it is in; AnyKind for none
	loadInto(ctx context.Context, l *Loaded) error
}

// Load brings an image into an engine; opened is what [Open] returned beside
// its subject. An engine's own image stays where it is, and a Dockerfile is
// built unless [Build] did so. With keep, what is brought stays, under the name
// that it would have after docker load, or one that begins with
// fgpreflight-kept. The error is an [*Error].
func Load(ctx context.Context, opened io.Closer, o engine.Options, keep bool) (*Loaded, error) {
	from, ok := opened.(loadable)
	if !ok {
		return nil, fmt.Errorf("nothing that Open returns: %T", opened)
	}
	if kind := from.engineKind(); kind != engine.AnyKind {
		o.Kind = kind
	}
	client, err := connectToRun(ctx, o)
	if err != nil {
		return nil, explainEngine(ctx, from.name(), err)
	}
	l := &Loaded{Client: client, target: from.name(), options: o, keep: keep}
	if err = client.Leftovers(ctx); err == nil {
		err = from.loadInto(ctx, l)
	}
	if err != nil {
		_ = l.Close(ctx) // There is a better error.
		return nil, explainEngine(ctx, from.name(), err)
	}
	return l, nil
}

// connectToRun connects to an engine that runs Linux containers.
func connectToRun(ctx context.Context, o engine.Options) (*engine.Client, error) {
	client, err := engine.Connect(ctx, o)
	if err != nil {
		return nil, engineFault(err)
	}
	if system, _ := client.Platform(); system != "" && system != "linux" {
		_ = client.Close() // There is a better error.
		return nil, &Error{
			Err:    fmt.Errorf("%s runs containers of %s, and functions are of linux", client.Name(), oneLine(system)),
			WayOut: "switch it to Linux containers, or name another engine with --engine",
		}
	}
	return client, nil
}

// explainEngine turns the trouble of an engine into an [*Error] about a target,
// with its first cause: what follows of that is told in further lines.
func explainEngine(ctx context.Context, target string, err error) error {
	if err == nil {
		return nil
	}
	wayOut := wayOutEngine
	if errors.Is(err, engine.ErrLost) {
		wayOut = "see whether the engine still runs (docker info), and check again"
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return explain(ctx, target, wayOut, newShortError(first, err))
}

// Explain turns the trouble of starting the image into an [*Error].
func (l *Loaded) Explain(ctx context.Context, err error) error {
	return explainEngine(ctx, l.target, err)
}

// Close removes from the engine what was brought for the check alone, and ends
// the connection. It works after the context ended, too.
func (l *Loaded) Close(ctx context.Context) error {
	err := l.Client.RemoveSidecarImage(ctx)
	if l.remove != nil {
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

// loadInto brings the image into the engine where it is not an engine's own. An
// engine that cannot pull it gets it from here: it may not reach the registry,
// or not trust it.
func (im *image) loadInto(ctx context.Context, l *Loaded) error {
	if im.content == nil {
		l.ID = im.info.Digest
		return nil
	}
	im.progress(fmt.Sprintf("loading the image into %s", l.Client.Kind()))
	err := errNotPulled
	if im.origin != nil && im.noFiles == nil {
		err = im.pullInto(ctx, l)
	}
	if err != nil && ctx.Err() == nil {
		err = im.streamInto(ctx, l)
	}
	if err != nil {
		return err
	}
	l.remove = func(ctx context.Context) error { return l.Client.RemoveImage(ctx, l.ID) }
	return nil
}

// streamInto loads the image by a stream, under a name for the check alone or,
// if it is to stay, of its own.
func (im *image) streamInto(ctx context.Context, l *Loaded) error {
	config, err := im.config.get(ctx)
	if err != nil {
		return err
	}
	loadName := im.keptName(config)
	if !l.keep {
		loadName = l.Client.NewName()
		if config, err = ownConfig(config, loadName); err != nil {
			return err
		}
	}
	r, w := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		w.CloseWithError(im.writeArchive(ctx, w, config, loadName))
	}()
	l.ID, err = l.Client.Load(ctx, r)
	_ = r.Close() // It ends the writer where the engine wants no more.
	<-written
	return err
}

// keptName returns the name of the image when it is to stay.
func (im *image) keptName(config []byte) string {
	if tag, err := name.NewTag(im.info.Name); err == nil {
		return tag.Name()
	}
	return keptName(digestOf(config))
}

// keptName returns the name of an image that is to stay and has none.
func keptName(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return "fgpreflight-kept:" + hex[:min(len(hex), 12)]
}

func (b *bases) name() string { return cmp.Or(b.path, "-") }

func (b *bases) engineKind() engine.Kind { return engine.AnyKind }

// loadInto builds the Dockerfile, unless that was done. What is built is removed
// when the Dockerfile is closed.
func (b *bases) loadInto(ctx context.Context, l *Loaded) error {
	image, err := b.build(ctx, l.options, l.keep)
	if err == nil {
		l.ID = image.info.Digest
	}
	return err
}
