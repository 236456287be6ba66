// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// inode is a file of a model that does what a kernel would.
type inode struct {
	kind     byte // 'd', 'f' or 'l'
	mode     uint32
	uid, gid int64
	target   string
	kids     map[string]*inode
}

func (n *inode) clone() *inode {
	c := *n
	c.kids = maps.Clone(n.kids)
	for name, kid := range c.kids {
		c.kids[name] = kid.clone()
	}
	return &c
}

// model is a file system with the user who works on it.
type model struct {
	root     *inode
	uid, gid int64
}

var errModel = errors.New("the command fails")

// lookup goes to a path. The node is nil where only the last name is missing.
func (m *model) lookup(name string, follow bool) (dir *inode, last string, n *inode, err error) {
	stack := []*inode{m.root}
	todo := strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
	n = m.root
	for links := 0; len(todo) > 0; {
		name, rest := todo[0], todo[1:]
		if name == "." {
			todo = rest
			continue
		}
		if n == nil || n.kind != 'd' {
			return nil, "", nil, errModel
		}
		if name == ".." {
			stack = stack[:max(1, len(stack)-1)]
			n, todo = stack[len(stack)-1], rest
			continue
		}
		dir, last = n, name
		kid := n.kids[name]
		if kid != nil && kid.kind == 'l' && (follow || len(rest) > 0) {
			if links++; links > 40 {
				return nil, "", nil, errModel
			}
			if path.IsAbs(kid.target) {
				stack = stack[:1]
			}
			n = stack[len(stack)-1]
			todo = append(strings.FieldsFunc(kid.target, func(r rune) bool { return r == '/' }), rest...)
			continue
		}
		n, todo = kid, rest
		if kid != nil {
			stack = append(stack, kid)
		}
	}
	return dir, last, n, nil
}

// add makes a file in a folder.
func (m *model) add(dir *inode, name string, n *inode) *inode {
	n.uid, n.gid = m.uid, m.gid
	if dir.mode&0o2000 != 0 {
		n.gid = dir.gid
		if n.kind == 'd' {
			n.mode |= 0o2000
		}
	}
	if n.kind == 'd' {
		n.kids = map[string]*inode{}
	}
	dir.kids[name] = n
	return n
}

func (m *model) mkdir(name string, mode uint32) error {
	dir, last, n, err := m.lookup(name, false)
	if err != nil || n != nil || dir == nil {
		return errModel
	}
	m.add(dir, last, &inode{kind: 'd', mode: mode})
	return nil
}

func (m *model) mkdirAll(name string, parents, mode uint32, made func(*inode)) error {
	at := ""
	list := strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
	for i, part := range list {
		at += "/" + part
		dir, last, n, err := m.lookup(at, true)
		switch {
		case err != nil:
			return err
		case n != nil && n.kind != 'd':
			return errModel
		case n != nil:
			continue
		}
		bits := parents
		if i == len(list)-1 {
			bits = mode
		}
		n = m.add(dir, last, &inode{kind: 'd', mode: bits})
		if made != nil {
			made(n)
		}
	}
	return nil
}

func (m *model) touch(name string) error {
	dir, last, n, err := m.lookup(name, true)
	if err == nil && n == nil {
		m.add(dir, last, &inode{kind: 'f', mode: 0o644})
	}
	return err
}

// each visits a file, and with deep all below it.
func (m *model) each(name string, deep bool, visit func(*inode)) error {
	_, _, n, err := m.lookup(name, true)
	if err != nil || n == nil {
		return errModel
	}
	eachInode(n, deep, visit)
	return nil
}

func eachInode(n *inode, deep bool, visit func(*inode)) {
	visit(n)
	if deep {
		for _, kid := range n.kids {
			eachInode(kid, deep, visit)
		}
	}
}

// matching visits what is in a folder and has no dot in front.
func (m *model) matching(name string, deep bool, visit func(*inode)) error {
	_, _, n, err := m.lookup(name, true)
	if err != nil || n == nil || len(n.kids) == 0 {
		return errModel
	}
	for kid := range n.kids {
		if err := m.each(name+"/"+kid, deep, visit); err != nil {
			return err
		}
	}
	return nil
}

// inFolder does something if the path is a folder.
func (m *model) inFolder(name string, do func() error) error {
	_, _, n, err := m.lookup(name, true)
	if err != nil || n == nil || n.kind != 'd' {
		return errModel
	}
	return do()
}

func (m *model) installFolder(name string, mode uint32) error {
	if err := m.mkdirAll(name, 0o755, mode, nil); err != nil {
		return err
	}
	return m.each(name, false, func(n *inode) { n.mode = mode | n.mode&0o6000 })
}

func (m *model) remove(name string, force bool) error {
	dir, last, n, err := m.lookup(name, false)
	if err != nil || n == nil {
		if force {
			return nil
		}
		return errModel
	}
	if dir == nil || !force && n.kind == 'd' {
		return errModel
	}
	delete(dir.kids, last)
	return nil
}

// place is where a program that is told a file and a destination puts it.
func (m *model) place(from, to string) (dir *inode, last string, n *inode, err error) {
	dir, last, n, err = m.lookup(to, true)
	if err == nil && n != nil && n.kind == 'd' {
		dir, last, n, err = n, path.Base(from), n.kids[path.Base(from)], nil
		if n != nil && n.kind == 'd' {
			err = errModel
		}
	}
	return dir, last, n, err
}

func (m *model) cp(from, to string) error {
	_, _, source, err := m.lookup(from, true)
	if err != nil || source == nil || source.kind != 'f' {
		return errModel
	}
	dir, last, n, err := m.place(from, to)
	if err != nil || n == source || n != nil && n.kind == 'l' {
		return errModel
	}
	if n == nil {
		m.add(dir, last, &inode{kind: 'f', mode: source.mode & 0o755})
	}
	return nil
}

func (m *model) mv(from, to string) error {
	home, name, source, err := m.lookup(from, false)
	if err != nil || source == nil || home == nil {
		return errModel
	}
	dir, last, n, err := m.lookup(to, true)
	if err == nil && n != nil && n.kind == 'd' {
		dir, last, n = n, path.Base(from), n.kids[path.Base(from)]
	}
	inside := false
	eachInode(source, true, func(n *inode) { inside = inside || n == dir })
	if err != nil || n != nil && (n.kind == 'd' || source.kind == 'd') || n == source || inside || dir == nil {
		return errModel
	}
	delete(home.kids, name)
	dir.kids[last] = source
	return nil
}

func (m *model) install(from, to string, mode uint32) error {
	_, _, source, err := m.lookup(from, true)
	if err != nil || source == nil || source.kind != 'f' {
		return errModel
	}
	dir, last, n, err := m.place(from, to)
	if err != nil || n == source || n != nil && n.kind == 'l' {
		return errModel
	}
	m.add(dir, last, &inode{kind: 'f', mode: mode})
	return nil
}

func (m *model) symlink(target, at string) error {
	dir, last, n, err := m.lookup(at, false)
	if err == nil && n != nil {
		if _, _, to, err := m.lookup(at, true); err == nil && to != nil && to.kind == 'd' {
			dir, last, n = to, path.Base(target), to.kids[path.Base(target)]
		}
	}
	if err != nil || n != nil || dir == nil {
		return errModel
	}
	m.add(dir, last, &inode{kind: 'l', mode: 0o777, target: target})
	return nil
}

// bring is a COPY.
type bring struct {
	source   *inode
	name     string // of the source
	dest     string
	chown    *[2]int64
	chmod    string
	oldBuild bool // new folders do not get the mode of --chmod
}

func (b bring) give(n *inode) {
	if b.chown != nil {
		n.uid, n.gid = b.chown[0], b.chown[1]
	}
}

// copy does a COPY as BuildKit does.
func (m *model) copy(b bring) error {
	perm := uint32(0o755)
	if b.chmod != "" && !b.oldBuild {
		_, err := fmt.Sscanf(b.chmod, "%o", &perm)
		if err != nil {
			return err
		}
	}
	into := b.dest
	if !strings.HasSuffix(b.dest, "/") {
		into = path.Dir(b.dest)
	}
	if err := m.mkdirAll(into, perm, perm, b.give); err != nil {
		return err
	}
	dir, last, n, err := m.lookup(b.dest, true)
	if err != nil {
		return err
	}
	switch {
	case b.source.kind == 'd' && n == nil:
		n = m.add(dir, last, &inode{kind: 'd', mode: perm})
		b.give(n)
	case b.source.kind != 'd' && n != nil && n.kind == 'd':
		dir, last = n, b.name
		n = dir.kids[last]
	}
	return b.into(b.source, dir, last, n, false)
}

// into copies one file or folder over what is there.
func (b bring) into(source, dir *inode, last string, n *inode, overwrite bool) error {
	if source.kind == 'd' {
		made := n == nil
		if made {
			n = &inode{kind: 'd', kids: map[string]*inode{}}
			dir.kids[last] = n
		}
		if n.kind != 'd' {
			return errModel
		}
		if made || overwrite {
			b.stamp(n, source)
		}
		for _, name := range slices.Sorted(maps.Keys(source.kids)) {
			if err := b.into(source.kids[name], n, name, n.kids[name], true); err != nil {
				return err
			}
		}
		return nil
	}
	if n != nil && n.kind == 'd' && len(n.kids) > 0 || dir == nil {
		return errModel
	}
	n = &inode{kind: source.kind, target: source.target}
	dir.kids[last] = n
	b.stamp(n, source)
	return nil
}

// stamp sets the mode and the owner of a copy.
func (b bring) stamp(n, source *inode) {
	n.mode, n.uid, n.gid = source.mode, source.uid, source.gid
	if b.chmod != "" {
		fmt.Sscanf(b.chmod, "%o", &n.mode)
	}
	b.give(n)
}

// modelFS shows a model as a base image's tree.
type modelFS struct{ *model }

func (f modelFS) at(name string) (*inode, error) {
	_, _, n, err := f.lookup(name, false)
	if err != nil || n == nil {
		return nil, fs.ErrNotExist
	}
	return n, nil
}

func (f modelFS) Open(string) (fs.File, error) { return nil, fs.ErrInvalid }

func (f modelFS) Lstat(name string) (fs.FileInfo, error) {
	n, err := f.at(name)
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return modelInfo{path.Base(name), n}, nil
}

func (f modelFS) ReadLink(name string) (string, error) {
	n, err := f.at(name)
	if err != nil {
		return "", err
	}
	return n.target, nil
}

func (f modelFS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := f.at(name)
	if err != nil {
		return nil, err
	}
	var out []fs.DirEntry
	for _, kid := range slices.Sorted(maps.Keys(n.kids)) {
		out = append(out, fs.FileInfoToDirEntry(modelInfo{kid, n.kids[kid]}))
	}
	return out, nil
}

type modelInfo struct {
	name string
	node *inode
}

func (i modelInfo) Name() string       { return i.name }
func (i modelInfo) Size() int64        { return 0 }
func (i modelInfo) ModTime() time.Time { return time.Time{} }
func (i modelInfo) IsDir() bool        { return i.node.kind == 'd' }
func (i modelInfo) Sys() any           { return &tar.Header{Uid: int(i.node.uid), Gid: int(i.node.gid)} }

func (i modelInfo) Mode() fs.FileMode {
	mode := fs.FileMode(i.node.mode & 0o777)
	if i.node.mode&0o2000 != 0 {
		mode |= fs.ModeSetgid
	}
	if i.node.mode&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	switch i.node.kind {
	case 'd':
		mode |= fs.ModeDir
	case 'l':
		mode |= fs.ModeSymlink
	}
	return mode
}
