// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"fmt"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// openReference looks a name up in the engines that run here, as a developer
// has often just built the image, and then in its registry.
func openReference(ctx context.Context, t Target, want platform, o Options) (*image, error) {
	var lacking []string
	for _, kind := range kinds(o) {
		im, err := openEngine(ctx, Target{Kind: kind, Name: t.Name}, o)
		if err == nil && im.demand(ctx, want) == nil {
			return im, nil
		}
		var noEngine *engine.ConnectError
		var noImage *engine.NotFoundError
		switch {
		case err == nil: // It is there for another platform than the one demanded.
			_ = im.Close() // It was only looked at.
			lacking = append(lacking, im.info.Source+" for "+want.String())
		case ctx.Err() != nil:
			return nil, err
		case errors.As(err, &noImage):
			lacking = append(lacking, noImage.Engine)
		case errors.As(err, &noEngine) && o.Engine == "":
		default:
			return nil, err
		}
	}
	if !isReference(t.Name) {
		asked := "none runs"
		if len(lacking) > 0 {
			asked = "asked: " + list(lacking)
		}
		return nil, &Error{Err: fmt.Errorf("no engine has an image of that ID (%s)", asked), WayOut: "name the image by its reference"}
	}
	im, err := openRegistry(ctx, t.Name, want, o)
	return im, alsoLacking(err, lacking)
}

// kinds returns the engines to ask for a name. An address that the user gives
// is one engine, whatever its kind.
func kinds(o Options) []Kind {
	if o.Engine != "" {
		return []Kind{DockerImage}
	}
	return []Kind{DockerImage, PodmanImage}
}

// alsoLacking adds to the message that a registry gave no image which engines
// have none either.
func alsoLacking(err error, engines []string) error {
	if len(engines) == 0 {
		return err
	}
	return also(err, "and it is not in "+list(engines))
}

// also adds to the cause of an [*Error].
func also(err error, text string) error {
	known, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	return &Error{Err: newShortError(known.Err.Error()+", "+text, known.Err), WayOut: known.WayOut, Usage: known.Usage}
}

// openEngine opens an image of a container engine. Nothing of it is read yet
// but its description.
func openEngine(ctx context.Context, t Target, o Options) (*image, error) {
	kind := engine.Docker
	if t.Kind == PodmanImage {
		kind = engine.Podman
	}
	client, err := engine.Connect(ctx, engine.Options{Kind: kind, Host: o.Engine, Env: o.Env, Home: o.Home, Now: o.Now})
	if err != nil {
		return nil, engineFault(err)
	}
	found, err := client.Image(ctx, t.Name)
	if err != nil {
		_ = client.Close() // There is a better error.
		return nil, engineFault(err)
	}
	im := engineImage(found, client)
	im.closeLater(client)
	im.info.Reference = t.Name
	return im, nil
}

func engineFault(err error) error {
	e := &Error{Err: newShortError(err.Error(), err), WayOut: wayOutEngine}
	var noEngine *engine.ConnectError
	var noImage *engine.NotFoundError
	switch {
	case errors.As(err, &noEngine):
		e.WayOut = noEngine.Hint()
	case errors.As(err, &noImage):
		e.WayOut = noImage.Hint()
	}
	return e
}

func engineImage(found *engine.Image, client *engine.Client) *image {
	have := platform{OS: found.OS, Architecture: found.Architecture, Variant: found.Variant}
	im := &image{
		info: check.Info{
			Source:   string(client.Kind()),
			Digest:   found.ID,
			Platform: have.String(),
		},
		wayOut:   wayOutEngine,
		layers:   -1,
		config:   newMemo(func(context.Context) ([]byte, error) { return found.Config, nil }),
		manifest: func(context.Context) (*check.Manifest, error) { return engineManifest(found) },
		size: func(context.Context) (*check.Size, error) {
			return &check.Size{Compressed: check.UnknownBytes, Unpacked: found.Size, At: check.At("image", "Size")}, nil
		},
	}
	if len(found.RepoTags) > 0 {
		im.info.Name = found.RepoTags[0]
	}
	im.rootFS = newMemo(func(ctx context.Context) (imageFS, error) {
		files := client.RootFS(ctx, found)
		im.closeLater(closerFunc(func() error { return files.Close(ctx) }))
		return files, nil
	})
	return im
}

// engineManifest tells what an engine that keeps manifests says of one. Others
// make it at the push.
func engineManifest(found *engine.Image) (*check.Manifest, error) {
	why := "the engine keeps no manifest of the image; the push makes one"
	if d := found.Descriptor; d != nil {
		if !(descriptor{MediaType: d.MediaType}).isIndex() {
			return &check.Manifest{MediaType: d.MediaType, Digest: d.Digest}, nil
		}
		why = "the engine keeps an index of the image, but does not show it"
	}
	return nil, &check.UnavailableError{Fact: "manifest", Why: why, Hint: "check the pushed image: fgpreflight registry:NAME", Deferred: true}
}
