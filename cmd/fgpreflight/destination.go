// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// destination is where the report goes. Commit completes it, abandon drops
// what is not complete.
type destination interface {
	io.Writer
	commit() error
	abandon()
}

// destination returns standard output for "", else the file at path, which the
// flag named.
func (p *program) destination(flag, path string) (destination, error) {
	if path == "" {
		return stream{p.stdout}, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("%s: %w", flag, err)
	case info.IsDir():
		return nil, fmt.Errorf("%s: %s is a folder; name a file", flag, path)
	case !info.Mode().IsRegular(): // A device or a pipe cannot be replaced.
		return openDevice(flag, path, p.busy)
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	return newReplacement(flag, path)
}

// stream is a destination that takes everything at once.
type stream struct{ io.Writer }

func (stream) commit() error { return nil }
func (stream) abandon()      {}

// device is a file that is written to as it is.
type device struct {
	file *os.File
	busy *progress // which may be on the same terminal
}

func openDevice(flag, path string, busy *progress) (destination, error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // G304: The user names the file.
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return device{file, busy}, nil
}

func (d device) Write(b []byte) (n int, err error) {
	d.busy.aside(func() { n, err = d.file.Write(b) })
	return n, err
}

func (d device) commit() error {
	if err := d.file.Close(); err != nil {
		return &incompleteError{fmt.Errorf("writing the report: %w", err)}
	}
	return nil
}

func (d device) abandon() { _ = d.file.Close() } // What was written is not complete anyway.

// replacement is a file beside the one it takes the place of.
type replacement struct {
	*os.File
	flag, path string
	done       bool
}

func newReplacement(flag, path string) (destination, error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text())
	//nolint:gosec // G302, G304: The user names the file, and a report is for everybody whom the umask lets.
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return nil, fmt.Errorf("%s: making %s: %w", flag, path, err)
	}
	return &replacement{File: file, flag: flag, path: path}, nil
}

func (r *replacement) commit() error {
	err := r.Close()
	if err == nil {
		err = os.Rename(r.Name(), r.path)
	}
	if err != nil {
		return &incompleteError{fmt.Errorf("%s: %w", r.flag, err)}
	}
	r.done = true
	return nil
}

func (r *replacement) abandon() {
	if !r.done {
		_ = r.Close()           // It is removed.
		_ = os.Remove(r.Name()) // There is nothing more to do.
	}
}
