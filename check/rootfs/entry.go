// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"archive/tar"
	"io/fs"
	"path"
	"strings"
	"time"
)

// Kinds of entry that are no type flag of a tar header.
const (
	// kindNone is a place that only carries a whiteout.
	kindNone byte = 0
	// kindImplied is a directory without an entry of its own.
	kindImplied byte = 1
)

// permBits are the bits of a tar mode that are permissions; the rest repeats
// the type, or contradicts it.
const permBits = 0o7777

// entry is what is kept of one tar header. There may be millions, so it is
// small: a header of archive/tar is more than three times its size.
type entry struct {
	size     int64
	modTime  int64 // Seconds since 1970.
	uid, gid int
	link     string // Target of a symbolic link, or of a hard link out of the layer.
	head     string // The captured beginning of the content.
	seq      int64  // Number of the entry in its layer, from 0.
	mode     uint16 // permBits of the mode.
	kind     byte   // Type flag of the tar header, or kindNone, kindImplied.
}

// newEntry keeps what matters of hdr. It reports false for what is no file at
// all, such as a global PAX header.
func newEntry(hdr *tar.Header, seq int64) (entry, bool) {
	e := entry{
		modTime: hdr.ModTime.Unix(),
		uid:     hdr.Uid,
		gid:     hdr.Gid,
		seq:     seq,
		mode:    uint16(hdr.Mode & permBits),
		kind:    hdr.Typeflag,
	}
	switch hdr.Typeflag {
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		e.kind = tar.TypeReg
		e.size = hdr.Size
	case tar.TypeSymlink:
		// Cloned, as it may be a piece of a PAX record of a megabyte.
		e.link = strings.Clone(hdr.Linkname)
	case tar.TypeLink:
		e.link = cleanName(hdr.Linkname)
	case tar.TypeDir, tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
	default:
		return entry{}, false
	}
	return e, true
}

func (e *entry) isDir() bool { return e.kind == tar.TypeDir || e.kind == kindImplied }

func (e *entry) fileMode() fs.FileMode {
	return (&tar.Header{Typeflag: e.typeflag(), Mode: int64(e.mode)}).FileInfo().Mode()
}

func (e *entry) typeflag() byte {
	if e.kind == kindImplied {
		return tar.TypeDir
	}
	return e.kind
}

// cleanName returns the one spelling of a name in a layer: relative to the
// root, without "." and "..", which never lead above the root. The root is "".
func cleanName(name string) string {
	return path.Clean("/" + name)[1:]
}

// fileInfo is an entry under the name that was asked for.
type fileInfo struct {
	name  string // Base name.
	path  string // Where the entry was found, all links resolved.
	entry entry
}

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) Size() int64        { return i.entry.size }
func (i *fileInfo) Mode() fs.FileMode  { return i.entry.fileMode() }
func (i *fileInfo) ModTime() time.Time { return time.Unix(i.entry.modTime, 0) }
func (i *fileInfo) IsDir() bool        { return i.entry.isDir() }

// Sys returns a new *tar.Header with the name, type, size, mode, owner and
// link target. A directory without an entry has the type of a directory.
func (i *fileInfo) Sys() any {
	return &tar.Header{
		Typeflag: i.entry.typeflag(),
		Name:     i.path,
		Linkname: i.entry.link,
		Size:     i.entry.size,
		Mode:     int64(i.entry.mode),
		Uid:      i.entry.uid,
		Gid:      i.entry.gid,
		ModTime:  i.ModTime(),
	}
}
