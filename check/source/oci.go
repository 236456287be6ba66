// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// store holds manifests and blobs by digest: a registry's repository, an OCI
// layout.
type store interface {
	// manifest returns a manifest or index of at most maxJSON bytes, not yet
	// compared with its digest.
	manifest(ctx context.Context, d descriptor) ([]byte, error)
	// blob opens a config or a layer.
	blob(ctx context.Context, d descriptor) (io.ReadCloser, error)
	// origin names the place that has one blob for a digest, whichever image asks;
	// "" for a place that no other image comes from.
	origin() string
}

// fetchDocument returns the manifest or index that a descriptor names.
func fetchDocument(ctx context.Context, s store, d descriptor) (*document, error) {
	raw, err := s.manifest(ctx, d)
	if err != nil {
		return nil, err
	}
	if err := d.verify(raw); err != nil {
		return nil, fmt.Errorf("reading manifest %s: %w", d.Digest, err)
	}
	doc, err := parseDocument(raw, d.MediaType)
	if err != nil {
		return nil, err
	}
	if d.MediaType != "" && d.isIndex() != doc.isIndex() {
		return nil, fmt.Errorf("manifest %s is not the %s that its descriptor promises", d.Digest, oneLine(d.MediaType))
	}
	return doc, nil
}

// ociImage returns the image of a manifest, or of the manifest that an index
// has for the platform.
func ociImage(ctx context.Context, s store, doc *document, want platform, complete bool) (*image, error) {
	im := &image{}
	var index *check.Index
	if doc.isIndex() {
		d, err := pick(ctx, s, doc, want)
		if err != nil {
			return nil, err
		}
		index = doc.index()
		if d.Platform != nil {
			im.platformChosen, im.info.Platform = true, d.Platform.String()
		}
		if doc, err = fetchDocument(ctx, s, d); err != nil {
			return nil, err
		}
	}
	if err := doc.checkConfig(); err != nil {
		return nil, err
	}
	im.info.Digest = doc.digest
	im.config = newMemo(func(ctx context.Context) ([]byte, error) { return fetchConfig(ctx, s, *doc.Config) })
	im.manifest = func(context.Context) (*check.Manifest, error) { return doc.manifest(index), nil }
	im.size = func(context.Context) (*check.Size, error) { return doc.size(), nil }
	im.setLayers(ociLayers(s, doc), complete)
	im.refuseForeign(doc)
	return im, nil
}

// fetchConfig returns the config, compared with its digest.
func fetchConfig(ctx context.Context, s store, d descriptor) ([]byte, error) {
	blob, err := s.blob(ctx, d)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	raw, err := readAll(blob)
	if err == nil {
		err = d.verify(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the config: %w", err)
	}
	return raw, nil
}

func ociLayers(s store, doc *document) []rootfs.Layer {
	layers := make([]rootfs.Layer, len(doc.Layers))
	for i, d := range doc.Layers {
		layers[i] = rootfs.Layer{
			Name:   layerName(i, d.Digest),
			Digest: d.Digest,
			Origin: s.origin(),
			Open:   func(ctx context.Context) (io.ReadCloser, error) { return s.blob(ctx, d) },
		}
	}
	return layers
}

// refuseForeign keeps addresses that an image names from being asked.
func (im *image) refuseForeign(doc *document) {
	for i, d := range doc.Layers {
		if len(d.URLs) > 0 {
			im.noFiles = &check.UnavailableError{
				Fact: "root file system",
				Why:  layerName(i, d.Digest) + " is foreign: its bytes are not where the image is",
				Hint: "build the image without foreign layers",
			}
			return
		}
	}
}

// pick returns the manifest that an index has for the platform. Nested indexes
// are looked into only when the index itself has none. Where the user demanded
// no platform, the first image will do.
func pick(ctx context.Context, s store, index *document, want platform) (descriptor, error) {
	var others []descriptor
	fetches := 0
	level := []*document{index}
	for depth := 0; len(level) > 0; depth++ {
		d, ok, rest, nested := scan(level, want)
		if ok {
			return d, nil
		}
		others = append(others, rest...)
		if fetches += len(nested); fetches > maxIndexFetches || (len(nested) > 0 && depth >= maxIndexDepth) {
			return descriptor{}, errors.New("indexes are nested too deep")
		}
		level = level[:0]
		for _, n := range nested {
			doc, err := fetchDocument(ctx, s, n)
			if err != nil {
				return descriptor{}, err
			}
			level = append(level, doc)
		}
	}
	return fallback(others, want)
}

// scan looks through the indexes of one level for an image of the platform. It
// returns the images of other platforms and the nested indexes too.
func scan(level []*document, want platform) (found descriptor, ok bool, others, nested []descriptor) {
	for _, doc := range level {
		for _, d := range doc.Manifests {
			switch {
			case d.isIndex():
				nested = append(nested, d)
			case !d.isImage():
			case d.Platform != nil && want.matches(*d.Platform):
				return d, true, nil, nil
			default:
				others = append(others, d)
			}
		}
	}
	return descriptor{}, false, others, nested
}

// fallback chooses among images none of which is known to be of the platform.
func fallback(others []descriptor, want platform) (descriptor, error) {
	if len(others) == 0 {
		return descriptor{}, &Error{Err: errors.New("the index has no image in it"), WayOut: "name an image"}
	}
	if !want.demanded || (len(others) == 1 && others[0].Platform == nil) {
		return others[0], nil
	}
	var have []string
	for _, d := range others {
		p := platform{}
		if d.Platform != nil {
			p = *d.Platform
		}
		have = append(have, p.String())
	}
	return descriptor{}, noPlatformError(want, have)
}

// readAll reads at most maxJSON bytes; more are an error.
func readAll(r io.Reader) ([]byte, error) {
	var buf bytes.Buffer
	n, err := io.Copy(&buf, io.LimitReader(r, maxJSON+1))
	if err != nil {
		return nil, err
	}
	if n > maxJSON {
		return nil, fmt.Errorf("more than %d bytes", maxJSON)
	}
	return buf.Bytes(), nil
}
