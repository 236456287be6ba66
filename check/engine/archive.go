// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	maxHead     = 4 << 10  // bytes of a regular file that are kept from its first look-up
	maxHeads    = 16 << 20 // bytes of all heads together
	maxFile     = 16 << 20 // bytes of a file that can be read
	maxEntries  = 250_000  // files whose metadata are kept
	maxTreeSize = 20 << 30 // bytes of the tar of a directory that is listed
)

// engineFile is a file that Docker puts at the root of every container.
const engineFile = ".dockerenv"

// archive is the engine's tar of one path, opened and read up to its first
// entry: the path itself.
type archive struct {
	body    io.ReadCloser
	limited *io.LimitedReader
	tar     *tar.Reader
	first   *tar.Header
}

// open opens the tar of a path as package fs spells it, free of symbolic links
// but perhaps the last component.
func (f *FS) open(name string) (*archive, error) {
	if f.closed {
		return nil, fs.ErrClosed
	}
	if !fs.ValidPath(name) {
		return nil, fs.ErrInvalid
	}
	if err := f.still.create(f.ctx); err != nil {
		return nil, err
	}
	result, err := f.still.archive(f.ctx, path.Join("/", name))
	if err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: result.Content, N: maxTreeSize}
	a := &archive{body: result.Content, limited: limited, tar: tar.NewReader(limited)}
	if a.first, err = a.next(); err != nil {
		_ = result.Content.Close()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("reading from the engine: %w", cause(f.ctx, err))
	}
	return a, nil
}

func (a *archive) next() (*tar.Header, error) {
	h, err := a.tar.Next()
	if err != nil && a.limited.N <= 0 {
		return nil, fmt.Errorf("%w (20 GiB)", ErrLimit)
	}
	return h, err
}

func (a *archive) Read(p []byte) (int, error) { return a.tar.Read(p) }

// close abandons the stream; what was not read is not missed.
func (a *archive) close() { _ = a.body.Close() }

// lstat returns the entry of a path whose parents are directories.
func (f *FS) lstat(name string) (*entry, error) {
	e, known := f.entries[name]
	if !known {
		if siblings, listed := f.children[path.Dir(name)]; listed && name != "." && !slices.Contains(siblings, path.Base(name)) {
			return nil, fs.ErrNotExist
		}
		return f.fetch(name)
	}
	if e == nil {
		return nil, fs.ErrNotExist
	}
	return e, nil
}

// fetch asks the engine for a path, and keeps the answer. A regular file's
// head comes with it, as that costs nothing more.
func (f *FS) fetch(name string) (*entry, error) {
	if name == engineFile {
		return nil, fs.ErrNotExist
	}
	a, err := f.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		f.keep(name, nil)
	}
	if err != nil {
		return nil, err
	}
	defer a.close()
	e := newEntry(a.first)
	if e.isRegular() {
		e.head = make([]byte, min(e.size, maxHead))
		if _, err := io.ReadFull(a, e.head); err != nil {
			return nil, fmt.Errorf("reading from the engine: %w", cause(f.ctx, err))
		}
	}
	f.keep(name, e)
	return e, nil
}

// keep remembers an answer, as long as there is room.
func (f *FS) keep(name string, e *entry) {
	if len(f.entries) >= maxEntries {
		return
	}
	if e != nil {
		if f.heads += len(e.head); f.heads > maxHeads {
			return
		}
	}
	f.entries[name] = e
}

// list reads the whole tree below a directory, so that walking an image costs
// one request.
func (f *FS) list(dir string) error {
	if _, ok := f.children[dir]; ok {
		return nil
	}
	a, err := f.open(dir)
	if err != nil {
		return err
	}
	defer a.close()
	t := newTree(dir, a.first)
	for len(t.entries) <= maxEntries {
		h, err := a.next()
		if errors.Is(err, io.EOF) {
			f.graft(t)
			return nil
		}
		if err == nil {
			err = t.add(h)
		}
		if err != nil {
			return fmt.Errorf("listing the directory: %w", cause(f.ctx, err))
		}
	}
	return fmt.Errorf("listing the directory: %w (%d entries)", ErrLimit, maxEntries)
}

// graft joins a tree to what is known. Entries that were known keep their
// heads.
func (f *FS) graft(t *tree) {
	for _, names := range t.children {
		slices.Sort(names)
	}
	maps.Copy(f.children, t.children)
	maps.Copy(t.entries, f.entries)
	f.entries = t.entries
}

// tree gathers the entries of the tar of a directory.
type tree struct {
	dir      string // path of the directory
	prefix   string // how the tar names it: "/usr/bin" is "bin", "/" is ""
	entries  map[string]*entry
	children map[string][]string // names in each directory
}

func newTree(dir string, first *tar.Header) *tree {
	return &tree{
		dir:      dir,
		prefix:   clean(first.Name),
		entries:  map[string]*entry{dir: newEntry(first)},
		children: map[string][]string{dir: {}},
	}
}

// add takes the next entry of the tar, where directories come before what is
// in them. The first of several hard links is a file, the others name it; one
// that names none is left to be asked for by itself.
func (t *tree) add(h *tar.Header) error {
	name, ok := t.path(h.Name)
	parent := path.Dir(name)
	siblings, listed := t.children[parent]
	if !ok || !listed {
		return fmt.Errorf("entry %q is not where it belongs", cut(h.Name, 256))
	}
	if name == engineFile {
		return nil
	}
	t.children[parent] = append(siblings, path.Base(name))
	switch h.Typeflag {
	case tar.TypeLink:
		target, _ := t.path(h.Linkname)
		if e := t.entries[target]; e != nil && e.isRegular() {
			t.entries[name] = e
		}
	case tar.TypeDir:
		t.children[name] = []string{}
		t.entries[name] = newEntry(h)
	default:
		t.entries[name] = newEntry(h)
	}
	return nil
}

// path returns the path in the image of a name in the tar, and whether it
// lies below the directory.
func (t *tree) path(name string) (string, bool) {
	name = clean(name)
	if t.prefix != "" {
		rest, ok := strings.CutPrefix(name, t.prefix+"/")
		if !ok {
			return "", false
		}
		name = rest
	}
	return path.Join(t.dir, name), name != ""
}

// clean spells a name of a tar without slashes at its ends; "" is the root.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }
