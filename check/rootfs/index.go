// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"archive/tar"
	"path"
	"strings"
)

const (
	whiteoutPrefix = ".wh."
	whiteoutMeta   = ".wh..wh."
	whiteoutOpaque = ".wh..wh..opq"
)

// index is the tree of one layer, taken for itself: what unpacking it into an
// empty folder would give, and the whiteouts.
type index struct {
	root   node
	budget *budget
	seq    int64 // Number of the entry that is being added.
}

// node is one place in the tree of a layer.
type node struct {
	entry

	kids     map[string]*node
	at       int64 // Number of the entry that made it what it is.
	whiteout bool  // Lower layers' entry of this name is hidden, with all below.
	opaque   bool  // What lower layers have in this directory is hidden.
}

func newIndex(b *budget) *index {
	return &index{root: node{entry: implied(), at: -1}, budget: b}
}

// implied returns the directory that nothing describes.
func implied() entry { return entry{kind: kindImplied, mode: 0o755} }

// find looks up a path whose components are no symbolic links. It returns nil
// if this layer has nothing there; hidden says that lower layers do not count.
func (x *index) find(components []string) (n *node, hidden bool) {
	n = &x.root
	for _, name := range components {
		if !n.isDir() {
			return nil, true
		}
		hidden = hidden || n.opaque
		kid := n.kids[name]
		if kid == nil {
			return nil, hidden
		}
		hidden = hidden || kid.whiteout
		n = kid
	}
	if n.kind == kindNone {
		return nil, hidden
	}
	return n, hidden
}

// add puts an entry or a whiteout, whose name is clean, into the tree.
func (x *index) add(name string, e entry) error {
	x.seq = e.seq
	dir, base := path.Split(name)
	if strings.HasPrefix(dir, whiteoutPrefix) || strings.Contains(dir, "/"+whiteoutPrefix) {
		return nil // Below a whiteout there is nothing to see.
	}
	if strings.HasPrefix(base, whiteoutPrefix) {
		return x.addWhiteout(dir, base)
	}
	if base == "" {
		if e.isDir() {
			x.root.entry, x.root.at = e, x.seq
		}
		return nil
	}
	if e.kind == tar.TypeLink {
		e = x.linked(e)
	}
	parent, err := x.makeDir(dir)
	if parent == nil || err != nil {
		return err
	}
	kid, err := x.kid(parent, base)
	if err != nil {
		return err
	}
	kid.set(e, x.seq)
	return x.budget.takeNames(int64(len(e.link)))
}

func (x *index) addWhiteout(dir, base string) error {
	hidden := strings.TrimPrefix(base, whiteoutPrefix)
	opaque := base == whiteoutOpaque
	if !opaque && (strings.HasPrefix(base, whiteoutMeta) || hidden == "" || hidden == "." || hidden == "..") {
		return nil
	}
	parent, err := x.makeDir(dir)
	if parent == nil || err != nil {
		return err
	}
	if opaque {
		parent.opaque = true
		return nil
	}
	kid, err := x.kid(parent, hidden)
	if err != nil {
		return err
	}
	kid.whiteout = true
	return nil
}

// linked returns the file that a hard link names, if this layer has it by now.
// Else the link stays one, to be looked up in lower layers.
func (x *index) linked(link entry) entry {
	dir, base := path.Split(link.link)
	parent := x.dir(dir)
	if parent == nil {
		return link
	}
	target := parent.kids[base]
	if target == nil || target.kind == kindNone || target.isDir() {
		return link
	}
	return target.entry
}

// set makes the node e, which it is from entry number at on. Only a directory
// over a directory keeps what is in it.
func (n *node) set(e entry, at int64) {
	if !e.isDir() {
		n.kids, n.opaque = nil, false
	}
	n.entry, n.at = e, at
}

// kid returns the node of that name in parent, which may be of kindNone.
func (x *index) kid(parent *node, name string) (*node, error) {
	if kid := parent.kids[name]; kid != nil {
		return kid, nil
	}
	if err := x.budget.takeEntries(1); err != nil {
		return nil, err
	}
	if err := x.budget.takeNames(int64(len(name))); err != nil {
		return nil, err
	}
	if parent.kids == nil {
		parent.kids = make(map[string]*node)
	}
	kid := &node{}
	parent.kids[strings.Clone(name)] = kid // A clone, as name is a piece of a longer one.
	return kid, nil
}

// dir returns the directory that name leads to in this layer, or nil.
func (x *index) dir(name string) *node {
	n, _ := x.walk(name, func(*node, string) (*node, error) { return nil, nil })
	return n
}

// makeDir is dir, but makes what is missing and replaces what is no directory.
// It returns nil if the name leads through too many symbolic links.
func (x *index) makeDir(name string) (*node, error) {
	return x.walk(name, func(parent *node, name string) (*node, error) {
		kid, err := x.kid(parent, name)
		if err != nil {
			return nil, err
		}
		kid.set(implied(), x.seq)
		return kid, nil
	})
}

// walk returns the directory that name leads to. Like whoever unpacks the
// layer, it follows the symbolic links that the layer itself has put there: a
// layer with "lib -> usr/lib" and then "lib/x" has usr/lib/x. Where there is no
// directory it asks missing for one; nil ends the walk.
func (x *index) walk(name string, missing func(parent *node, name string) (*node, error)) (*node, error) {
	way := append(make([]*node, 0, 16), &x.root)
	hops := 0
	for name != "" {
		var component string
		component, name, _ = strings.Cut(name, "/")
		here := way[len(way)-1]
		kid := here.kids[component]
		switch {
		case component == "" || component == ".":
			continue
		case component == "..":
			way = way[:max(1, len(way)-1)]
			continue
		case kid != nil && kid.kind == tar.TypeSymlink:
			if hops++; hops > x.budget.limits.LinkHops {
				return nil, nil
			}
			if path.IsAbs(kid.link) {
				way = way[:1]
			}
			name = kid.link + "/" + name
			continue
		case kid == nil || !kid.isDir():
			var err error
			if kid, err = missing(here, component); kid == nil || err != nil {
				return nil, err
			}
		}
		way = append(way, kid)
	}
	return way[len(way)-1], nil
}
