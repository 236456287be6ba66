// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// export looks into a container by the tar of its whole file system. It serves
// Podman, whose archive endpoint gives every file to the container's user,
// follows symbolic links and shows volumes without their content.
type export struct {
	ctx   context.Context // kept, as the methods of fs.FS take none
	still *still

	tree  *tree // nil while nothing was asked
	err   error // why there is no tree
	heads int   // bytes in the entries' heads
}

// load reads the export, once.
func (x *export) load() error {
	if x.tree != nil || x.err != nil {
		return x.err
	}
	var t *tree
	x.err = x.scan(func(s *stream) error {
		root := &entry{typeflag: tar.TypeDir, mode: 0o755} // an export has no entry for it
		t = newTree(".", "", root)
		return t.readAll(s, func(name string, e *entry) (err error) {
			if size := min(e.size, maxHead); wantsHead(name, e) && x.heads+int(size) <= maxHeads {
				e.head, err = s.read(size)
				x.heads += len(e.head)
			}
			return err
		})
	})
	if x.err == nil {
		x.tree = t
	}
	return x.err
}

// wantsHead tells the files whose first bytes are asked for: programs,
// scripts and the accounts in /etc.
func wantsHead(name string, e *entry) bool { return e.mode&0o111 != 0 || path.Dir(name) == "etc" }

// scan opens the export and hands its tar to read.
func (x *export) scan(read func(*stream) error) error {
	if err := x.still.create(x.ctx); err != nil {
		return err
	}
	s, err := x.still.export(x.ctx)
	if err != nil {
		return err
	}
	defer s.close()
	if err := read(s); err != nil {
		return readError(x.ctx, err)
	}
	return nil
}

func (x *export) lstat(name string) (*entry, error) {
	if err := x.load(); err != nil {
		return nil, err
	}
	if e := x.tree.entries[name]; e != nil {
		return e, nil
	}
	return nil, fs.ErrNotExist
}

func (x *export) list(dir string) ([]string, error) {
	if err := x.load(); err != nil {
		return nil, err
	}
	return x.tree.children[dir], nil
}

func (x *export) head(_ string, e *entry) ([]byte, error) {
	if e.head != nil || e.size == 0 {
		return e.head, nil
	}
	return x.content(e, min(e.size, maxHead))
}

func (x *export) whole(_ string, e *entry) ([]byte, error) { return x.content(e, e.size) }

// content reads the export up to the file that is the entry, under whichever
// of its names it comes.
func (x *export) content(e *entry, n int64) (content []byte, err error) {
	err = x.scan(func(s *stream) error {
		for {
			h, err := s.next()
			if errors.Is(err, io.EOF) {
				return errors.New("the file is no longer there")
			}
			if err != nil {
				return err
			}
			if name, _ := x.tree.path(h.Name); h.Typeflag == tar.TypeReg && x.tree.entries[name] == e {
				content, err = s.read(n)
				return err
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("finding the file in the export: %w", err)
	}
	return content, nil
}
