// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

const (
	maxHead     = 4 << 10  // bytes of a regular file that are kept from its first look-up
	maxHeads    = 16 << 20 // bytes of all heads together
	maxFile     = 16 << 20 // bytes of a file that can be read
	maxEntries  = 250_000  // files whose metadata are kept
	maxTreeSize = 20 << 30 // bytes of the tar of a tree
)

// engineFile is a file that Docker puts at the root of every container.
const engineFile = ".dockerenv"

// stream is a tar from the engine.
type stream struct {
	body    io.ReadCloser
	limited *io.LimitedReader
	tar     *tar.Reader
}

func newStream(body io.ReadCloser) *stream {
	limited := &io.LimitedReader{R: body, N: maxTreeSize}
	return &stream{body: body, limited: limited, tar: tar.NewReader(limited)}
}

// next returns the next entry, and io.EOF after the last.
func (s *stream) next() (*tar.Header, error) {
	h, err := s.tar.Next()
	if err != nil && s.limited.N <= 0 {
		return nil, fmt.Errorf("%w (20 GiB)", ErrLimit)
	}
	return h, err
}

// read returns the first n bytes of the entry at which the stream stands; they
// have to be there.
func (s *stream) read(n int64) ([]byte, error) {
	content := make([]byte, n)
	_, err := io.ReadFull(s.tar, content)
	return content, err
}

// close abandons the stream; what was not read is not missed.
func (s *stream) close() { _ = s.body.Close() }

// tree is a directory and what is below it, from one tar.
type tree struct {
	dir      string // path of the directory in the image
	prefix   string // how the tar names it: "/usr/bin" is "bin", "/" is ""
	entries  map[string]*entry
	children map[string][]string // names in each directory, sorted
}

func newTree(dir, prefix string, top *entry) *tree {
	return &tree{
		dir: dir, prefix: prefix,
		entries:  map[string]*entry{dir: top},
		children: map[string][]string{dir: {}},
	}
}

// readAll adds every entry that is left in the tar. After each, it calls
// visit, if not nil, while the stream stands at the entry's content.
func (t *tree) readAll(s *stream, visit func(name string, e *entry) error) error {
	for len(t.entries) <= maxEntries {
		h, err := s.next()
		if errors.Is(err, io.EOF) {
			for _, names := range t.children {
				slices.Sort(names)
			}
			return nil
		}
		if err != nil {
			return err
		}
		name, err := t.add(h)
		if err == nil && visit != nil && h.Typeflag == tar.TypeReg && name != engineFile {
			err = visit(name, t.entries[name])
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("%w (%d entries)", ErrLimit, maxEntries)
}

// add takes an entry of the tar, where directories come before what is in
// them. The first of several hard links is a file, the others name it; one
// that names none has a place among the children, but no entry.
func (t *tree) add(h *tar.Header) (string, error) {
	name, ok := t.path(h.Name)
	siblings, listed := t.children[path.Dir(name)]
	if !ok || !listed {
		return "", fmt.Errorf("entry %q is not where it belongs", cut(h.Name, 256))
	}
	if name == engineFile {
		return name, nil
	}
	t.children[path.Dir(name)] = append(siblings, path.Base(name))
	switch h.Typeflag {
	case tar.TypeLink:
		target, _ := t.path(h.Linkname)
		if e := t.entries[target]; e != nil && !e.isDir() {
			t.entries[name] = e
		}
	case tar.TypeDir:
		t.children[name] = []string{}
		t.entries[name] = newEntry(h)
	default:
		t.entries[name] = newEntry(h)
	}
	return name, nil
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
