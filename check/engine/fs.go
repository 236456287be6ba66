// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/fgpreflight/fgpreflight/check"
)

// maxLinks is the number of symbolic links that one path may go through, as in
// Linux.
const maxLinks = 40

// FS is the root file system of an engine's image. It answers from a container
// that is created at the first question, never started, and removed by
// [FS.Close]. It is safe for concurrent use.
//
// It is an fs.FS, fs.StatFS, fs.ReadLinkFS, fs.ReadDirFS and fs.ReadFileFS.
// Symbolic links are resolved in every component within the image: absolute
// targets and ".." end at its root. FileInfo.Sys is a *tar.Header with owner,
// mode, size and link target. A missing file is fs.ErrNotExist; every other
// error means that the question has no answer.
//
// Docker is asked for each path once (about 50 ms with Docker 20.10), with the
// first 4 KiB of a regular file; listing a directory reads the tar of all that
// is below it, so that walking an image costs one request. Podman is asked for
// the tar of the whole file system at the first question. What follows on the
// first 4 KiB is read by another request, up to 16 MiB a file. A tree can have
// 250,000 entries and 20 GiB.
//
// Docker prepares a container: it adds the directories dev, dev/pts, dev/shm,
// etc, proc and sys, the empty files dev/console, etc/hostname, etc/hosts and
// etc/resolv.conf, the link etc/mtab, and .dockerenv. Where the image has one of
// its own, that is seen. The others cannot be told from an image's and are
// shown, but for .dockerenv, which is hidden. A volume that the image declares
// holds what the image has there.
type FS struct {
	mu     sync.Mutex
	still  *still
	look   looker
	closed bool
}

// looker answers for paths free of symbolic links. It keeps what it was told.
// It is not safe for concurrent use.
type looker interface {
	// lstat describes the file at a path whose parents are directories.
	lstat(name string) (*entry, error)
	// list returns the sorted names in a directory.
	list(dir string) ([]string, error)
	// head returns the first bytes of a regular file, all of them or maxHead.
	head(name string, e *entry) ([]byte, error)
	// whole returns all bytes of a regular file.
	whole(name string, e *entry) ([]byte, error)
}

var (
	_ fs.StatFS     = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.ReadFileFS = (*FS)(nil)
)

// RootFS returns the root file system of an image. The engine is asked nothing
// yet. Questions end with the context; [FS.Close] must be called whatever
// becomes of it.
func (c *Client) RootFS(ctx context.Context, image *Image) *FS {
	still := c.newStill(image.ID)
	if c.kind == Podman {
		return &FS{still: still, look: &export{ctx: ctx, still: still}}
	}
	return &FS{still: still, look: newArchive(ctx, still)}
}

// Close removes the container with its volumes, if there is one, also when the
// context has ended; it takes at most 30 seconds. Later questions fail. It can
// be called again, and tries again what failed.
func (f *FS) Close(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return f.still.remove(ctx)
}

// Open opens a file, following symbolic links. The file of a regular file is
// also an io.ReaderAt.
func (f *FS) Open(name string) (fs.File, error) {
	at, e, err := f.find("open", name, true)
	if err != nil {
		return nil, err
	}
	info := fileInfo{path: name, entry: e}
	switch {
	case e.isDir():
		return &dirFile{fs: f, path: at, info: info}, nil
	case e.isRegular():
		return &file{fs: f, path: at, info: info}, nil
	default:
		return nil, notRegular(name)
	}
}

// Stat describes a file, following symbolic links.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return f.info("stat", name, true) }

// Lstat describes a file, following no symbolic link in the last component.
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return f.info("lstat", name, false) }

func (f *FS) info(op, name string, follow bool) (fs.FileInfo, error) {
	_, e, err := f.find(op, name, follow)
	if err != nil {
		return nil, err
	}
	return fileInfo{path: name, entry: e}, nil
}

// ReadLink returns the target of a symbolic link as it is written.
func (f *FS) ReadLink(name string) (string, error) {
	_, e, err := f.find("readlink", name, false)
	if err != nil {
		return "", err
	}
	if !e.isSymlink() {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return e.link, nil
}

// ReadFile returns the content of a regular file of at most 16 MiB.
func (f *FS) ReadFile(name string) ([]byte, error) {
	at, e, err := f.find("open", name, true)
	if err != nil {
		return nil, err
	}
	info := fileInfo{path: name, entry: e}
	if !e.isRegular() {
		return nil, notRegular(name)
	}
	content, err := (&file{fs: f, path: at, info: info}).upTo(e.size)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return bytes.Clone(content), nil
}

func notRegular(name string) error {
	return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%w: not a regular file", fs.ErrInvalid)}
}

// ReadDir lists a directory by name, following symbolic links to it.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	at, e, err := f.find("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !e.isDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fmt.Errorf("%w: not a directory", fs.ErrInvalid)}
	}
	list, err := f.readDir(at)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return list, nil
}

// readDir lists the directory at a path free of symbolic links.
func (f *FS) readDir(dir string) ([]fs.DirEntry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fs.ErrClosed
	}
	names, err := f.look.list(dir)
	if err != nil {
		return nil, err
	}
	list := make([]fs.DirEntry, len(names))
	for i, name := range names {
		at := path.Join(dir, name)
		e, err := f.look.lstat(at)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		list[i] = fs.FileInfoToDirEntry(fileInfo{path: at, entry: e})
	}
	return list, nil
}

// head returns the first bytes of the file at a path free of symbolic links.
func (f *FS) head(name string, e *entry) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fs.ErrClosed
	}
	return f.look.head(name, e)
}

// whole returns the file at a path free of symbolic links, at most maxFile
// bytes.
func (f *FS) whole(name string, e *entry) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return nil, fs.ErrClosed
	case e.size > maxFile:
		return nil, fmt.Errorf("%w: %d bytes, and 16 MiB are read", ErrLimit, e.size)
	default:
		return f.look.whole(name, e)
	}
}

// find walks to a file and returns its entry with its path free of symbolic
// links, but for the last component where that is not followed.
func (f *FS) find(op, name string, follow bool) (string, *entry, error) {
	if !fs.ValidPath(name) {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrClosed}
	}
	at, e, err := f.walk(name, follow)
	if err != nil {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return at, e, nil
}

func (f *FS) walk(name string, follow bool) (string, *entry, error) {
	at, todo, links := ".", components(name), 0
	for len(todo) > 0 {
		next := path.Join(at, todo[0])
		if todo[0] == ".." {
			next = path.Dir(at) // of the root it is the root
		}
		todo = todo[1:]
		e, err := f.look.lstat(next)
		switch {
		case err != nil:
			return "", nil, err
		case e.isSymlink() && (follow || len(todo) > 0):
			if links++; links > maxLinks {
				return "", nil, check.ErrTooManyLinks
			}
			todo = slices.Concat(components(e.link), todo)
			if path.IsAbs(e.link) {
				at = "."
			}
		case !e.isDir() && len(todo) > 0:
			return "", nil, fs.ErrNotExist
		default:
			at = next
		}
	}
	e, err := f.look.lstat(at)
	return at, e, err
}

// components returns the components of a path without empty ones and dots.
func components(name string) []string {
	return slices.DeleteFunc(strings.Split(name, "/"), func(c string) bool { return c == "" || c == "." })
}
