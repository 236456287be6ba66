// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"archive/tar"
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// maxDecoders is how many layers are read side by side.
const maxDecoders = 2

// hit is what a name leads to in the stack of layers.
type hit struct {
	entry

	layer *layer   // Where it is; nil for a directory that no entry describes.
	path  []string // Its components, all links resolved.
}

// lookup is one question to the stack, or the part of it that looks for the
// target of a hard link.
type lookup struct {
	fs        *FS
	hops      int  // Symbolic links followed so far.
	hardLinks *int // Hard links looked up so far, for the whole question.
}

func (f *FS) newLookup() *lookup { return &lookup{fs: f, hardLinks: new(int)} }

// hop counts one more link, to be refused when there were too many.
func (q *lookup) hop(links *int) error {
	if *links++; *links > q.fs.limits.LinkHops {
		return ErrLinkLoop
	}
	return nil
}

// resolve walks from the root through the merged tree of the layers up to top.
// It follows symbolic links, the last component's only if follow is set.
func (q *lookup) resolve(name string, top int, follow bool) (hit, error) {
	todo := split(name)
	var way []string
	for len(todo) > 0 {
		if q.fs.ctx.Err() != nil {
			return hit{}, context.Cause(q.fs.ctx)
		}
		if todo[0] == ".." {
			way, todo = way[:max(0, len(way)-1)], todo[1:]
			continue
		}
		way, todo = append(way, todo[0]), todo[1:]
		last := len(todo) == 0
		h, err := q.find(way, top, last)
		switch {
		case err != nil:
			return hit{}, err
		case h.kind == tar.TypeSymlink && (follow || !last):
			if err := q.hop(&q.hops); err != nil {
				return hit{}, err
			}
			if h.link == "" {
				return hit{}, fs.ErrNotExist
			}
			way = way[:len(way)-1]
			if path.IsAbs(h.link) {
				way = way[:0]
			}
			todo = append(split(h.link), todo...)
		case last:
			return h, nil
		case !h.isDir():
			return hit{}, fs.ErrNotExist
		}
	}
	return q.find(way, top, true)
}

// split returns the components of a path that mean something.
func split(name string) []string {
	return slices.DeleteFunc(strings.Split(name, "/"), func(c string) bool { return c == "" || c == "." })
}

// find looks up a path, whose parents are directories, in the layers from top
// down. Unless whole is set, the caller only needs to know what kind it is.
func (q *lookup) find(way []string, top int, whole bool) (hit, error) {
	f := q.fs
	// Few layers have an entry for the root, and none of these says more than
	// what is implied, so none is read to its end to look for one.
	whole = whole && (len(way) > 0 || f.complete)
	isImplied := false
	for i := top; i >= 0; i-- {
		l := f.layers[i]
		e, hidden, err := l.look(f.ctx, way, whole)
		if err != nil {
			return hit{}, err
		}
		switch {
		case e.kind == kindNone:
		case e.kind == kindImplied:
			isImplied = true
			hidden = hidden || !whole
		case isImplied && !e.isDir():
			hidden = true // The directory above has replaced it.
		case e.kind == tar.TypeLink:
			return q.hardLink(e.link, i)
		default:
			return hit{entry: e, layer: l, path: slices.Clone(way)}, nil
		}
		if hidden {
			break
		}
	}
	if isImplied || len(way) == 0 {
		return hit{entry: implied(), path: slices.Clone(way)}, nil
	}
	return hit{}, fs.ErrNotExist
}

// hardLink looks up the target of a hard link that its own layer, number i,
// does not have. A link without a target does not exist.
func (q *lookup) hardLink(name string, i int) (hit, error) {
	if err := q.hop(q.hardLinks); err != nil {
		return hit{}, err
	}
	target := lookup{fs: q.fs, hardLinks: q.hardLinks}
	h, err := target.resolve(name, i-1, false)
	if errors.Is(err, ErrLinkLoop) || (err == nil && h.isDir()) {
		return hit{}, fs.ErrNotExist
	}
	return h, err
}

// names returns the names that may be in a directory: the layers' entries down
// to the first layer that hides the others.
func (f *FS) names(way []string) ([]string, error) {
	all := make(map[string]bool)
	for _, l := range slices.Backward(f.layers) {
		if err := l.finish(f.ctx); err != nil {
			return nil, err
		}
		n, hidden := l.reading.index.find(way)
		if n != nil {
			for name := range n.kids {
				all[name] = true
			}
			hidden = hidden || n.opaque || !n.isDir()
		}
		if hidden {
			break
		}
	}
	return slices.Sorted(maps.Keys(all)), nil
}

// readAll reads every layer to its end. It returns the error of the topmost
// layer that is broken, whichever was read first.
func readAll(ctx context.Context, layers []*layer) error {
	var wg sync.WaitGroup
	free := make(chan struct{}, maxDecoders)
	for _, l := range slices.Backward(layers) {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			_ = l.finish(ctx) // Collected below, in the order of the layers.
		})
	}
	wg.Wait()
	for _, l := range slices.Backward(layers) {
		if l.err != nil {
			return l.err
		}
	}
	return nil
}
