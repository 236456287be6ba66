// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"io"
	"io/fs"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// explainedFS is a file tree whose errors name the target, but for those that
// are an answer: a file that is not there, a name that leads in circles.
type explainedFS struct {
	imageFS
	explain func(error) error
}

func (f *explainedFS) of(err error) error {
	for _, answer := range []error{nil, fs.ErrNotExist, fs.ErrInvalid, rootfs.ErrLinkLoop, check.ErrTooManyLinks} {
		if errors.Is(err, answer) {
			return err
		}
	}
	return f.explain(err)
}

// Open opens a file, following symbolic links.
func (f *explainedFS) Open(name string) (fs.File, error) {
	file, err := f.imageFS.Open(name)
	if err != nil {
		return nil, f.of(err)
	}
	if random, ok := file.(randomFile); ok {
		return &explainedFile{randomFile: random, fs: f}, nil
	}
	return file, nil
}

// Stat describes a file, following symbolic links.
func (f *explainedFS) Stat(name string) (fs.FileInfo, error) {
	info, err := f.imageFS.Stat(name)
	return info, f.of(err)
}

// Lstat describes a file or a symbolic link.
func (f *explainedFS) Lstat(name string) (fs.FileInfo, error) {
	info, err := f.imageFS.Lstat(name)
	return info, f.of(err)
}

// ReadLink returns the target of a symbolic link.
func (f *explainedFS) ReadLink(name string) (string, error) {
	target, err := f.imageFS.ReadLink(name)
	return target, f.of(err)
}

// ReadDir lists a directory.
func (f *explainedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := f.imageFS.ReadDir(name)
	return entries, f.of(err)
}

// ReadFile returns the content of a file.
func (f *explainedFS) ReadFile(name string) ([]byte, error) {
	data, err := f.imageFS.ReadFile(name)
	return data, f.of(err)
}

// randomFile is a file that is not a directory.
type randomFile interface {
	fs.File
	io.ReaderAt
}

type explainedFile struct {
	randomFile
	fs *explainedFS
}

func (f *explainedFile) Read(p []byte) (int, error) {
	n, err := f.randomFile.Read(p)
	return n, f.end(err)
}

func (f *explainedFile) ReadAt(p []byte, offset int64) (int, error) {
	n, err := f.randomFile.ReadAt(p, offset)
	return n, f.end(err)
}

// end keeps the end of a file as it is.
func (f *explainedFile) end(err error) error {
	if err == io.EOF { //nolint:errorlint // A wrapped EOF is trouble.
		return err
	}
	return f.fs.of(err)
}
