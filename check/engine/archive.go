// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
)

// archive looks into a container by Docker's archive endpoint, path by path.
type archive struct {
	ctx   context.Context // kept, as the methods of fs.FS take none
	still *still

	entries  map[string]*entry   // by path; nil for a path that is known to be missing
	children map[string][]string // sorted names, of directories that were listed
	heads    int                 // bytes in the entries' heads
}

func newArchive(ctx context.Context, still *still) *archive {
	return &archive{ctx: ctx, still: still, entries: map[string]*entry{}, children: map[string][]string{}}
}

func (a *archive) lstat(name string) (*entry, error) {
	e, known := a.entries[name]
	if !known {
		siblings, listed := a.children[path.Dir(name)]
		if listed && name != "." && !slices.Contains(siblings, path.Base(name)) {
			return nil, fs.ErrNotExist
		}
		return a.fetch(name)
	}
	if e == nil {
		return nil, fs.ErrNotExist
	}
	return e, nil
}

// fetch asks the engine for a path, and keeps the answer. A regular file's
// head comes with it, as that costs nothing more.
func (a *archive) fetch(name string) (*entry, error) {
	if name == engineFile {
		return nil, fs.ErrNotExist
	}
	s, e, _, err := a.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		a.keep(name, nil)
	}
	if err != nil {
		return nil, err
	}
	defer s.close()
	if e.isRegular() {
		if e.head, err = s.read(min(e.size, maxHead)); err != nil {
			return nil, readError(a.ctx, err)
		}
	}
	a.keep(name, e)
	return e, nil
}

// open opens the tar of a path up to its first entry, the path itself, and
// returns that with its name in the tar.
func (a *archive) open(name string) (*stream, *entry, string, error) {
	if err := a.still.create(a.ctx); err != nil {
		return nil, nil, "", err
	}
	s, err := a.still.archive(a.ctx, path.Join("/", name))
	if err != nil {
		return nil, nil, "", err
	}
	h, err := s.next()
	if err != nil {
		s.close()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, nil, "", readError(a.ctx, err)
	}
	return s, newEntry(h), clean(h.Name), nil
}

// keep remembers an answer, as long as there is room.
func (a *archive) keep(name string, e *entry) {
	if len(a.entries) >= maxEntries {
		return
	}
	if e != nil {
		if a.heads+len(e.head) > maxHeads {
			return
		}
		a.heads += len(e.head)
	}
	a.entries[name] = e
}

// list reads the whole tree below a directory, so that walking an image costs
// one request.
func (a *archive) list(dir string) ([]string, error) {
	if names, ok := a.children[dir]; ok {
		return names, nil
	}
	s, top, prefix, err := a.open(dir)
	if err != nil {
		return nil, err
	}
	defer s.close()
	t := newTree(dir, prefix, top)
	if err := t.readAll(s, nil); err != nil {
		return nil, readError(a.ctx, err)
	}
	maps.Copy(a.children, t.children)
	maps.Copy(t.entries, a.entries) // what was known has its head
	a.entries = t.entries
	return a.children[dir], nil
}

func (a *archive) head(name string, e *entry) ([]byte, error) {
	if e.head != nil || e.size == 0 {
		return e.head, nil
	}
	e, err := a.fetch(name)
	if err != nil {
		return nil, err
	}
	return e.head, nil
}

func (a *archive) whole(name string, e *entry) ([]byte, error) {
	s, _, _, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer s.close()
	content, err := s.read(e.size)
	if err != nil {
		return nil, readError(a.ctx, err)
	}
	return content, nil
}

func readError(ctx context.Context, err error) error {
	return fmt.Errorf("reading from the engine: %w", cause(ctx, err))
}
