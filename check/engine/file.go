// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// file is an open regular file. What lies in the entry's head is served from
// memory; the first read past it fetches the whole file, once.
type file struct {
	fs   *FS
	path string // free of symbolic links
	info fileInfo

	mu      sync.Mutex
	content []byte // the head, or all of it
	loaded  bool   // content has been set
	at      int64  // position of Read
	closed  bool
}

var _ io.ReaderAt = (*file)(nil)

func (r *file) Stat() (fs.FileInfo, error) { return r.info, nil }

// Read returns less than asked for at the end of the head, so that a reader of
// a few bytes does not fetch the file.
func (r *file) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	content, err := r.upTo(r.at + 1)
	if err != nil {
		return 0, r.fail(err)
	}
	if r.at >= int64(len(content)) {
		return 0, io.EOF
	}
	n := copy(p, content[r.at:])
	r.at += int64(n)
	return n, nil
}

// ReadAt implements io.ReaderAt.
func (r *file) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, r.fail(errors.New("negative offset"))
	}
	if off >= r.info.Size() {
		return 0, io.EOF
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	content, err := r.upTo(off + int64(len(p)))
	if err != nil {
		return 0, r.fail(err)
	}
	n := copy(p, content[min(off, int64(len(content))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r *file) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return &fs.PathError{Op: "close", Path: r.info.path, Err: fs.ErrClosed}
	}
	r.closed = true
	return nil
}

// upTo returns the content from the start to at least end, or to the file's
// end.
func (r *file) upTo(end int64) ([]byte, error) {
	if r.closed {
		return nil, fs.ErrClosed
	}
	var err error
	if !r.loaded {
		if r.content, err = r.fs.head(r.path, r.info.entry); err != nil {
			return nil, err
		}
		r.loaded = true
	}
	if have := int64(len(r.content)); end > have && have < r.info.Size() {
		var all []byte
		if all, err = r.fs.whole(r.path, r.info.entry); err != nil {
			return nil, err
		}
		r.content = all
	}
	return r.content, nil
}

func (r *file) fail(err error) error {
	return &fs.PathError{Op: "read", Path: r.info.path, Err: err}
}

// dirFile is an open directory.
type dirFile struct {
	fs   *FS
	path string // free of symbolic links
	info fileInfo

	list   []fs.DirEntry // what is left to give, once listed
	listed bool
}

var _ fs.ReadDirFile = (*dirFile)(nil)

func (d *dirFile) Stat() (fs.FileInfo, error) { return d.info, nil }

func (d *dirFile) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.path, Err: fmt.Errorf("%w: a directory", fs.ErrInvalid)}
}

func (d *dirFile) Close() error { return nil }

// ReadDir implements fs.ReadDirFile.
func (d *dirFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.listed {
		list, err := d.fs.readDir(d.path)
		if err != nil {
			return nil, &fs.PathError{Op: "readdir", Path: d.info.path, Err: err}
		}
		d.list, d.listed = list, true
	}
	if n <= 0 {
		n = len(d.list)
	} else if len(d.list) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.list))
	list := d.list[:n]
	d.list = d.list[n:]
	return list, nil
}
