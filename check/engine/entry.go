// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"archive/tar"
	"io/fs"
	"path"
	"time"
)

// entry is what the engine says of one file. Hard links of one file share an
// entry once they have been seen together.
type entry struct {
	typeflag byte
	mode     int64 // permission, setuid, setgid and sticky bits, as in tar
	uid, gid int
	size     int64 // bytes of a regular file, else 0
	link     string
	modTime  time.Time

	// head holds the first bytes of a regular file, at most maxHead of them;
	// nil while they have not been read.
	head []byte
}

func newEntry(h *tar.Header) *entry {
	e := &entry{typeflag: h.Typeflag, mode: h.Mode & 0o7777, uid: h.Uid, gid: h.Gid, modTime: h.ModTime}
	switch h.Typeflag {
	case tar.TypeReg:
		e.size = h.Size
	case tar.TypeSymlink:
		e.link = h.Linkname
	}
	return e
}

func (e *entry) isDir() bool     { return e.typeflag == tar.TypeDir }
func (e *entry) isSymlink() bool { return e.typeflag == tar.TypeSymlink }
func (e *entry) isRegular() bool { return e.typeflag == tar.TypeReg }

// header returns the entry as a tar header.
func (e *entry) header(name string) *tar.Header {
	return &tar.Header{
		Typeflag: e.typeflag, Name: name, Linkname: e.link, Size: e.size,
		Mode: e.mode, Uid: e.uid, Gid: e.gid, ModTime: e.modTime,
	}
}

// fileInfo is an fs.FileInfo of an entry.
type fileInfo struct {
	path  string
	entry *entry
}

func (i fileInfo) Name() string       { return path.Base(i.path) }
func (i fileInfo) Size() int64        { return i.entry.size }
func (i fileInfo) Mode() fs.FileMode  { return i.entry.header(i.path).FileInfo().Mode() }
func (i fileInfo) ModTime() time.Time { return i.entry.modTime }
func (i fileInfo) IsDir() bool        { return i.entry.isDir() }
func (i fileInfo) Sys() any           { return i.entry.header(i.path) }
