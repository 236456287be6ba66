// SPDX-License-Identifier: Apache-2.0

package check

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Need is a kind of access to a file, as the bits of one permission class.
type Need uint32

// The kinds of access; they can be joined by |.
const (
	Execute Need = 1 // run a file, or enter a directory
	Write   Need = 2
	Read    Need = 4
)

// String returns "read", "write", "execute" or a list of them.
func (n Need) String() string {
	var words []string
	for _, k := range []struct {
		bit  Need
		word string
	}{{Read, "read"}, {Write, "write"}, {Execute, "execute"}} {
		if n&k.bit != 0 {
			words = append(words, k.word)
		}
	}
	return strings.Join(words, " and ")
}

// Owned is a file of the image with its owner.
type Owned struct {
	Path     string // absolute, free of symbolic links
	Mode     fs.FileMode
	UID, GID int64
}

// Octal returns the permission bits as chmod writes them: "0750".
func (o Owned) Octal() string { return fmt.Sprintf("%04o", o.Mode.Perm()) }

// Allows reports whether the identity has the access by the permission bits.
// Supplementary groups are ignored, and root has no privilege, as the platform
// starts an image without capabilities.
func (o Owned) Allows(who Identity, need Need) bool {
	bits := Need(o.Mode.Perm())
	switch {
	case o.UID == who.UID:
		bits >>= 6
	case o.GID == who.GID:
		bits >>= 3
	}
	return bits&need == need
}

// Obstacle is the first thing on the way to a file that stops somebody.
type Obstacle struct {
	Owned
	Lacks Need // what the identity may not do there
	Final bool // the obstacle is the file itself, not a directory on the way
}

// maxLinks is the number of symbolic links that one path may go through, as in
// Linux.
const maxLinks = 40

// ErrTooManyLinks is the cause of an error for a path that goes through more
// than 40 symbolic links. It leads nowhere, so that the error is also
// fs.ErrNotExist (by errors.Is).
var ErrTooManyLinks = fmt.Errorf("too many symbolic links: %w", fs.ErrNotExist)

// Reach walks to the file called name, absolute in the image, through every
// directory and symbolic link as the kernel does, and reports the file with
// the first obstacle for the identity; nil when there is none. The error is
// fs.ErrNotExist (by errors.Is) where a component is missing; an obstacle
// found before that is reported instead.
func Reach(fsys fs.FS, name string, who Identity, need Need) (Owned, *Obstacle, error) {
	file, obstacle, err := reach(fsys, name, who, need)
	if obstacle != nil && errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return file, obstacle, err
}

// reach is [Reach], but tells of a missing file behind an obstacle too.
func reach(fsys fs.FS, name string, who Identity, need Need) (Owned, *Obstacle, error) {
	w := walker{fsys: fsys, who: who}
	file, err := w.walk(name)
	if err == nil && w.obstacle == nil && !file.Allows(who, need) {
		w.obstacle = &Obstacle{Owned: file, Lacks: missing(file, who, need), Final: true}
	}
	return file, w.obstacle, err
}

func missing(file Owned, who Identity, need Need) Need {
	var lacks Need
	for _, bit := range []Need{Read, Write, Execute} {
		if need&bit != 0 && !file.Allows(who, bit) {
			lacks |= bit
		}
	}
	return lacks
}

// walker resolves a path component by component and notes the first directory
// that who may not enter.
type walker struct {
	fsys     fs.FS
	who      Identity
	links    int
	obstacle *Obstacle
}

func (w *walker) walk(name string) (Owned, error) {
	todo := PathParts(name)
	at, err := w.lstat("/")
	for err == nil && len(todo) > 0 {
		if !at.Mode.IsDir() {
			return at, &fs.PathError{Op: "open", Path: path.Join(at.Path, todo[0]), Err: fs.ErrNotExist}
		}
		w.enter(at)
		var next Owned
		next, err = w.lstat(path.Join(at.Path, todo[0])) // Join clamps ".." at the root
		if err != nil {
			return next, err
		}
		todo = todo[1:]
		if next.Mode&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		at, todo, err = w.follow(at, next, todo)
	}
	return at, err
}

func (w *walker) enter(dir Owned) {
	if w.obstacle == nil && !dir.Allows(w.who, Execute) {
		w.obstacle = &Obstacle{Owned: dir, Lacks: Execute}
	}
}

func (w *walker) follow(dir, link Owned, todo []string) (Owned, []string, error) {
	if w.links++; w.links > maxLinks {
		return link, nil, &fs.PathError{Op: "open", Path: link.Path, Err: ErrTooManyLinks}
	}
	target, err := fs.ReadLink(w.fsys, FSName(link.Path))
	if err != nil {
		return link, nil, err
	}
	if target == "" {
		return link, nil, &fs.PathError{Op: "open", Path: link.Path, Err: fs.ErrNotExist}
	}
	todo = append(PathParts(target), todo...)
	if path.IsAbs(target) {
		dir, err = w.lstat("/")
	}
	return dir, todo, err
}

func (w *walker) lstat(name string) (Owned, error) {
	info, err := fs.Lstat(w.fsys, FSName(name))
	if err != nil {
		return Owned{Path: name}, err
	}
	return OwnedFile(name, info), nil
}

// OwnedFile returns a file's path, mode and owner from its info, whose Sys is
// a *tar.Header; without one the owner is root.
func OwnedFile(name string, info fs.FileInfo) Owned {
	o := Owned{Path: name, Mode: info.Mode()}
	if h, ok := info.Sys().(*tar.Header); ok && h != nil {
		o.UID, o.GID = int64(h.Uid), int64(h.Gid)
	}
	return o
}

// PathParts returns the components of a path without empty ones and dots.
func PathParts(name string) []string {
	parts := strings.Split(name, "/")
	kept := parts[:0]
	for _, p := range parts {
		if p != "" && p != "." {
			kept = append(kept, p)
		}
	}
	return kept
}

// FSName returns an absolute path as package fs spells it.
func FSName(name string) string {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if name == "" {
		return "."
	}
	return name
}
