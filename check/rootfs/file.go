// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

var errIsDir = errors.New("is a directory")

// openFile is an open file that is no directory.
type openFile struct {
	ctx   context.Context // Read has no parameter for it.
	name  string
	info  *fileInfo
	layer *layer

	mu     sync.Mutex
	offset int64
	closed bool
	rest   io.ReadCloser // The content in the layer; nil until it is needed.
	restAt int64         // Offset of rest.
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Read reads what is at hand, and only then goes to the layer.
func (f *openFile) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.readAt(p, f.offset)
	f.offset += int64(n)
	return n, err
}

// ReadAt costs a new pass over the layer when it goes back behind the part
// that is at hand.
func (f *openFile) ReadAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	total := 0
	for {
		n, err := f.readAt(p[total:], off+int64(total))
		total += n
		if err != nil || total == len(p) {
			return total, err
		}
	}
}

func (f *openFile) Seek(offset int64, whence int) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		offset += f.info.Size()
	default:
		return 0, f.fail("seek", fs.ErrInvalid)
	}
	if offset < 0 {
		return 0, f.fail("seek", fs.ErrInvalid)
	}
	f.offset = offset
	return offset, nil
}

func (f *openFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return f.closeRest()
}

func (f *openFile) closeRest() error {
	if f.rest == nil {
		return nil
	}
	err := f.rest.Close()
	f.rest = nil
	return err
}

func (f *openFile) readAt(p []byte, off int64) (int, error) {
	head := f.info.entry.head
	switch {
	case f.closed:
		return 0, f.fail("read", fs.ErrClosed)
	case off < 0:
		return 0, f.fail("read", fs.ErrInvalid)
	case len(p) == 0:
		return 0, nil
	case off >= f.info.Size():
		return 0, io.EOF
	case off < int64(len(head)):
		return copy(p, head[off:]), nil
	}
	n, err := f.readRest(p, off)
	if err != nil {
		_ = f.closeRest() // The next read begins anew.
		return n, f.fail("read", newLayerError(f.layer.src.Name, err))
	}
	return n, nil
}

// readRest reads at least one byte at off, which is inside the file.
func (f *openFile) readRest(p []byte, off int64) (int, error) {
	if f.rest != nil && f.restAt > off {
		if err := f.closeRest(); err != nil {
			return 0, err
		}
	}
	if f.rest == nil {
		rest, err := f.layer.content(f.ctx, &f.info.entry)
		if err != nil {
			return 0, err
		}
		f.rest, f.restAt = rest, 0
	}
	skipped, err := io.CopyN(io.Discard, f.rest, off-f.restAt)
	f.restAt += skipped
	if err != nil {
		return 0, fmt.Errorf("reading up to byte %d: %w", off, err)
	}
	p = p[:min(int64(len(p)), f.info.Size()-off)]
	n, err := io.ReadAtLeast(f.rest, p, 1)
	f.restAt += int64(n)
	return n, err
}

func (f *openFile) fail(op string, err error) error {
	return &fs.PathError{Op: op, Path: f.name, Err: err}
}

// openDir is an open directory. It is read when its entries are asked for.
type openDir struct {
	fs   *FS
	name string
	info *fileInfo

	mu   sync.Mutex
	list []fs.DirEntry
	read bool
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }

func (d *openDir) Close() error { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errIsDir}
}

// ReadDir returns the next n entries, or all that are left if n is not
// positive.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.read {
		list, err := d.fs.ReadDir(d.name)
		if err != nil {
			return nil, err
		}
		d.list, d.read = list, true
	}
	if n <= 0 {
		n = len(d.list)
	} else if len(d.list) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.list))
	list := d.list[:n:n]
	d.list = d.list[n:]
	return list, nil
}
