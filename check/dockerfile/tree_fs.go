// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// FS returns the tree as it is now. A question that the text does not settle
// is a [check.UnavailableError].
func (t *tree) FS() fs.FS { return treeFS{t.clone()} }

type treeFS struct{ tree *tree }

var (
	_ fs.ReadLinkFS = treeFS{}
	_ fs.ReadDirFS  = treeFS{}
	_ fs.StatFS     = treeFS{}
)

// Lstat returns a file's mode and owner; there is no answer to half of that.
func (f treeFS) Lstat(name string) (fs.FileInfo, error) {
	n, err := f.node("lstat", name)
	if err != nil {
		return nil, err
	}
	if err := f.tree.settled(n, path.Join("/", name)); err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return newInfo(path.Base(name), n), nil
}

// Stat is Lstat for what is no link.
func (f treeFS) Stat(name string) (fs.FileInfo, error) {
	info, err := f.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: f.tree.reason(nil, "what "+brief(path.Join("/", name))+" leads to")}
	}
	return info, err
}

// ReadLink returns the target of a link.
func (f treeFS) ReadLink(name string) (string, error) {
	n, err := f.node("readlink", name)
	switch {
	case err != nil:
		return "", err
	case n.kind == link:
		return n.target, nil
	case n.kind == anyKind:
		return "", &fs.PathError{Op: "readlink", Path: name, Err: f.tree.reason(n, "whether "+brief(path.Join("/", name))+" is a link")}
	default:
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
}

// Open opens a file whose content is in the text or in the base, or a folder.
func (f treeFS) Open(name string) (fs.File, error) {
	n, err := f.node("open", name)
	if err != nil {
		return nil, err
	}
	switch {
	case n.kind == folder:
		return &openFolder{f, name}, nil
	case n.kind == plain && n.content != nil && f.tree.settled(n, path.Join("/", name)) == nil:
		return &openFile{newInfo(path.Base(name), n), bytes.NewReader(n.content)}, nil
	case n.kind == plain && n.original:
		return f.tree.base.Open(name)
	default:
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.tree.reason(n, "what "+brief(path.Join("/", name))+" holds")}
	}
}

// ReadDir returns what is certainly in a folder. With an error there may be
// more.
func (f treeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := f.node("readdir", name)
	switch {
	case err != nil:
		return nil, err
	case n.kind == plain || n.kind == link:
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	names, err := f.names(n, name)
	var out []fs.DirEntry
	for _, kid := range names {
		switch _, kidErr := f.node("readdir", path.Join(name, kid)); {
		case kidErr == nil:
			out = append(out, entry{f, path.Join(name, kid)})
		case !errors.Is(kidErr, fs.ErrNotExist):
			err = kidErr
		}
	}
	return out, err
}

// isPlatforms reports whether the path is one that FunctionGraph has for itself:
// no program but the developer's own makes something there.
func isPlatforms(name string) bool {
	return slices.Contains([]string{"/opt/function", "/opt/function/runtime", "/home/snuser"}, name)
}

// names returns the names that may be in a folder, and an error when there may
// be others.
func (f treeFS) names(n *node, name string) ([]string, error) {
	var names []string
	for kid := range n.kids {
		names = append(names, kid)
	}
	var err error
	rest := n.others()
	if rest.exists != absent || rest.isRumoured() {
		err = &fs.PathError{Op: "readdir", Path: name, Err: f.tree.reason(rest, "what else is in "+brief(path.Join("/", name)))}
	}
	if rest.base {
		entries, baseErr := fs.ReadDir(f.tree.base, name)
		if rest.exists == asBase {
			err = baseErr
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return slices.Compact(names), err
}

// node goes to a path that must exist, through folders only.
func (f treeFS) node(op, name string) (*node, error) {
	fault := func(err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }
	if !fs.ValidPath(name) && name != "" {
		return nil, fault(fs.ErrInvalid)
	}
	n, at := f.tree.root, "/"
	for _, part := range check.PathParts(name) {
		switch {
		case n.kind == plain:
			return nil, fault(fs.ErrNotExist)
		case n.kind != folder:
			return nil, fault(f.tree.reason(n, "whether "+brief(at)+" is a folder"))
		}
		n, at = f.tree.peek(n, at, part), path.Join(at, part)
		switch {
		case n.exists == absent && (!n.isRumoured() || isPlatforms(at)):
			return nil, fault(fs.ErrNotExist)
		case n.exists != there:
			return nil, fault(f.tree.reason(n, "whether "+brief(at)+" exists"))
		}
	}
	return n, nil
}

// settled returns why the mode, the owner or the kind is not known.
func (t *tree) settled(n *node, name string) error {
	switch {
	case n.kind != folder && n.kind != plain && n.kind != link:
		return t.reason(n, "whether "+brief(name)+" is a file or a folder")
	case n.kind == link:
		return nil
	case n.mode().known&permBits != permBits:
		return t.reason(n, "the mode of "+brief(name))
	case n.uid.state != knownID || n.gid.state != knownID:
		return t.reason(n, "the owner of "+brief(name))
	}
	return nil
}

// reason is the error for something that the text does not settle.
func (t *tree) reason(n *node, what string) error {
	if n != nil && n.err != nil {
		return n.err
	}
	if n != nil && n.at.Line > 0 {
		return &check.UnavailableError{
			Fact: "files", Why: what + " is not known before the image is built; line " + strconv.Itoa(n.at.Line) + " may decide it",
			Hint: hintBuilt,
		}
	}
	var unavailable *check.UnavailableError
	if t.base == nil && errors.As(t.unknown, &unavailable) {
		return &check.UnavailableError{Fact: "files", Why: what + " is not known: " + unavailable.Why, Hint: unavailable.Hint, Deferred: unavailable.Deferred}
	}
	return &check.UnavailableError{Fact: "files", Why: what + " is not known before the image is built", Hint: hintBuilt}
}

// info is a file's mode and owner.
type info struct {
	name   string
	mode   fs.FileMode
	size   int64
	header *tar.Header
}

func newInfo(name string, n *node) info {
	b := n.mode()
	if n.kind == link {
		b = fixed(permBits)
	}
	mode := fs.FileMode(b.value & permBits)
	for _, special := range []struct {
		bit  uint32
		mode fs.FileMode
	}{{setUID, fs.ModeSetuid}, {setGID, fs.ModeSetgid}, {sticky, fs.ModeSticky}} {
		if b.value&special.bit != 0 {
			mode |= special.mode
		}
	}
	switch n.kind {
	case folder:
		mode |= fs.ModeDir
	case link:
		mode |= fs.ModeSymlink
	case anyKind, plain, noLink, baseKind:
	}
	return info{name, mode, int64(len(n.content)), &tar.Header{
		Name: name, Mode: int64(b.value), Uid: int(n.uid.value), Gid: int(n.gid.value), Linkname: n.target,
	}}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return i.header }

// entry is a file in a folder, of which no more need be known.
type entry struct {
	fsys treeFS
	path string
}

func (e entry) Name() string               { return path.Base(e.path) }
func (e entry) Info() (fs.FileInfo, error) { return e.fsys.Lstat(e.path) }
func (e entry) IsDir() bool                { return e.Type().IsDir() }

// Type is that of a regular file where it is not known.
func (e entry) Type() fs.FileMode {
	info, err := e.Info()
	if err != nil {
		return 0
	}
	return info.Mode().Type()
}

// openFile is a file whose content is in the text.
type openFile struct {
	info info
	*bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

// openFolder is a folder.
type openFolder struct {
	fsys treeFS
	name string
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.fsys.Lstat(f.name) }
func (f *openFolder) Close() error               { return nil }

// Read fails, as a folder has no bytes.
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("is a directory")}
}

// emptyFS is the root file system of FROM scratch, whose root the builder
// makes with mode 0755.
type emptyFS struct{}

// Open finds nothing but the root.
func (emptyFS) Open(name string) (fs.File, error) {
	if name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return emptyRoot{}, nil
}

type emptyRoot struct{}

func (emptyRoot) Stat() (fs.FileInfo, error) {
	return newInfo(".", newFolder(fixed(0o755), owner{known: true}, nil)), nil
}
func (emptyRoot) Read([]byte) (int, error) { return 0, io.EOF }
func (emptyRoot) Close() error             { return nil }

// ReadDir returns nothing.
func (emptyRoot) ReadDir(int) ([]fs.DirEntry, error) { return nil, nil }
