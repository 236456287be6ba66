// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// openLayout opens a folder with an OCI layout.
func openLayout(ctx context.Context, t Target, want platform) (*image, error) {
	root, err := os.OpenRoot(t.Name)
	if err != nil {
		return nil, fileFault(err)
	}
	l := layout{files: folder{root}}
	if path, err := filepath.Abs(t.Name); err == nil {
		l.from = "oci:" + path
	}
	im, err := layoutImage(ctx, l, t.Selector, want)
	if err != nil {
		_ = root.Close() // There is a better error.
		return nil, err
	}
	im.info.Source = "oci"
	im.closeLater(root)
	return im, nil
}

// layout is an OCI layout, in a folder or an archive, as a store.
type layout struct {
	files opener
	from  string // what the folder is known by; "" for an archive
}

func (l layout) origin() string { return l.from }

// opener opens files by their slash-separated names.
type opener interface {
	open(name string) (io.ReadCloser, error)
}

// folder is a folder whose files are opened without following a link out of it.
type folder struct{ root *os.Root }

func (f folder) open(name string) (io.ReadCloser, error) {
	name = filepath.FromSlash(name)
	info, err := f.root.Stat(name) // To open a pipe would block.
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return f.root.Open(name)
}

func (l layout) blob(_ context.Context, d descriptor) (io.ReadCloser, error) {
	file, err := l.files.open("blobs/" + strings.Replace(d.Digest, ":", "/", 1))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the layout has no blob %s", d.Digest)
	}
	return file, err
}

func (l layout) manifest(ctx context.Context, d descriptor) ([]byte, error) {
	file, err := l.blob(ctx, d)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	raw, err := readAll(file)
	if err != nil {
		return nil, fmt.Errorf("reading manifest %s: %w", d.Digest, err)
	}
	return raw, nil
}

// catalogue returns the layout's index.json, in which an index of an image's
// platforms cannot be told from a list of different images.
func (l layout) catalogue() (*document, error) {
	raw, err := readJSON(l.files, "index.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the layout has no index.json")
	}
	if err != nil {
		return nil, err
	}
	doc := document{MediaType: ociIndex}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("reading index.json: %w", err)
	}
	if len(doc.images()) == 0 {
		return nil, errors.New("the layout's index.json names no image")
	}
	doc.digest = digestOf(raw)
	return &doc, doc.check()
}

// layoutImage returns the image of a layout that the selector, the platform,
// or there being no other, chooses.
func layoutImage(ctx context.Context, l layout, selector string, want platform) (*image, error) {
	all, err := l.catalogue()
	if err != nil {
		return nil, err
	}
	chosen, err := l.choose(ctx, all, selector)
	if err != nil {
		return nil, err
	}
	doc := all
	if len(chosen) > 1 && !isOneImage(chosen, want) {
		if chosen = ofPlatform(chosen, want); len(chosen) != 1 {
			return nil, manyImagesError(all.images(), ":TAG or @DIGEST")
		}
	}
	if len(chosen) == 1 { // Then index.json is not the image's own index.
		if doc, err = fetchDocument(ctx, l, chosen[0]); err != nil {
			return nil, err
		}
	}
	im, err := ociImage(ctx, l, doc, want, true)
	if err != nil {
		return nil, err
	}
	im.info.Name = chosen[0].imageName()
	im.readPlatform(ctx)
	return im, nil
}

// choose returns the entries that a selector names, each digest once; all of
// them when there is no selector.
func (l layout) choose(ctx context.Context, all *document, selector string) ([]descriptor, error) {
	entries := all.images()
	var chosen []descriptor
	digest, byDigest := strings.CutPrefix(selector, "@")
	for _, d := range entries {
		switch {
		case slices.ContainsFunc(chosen, func(c descriptor) bool { return c.Digest == d.Digest }):
		case selector == "", byDigest && d.Digest == digest, !byDigest && d.hasName(selector[1:]):
			chosen = append(chosen, d)
		}
	}
	if len(chosen) == 0 && byDigest {
		return l.chooseNested(ctx, entries, digest)
	}
	if len(chosen) == 0 {
		return nil, noSuchImageError(selector, entries)
	}
	return chosen, nil
}

// chooseNested looks for a digest in the indexes of the layout.
func (l layout) chooseNested(ctx context.Context, entries []descriptor, digest string) ([]descriptor, error) {
	level := entries
	for range maxIndexDepth {
		var next []descriptor
		for i, d := range slices.DeleteFunc(slices.Clone(level), func(d descriptor) bool { return !d.isIndex() }) {
			if i >= maxIndexFetches {
				break
			}
			doc, err := fetchDocument(ctx, l, d)
			if err != nil {
				return nil, err
			}
			next = append(next, doc.Manifests...)
		}
		for _, d := range next {
			if d.Digest == digest {
				return []descriptor{d}, nil
			}
		}
		level = next
	}
	return nil, noSuchImageError("@"+digest, entries)
}

// images returns the entries of an index that are images or indexes.
func (doc *document) images() []descriptor {
	return slices.DeleteFunc(slices.Clone(doc.Manifests), func(d descriptor) bool { return !d.isImage() && !d.isIndex() })
}

// isOneImage reports whether entries are one image for different platforms: all
// of one name, each with a platform, and at most one for the platform wanted.
func isOneImage(entries []descriptor, want platform) bool {
	for _, d := range entries {
		if d.Platform == nil || d.isIndex() || d.imageName() != entries[0].imageName() {
			return false
		}
	}
	return len(ofPlatform(entries, want)) <= 1
}

func ofPlatform(entries []descriptor, want platform) []descriptor {
	return slices.DeleteFunc(slices.Clone(entries), func(d descriptor) bool { return d.Platform == nil || !want.matches(*d.Platform) })
}

// Annotations that name the images of a layout: the first holds a tag or a
// whole name, the second a whole name.
const (
	refNameAnnotation   = "org.opencontainers.image.ref.name"
	imageNameAnnotation = "io.containerd.image.name"
)

// imageName returns the fullest name that an entry of a layout has, or "".
func (d descriptor) imageName() string {
	if name := d.Annotations[imageNameAnnotation]; name != "" {
		return oneLine(name)
	}
	return oneLine(d.Annotations[refNameAnnotation])
}

// hasName reports whether an entry of a layout is called name, by its whole
// name or its tag.
func (d descriptor) hasName(name string) bool {
	for _, annotation := range []string{refNameAnnotation, imageNameAnnotation} {
		full := d.Annotations[annotation]
		if full != "" && (full == name || strings.HasSuffix(full, ":"+name)) {
			return true
		}
	}
	return false
}

// label names an entry of a layout in messages.
func (d descriptor) label() string {
	var parts []string
	if name := d.imageName(); name != "" {
		parts = append(parts, name)
	}
	if d.Platform != nil {
		parts = append(parts, d.Platform.String())
	}
	return strings.Join(append(parts, "@"+d.Digest), " ")
}

func noSuchImageError(selector string, entries []descriptor) error {
	return &Error{
		Err:    fmt.Errorf("it has no image %s; it has %s", oneLine(selector), labels(entries)),
		WayOut: "choose one of them",
	}
}

func manyImagesError(entries []descriptor, form string) error {
	return &Error{
		Err:    fmt.Errorf("it has several images: %s", labels(entries)),
		WayOut: "choose one with " + form + " behind the path",
	}
}

func labels(entries []descriptor) string {
	var out []string
	for _, d := range entries {
		out = append(out, d.label())
	}
	if out == nil {
		return "none"
	}
	return list(out)
}
