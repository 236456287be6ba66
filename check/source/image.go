// SPDX-License-Identifier: Apache-2.0

package source

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// image is what every source fills in.
type image struct {
	info   check.Info
	wayOut string // of trouble that has no explanation of its own; "" for wayOutDamaged
	// platformChosen is set where an index or the engine told the platform.
	platformChosen bool

	config   *memo[[]byte]
	layers   int            // of the manifest; -1 when unknown
	content  []rootfs.Layer // of each layer, as it is stored; nil where an engine has them
	origin   *registry      // where an engine can pull it from; nil for nowhere
	manifest func(context.Context) (*check.Manifest, error)
	size     func(context.Context) (*check.Size, error)
	rootFS   *memo[imageFS]
	shared   *rootfs.Shared
	noFiles  error // why RootFS and Tree are not to be had; nil where they are
	noTree   error // why Tree is not to be had; nil where RootFS will do
	partial  bool  // the config lacks HEALTHCHECK, whatever the image has
	progress func(doing string)

	closers []io.Closer
}

// imageFS is what a source's file tree offers.
type imageFS interface {
	fs.StatFS
	fs.ReadLinkFS
	fs.ReadDirFS
	fs.ReadFileFS
}

// memo is a value that is computed when it is first asked for. Like the subject
// it is not safe for concurrent use.
type memo[T any] struct {
	compute func(context.Context) (T, error)
	done    bool
	value   T
	err     error
}

func newMemo[T any](compute func(context.Context) (T, error)) *memo[T] {
	return &memo[T]{compute: compute}
}

func (m *memo[T]) get(ctx context.Context) (T, error) {
	if !m.done {
		m.value, m.err = m.compute(ctx)
		m.done = true
	}
	return m.value, m.err
}

// Close ends what is still being read and removes what was made for it.
func (im *image) Close() error {
	var errs []error
	for _, c := range slices.Backward(im.closers) {
		errs = append(errs, c.Close())
	}
	im.closers = nil
	return errors.Join(errs...)
}

// closeLater adds something to be closed before all that was added so far.
func (im *image) closeLater(c io.Closer) { im.closers = append(im.closers, c) }

// closerFunc is a function as a closer.
type closerFunc func() error

func (f closerFunc) Close() error { return f() }

func (im *image) subject(o Options) *check.Subject {
	return check.NewSubject(im.info, o.Function, im.facts())
}

// facts is the only place where facts are made of an image.
func (im *image) facts() check.Provider {
	return check.Provider{
		Config:   explained(im, im.parsedConfig),
		Manifest: explained(im, im.manifest),
		Size:     explained(im, im.size),
		RootFS:   explained(im, im.files),
		Tree:     explained(im, im.tree),
		Accounts: accounts,
		User:     user,
		Command:  command,
	}
}

// explained wraps a fact so that its errors name the target.
func explained[T any](im *image, fact func(context.Context) (T, error)) func(context.Context) (T, error) {
	return func(ctx context.Context) (T, error) {
		value, err := fact(ctx)
		return value, im.explain(ctx, err)
	}
}

func (im *image) explain(ctx context.Context, err error) error {
	return explain(ctx, im.info.Target, cmp.Or(im.wayOut, wayOutDamaged), err)
}

func (im *image) parsedConfig(ctx context.Context) (*check.Config, error) {
	raw, err := im.config.get(ctx)
	if err != nil {
		return nil, err
	}
	return parseConfig(raw, im.layers)
}

func (im *image) files(ctx context.Context) (fs.FS, error) {
	if im.noFiles != nil {
		return nil, im.noFiles
	}
	files, err := im.rootFS.get(ctx)
	if err != nil {
		return nil, err
	}
	return &explainedFS{imageFS: files, explain: func(err error) error { return im.explain(ctx, err) }}, nil
}

func (im *image) tree(ctx context.Context) (fs.FS, error) {
	if im.noTree != nil {
		return nil, im.noTree
	}
	return im.files(ctx)
}

// setLayers makes layers the image's file tree. The config's diff IDs, where
// there is one for each layer, are compared too.
func (im *image) setLayers(layers []rootfs.Layer, complete bool) {
	im.layers, im.content = len(layers), layers
	im.rootFS = newMemo(func(ctx context.Context) (imageFS, error) {
		for i, id := range im.diffIDs(ctx) {
			layers[i].DiffID = id
		}
		files := rootfs.New(ctx, layers, rootfs.Options{Complete: complete, Shared: im.shared})
		im.closeLater(files)
		return files, nil
	})
}

// diffIDs returns the digests of the uncompressed layers, or nothing. What is
// wrong with the config is told by those who ask for it.
func (im *image) diffIDs(ctx context.Context) []string {
	raw, err := im.config.get(ctx)
	if err != nil {
		return nil
	}
	var config struct {
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if err := json.Unmarshal(raw, &config); err != nil || len(config.RootFS.DiffIDs) != im.layers {
		return nil
	}
	return config.RootFS.DiffIDs
}

// readPlatform tells the platform by the config, where that is at hand.
func (im *image) readPlatform(ctx context.Context) {
	raw, err := im.config.get(ctx)
	if err == nil && im.info.Platform == "" {
		im.info.Platform = configPlatform(raw).String()
	}
}

// layerName names the i-th layer, counted from 0, in messages.
func layerName(i int, id string) string {
	if rest, ok := strings.CutPrefix(id, "sha256:"); ok && len(rest) > 12 {
		id = "sha256:" + rest[:12]
	}
	return fmt.Sprintf("layer %d (%s)", i+1, id)
}
