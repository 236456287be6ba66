// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// Limits on what a hostile Dockerfile may cost.
const (
	maxNodes = 5_000
	maxDepth = 100  // folders in folders
	maxPath  = 4096 // PATH_MAX of Linux
	maxLinks = 40   // as in Linux
)

// tree is what the text settles of an image's files.
//
// It holds what is true in every image that the text can make. This is taken
// for granted:
//
//   - A program that is not understood creates files, but does not close or
//     give away what an earlier line made, unless it is told the path.
//   - What it creates is not at one of the developer's own places (a home, a
//     folder for code), so that a line which makes such a place makes it new.
//   - What the text names is no symbolic link, unless the text made one or the
//     base is known to have some there.
//   - A source by the name of a file is no folder that holds the
//     distribution's folders.
type tree struct {
	root    *node
	base    fs.FS  // asked for what was not touched; nil for none
	unknown error  // why the base's files are not known
	system  string // the base's distribution; "" when unknown
	nodes   int
	inline  bool // it holds the content of a heredoc
	// calm is the extent to which files appeared since something else changed.
	calm extent
	// names resolves "user[:group]" by the accounts at this point; nil where
	// nobody can.
	names func(spec string) owner
	// mounts are the targets of --mount in the RUN instruction that is next.
	mounts []string
}

// newTree returns the files of a base image. Unknown says why they are not
// known, for as far as base does not tell them; base is nil where it tells
// nothing.
func newTree(base *Base, unknown error) *tree {
	t := &tree{unknown: unknown, root: &node{exists: there, kind: folder, rest: new(node)}}
	switch {
	case base == nil:
	case base.RootFS != nil:
		t.base = base.RootFS
		t.root = untouched()
		t.root.rest = untouched()
		t.fill(t.root, "/")
		t.root.exists, t.root.kind = there, folder
	default:
		t.system = base.Distribution
		t.distribution(base)
	}
	return t
}

func (t *tree) clone() *tree {
	c := *t
	c.root = t.root.clone()
	return &c
}

// child returns the node of a name in the folder n at the path dir, and keeps
// it there.
func (t *tree) child(n *node, dir, name string) *node {
	if kid := n.kids[name]; kid != nil {
		return kid
	}
	kid := t.peek(n, dir, name)
	if t.nodes++; t.nodes > maxNodes {
		return kid // The tree is lost at the next instruction.
	}
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	n.kids[name] = kid
	return kid
}

// peek is child, but changes nothing.
func (t *tree) peek(n *node, dir, name string) *node {
	if kid := n.kids[name]; kid != nil {
		return kid
	}
	kid := n.others().clone()
	kid.rest = kid.clone()
	kid.rest.own = false
	kid.own = isOwn(dir, name)
	if kid.base {
		t.fill(kid, path.Join(dir, name))
	}
	return kid
}

// fill resolves what the node keeps from the base by asking that.
func (t *tree) fill(n *node, name string) {
	info, err := fs.Lstat(t.base, check.FSName(name))
	from := &node{exists: maybe}
	switch {
	case err == nil:
		from, err = t.baseNode(name, info)
	case errors.Is(err, fs.ErrNotExist):
		from, err = &node{exists: absent}, nil
	}
	if from.exists == absent && n.own && n.exists == asBaseOrMore && n.crowd < anywhere {
		n.exists = asBase // Those who made more make nothing there.
	}
	n.inherit(from)
	n.err = err
	if from.kind != folder || err != nil {
		n.rest = n.rest.clone()
		n.rest.inherit(&node{exists: from.below()})
	}
}

// baseNode returns what the base says of one file.
func (t *tree) baseNode(name string, info fs.FileInfo) (*node, error) {
	n := &node{exists: there, kind: anyKind}
	file := check.OwnedFile(name, info)
	n.setMode(fixed(modeBits(info.Mode())))
	n.uid, n.gid = fixedID(file.UID), fixedID(file.GID)
	switch {
	case info.IsDir():
		n.kind = folder
	case info.Mode().IsRegular():
		n.kind, n.original = plain, true
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := fs.ReadLink(t.base, check.FSName(name))
		if err != nil {
			return &node{exists: there}, err
		}
		n.kind, n.target = link, target
	}
	return n, nil
}

// place is a path of the tree after its links were followed.
type place struct {
	*node
	parent *node
	path   string
	// loose is the rest of the path behind the first folder that may be a
	// link; "" when every step is certain. Led is set where an earlier line or
	// the base may have made it one.
	loose string
	led   bool
}

// find goes to a path, as far as the tree knows through symbolic links; through
// one at its end only when follow is set. It fails for a path that leads in a
// circle or is too long.
func (t *tree) find(name string, follow bool) (place, bool) {
	t.calm = nowhere // as all changes begin here
	todo := check.PathParts(name)
	at := place{node: t.root, path: "/"}
	for links := 0; len(todo) > 0; {
		if len(todo) > maxDepth {
			return at, false
		}
		name, rest := todo[0], todo[1:]
		if name == ".." {
			led := at.led
			at, todo = t.exactly(path.Dir(at.path), at.loose), rest
			at.led = led
			continue
		}
		kid := t.child(at.node, at.path, name)
		if kid.kind == link && kid.exists == there && (follow || len(rest) > 0) {
			links++
			if links > maxLinks || len(kid.target) > maxPath {
				return at, false
			}
			if path.IsAbs(kid.target) {
				at = place{node: t.root, path: "/", loose: at.loose, led: at.led}
			}
			todo = append(check.PathParts(kid.target), rest...)
			continue
		}
		if at.loose == "" && len(rest) > 0 && (kid.exists != there || kid.kind != folder) && kid.exists != absent {
			at.loose = strings.Join(rest, "/")
		}
		led := at.led || len(rest) > 0 && kid.target != ""
		at = place{node: kid, parent: at.node, path: path.Join(at.path, name), loose: at.loose, led: led}
		todo = rest
	}
	return at, len(at.path) <= maxPath
}

// exactly goes to a path that is free of links.
func (t *tree) exactly(name, loose string) place {
	at := place{node: t.root, path: "/", loose: loose}
	for _, part := range check.PathParts(name) {
		at = place{node: t.child(at.node, at.path, part), parent: at.node, path: path.Join(at.path, part), loose: loose}
	}
	return at
}

// effect is something that an instruction does to a file.
type effect struct {
	at check.Location
	// weak is set for what may or may not happen.
	weak bool
	// deep includes everything below.
	deep bool
	// link is set for what is done to a symbolic link itself.
	link bool
	do   func(n *node)
}

// change does it to the file with that name, and makes doubtful what else may
// be meant by the name.
func (t *tree) change(name string, c effect) {
	p, ok := t.find(name, !c.link)
	if !ok {
		t.doubt("/", c.at)
		return
	}
	c.apply(p.node)
	if !c.link {
		t.suspect(p, c)
	}
}

// suspect does a change weakly to every other file that the path of a place
// may mean. Where a folder on the way may be a link, those are the files at the
// end of whose path is the same text. Where an earlier line may have made a
// link at its end, it is the file that this leads to.
func (t *tree) suspect(p place, c effect) {
	c.weak = true
	if p.loose != "" {
		end := check.PathParts(p.loose)
		t.root.visit(nil, func(names []string, n *node) {
			if n != p.node && len(names) >= len(end) && slices.Equal(names[len(names)-len(end):], end) {
				c.apply(n)
			}
			if t.base != nil && n.rest != nil {
				n.rest.doubt() // It may be one of the base's that is not listed.
			}
		})
		t.stray(p, c.at)
	}
	if target, ok := t.perhaps(p); ok {
		c.apply(target)
		t.appear(c.at)
	}
}

// stray lets files appear where a path may lead that a line made something at.
// A link of the base's leads to no place of the developer's own.
func (t *tree) stray(p place, at check.Location) {
	if p.led || p.target != "" {
		t.appear(at)
	} else {
		t.litter(at, false)
	}
}

// perhaps returns the file that a place leads to if it is a link, which is not
// certain.
func (t *tree) perhaps(p place) (*node, bool) {
	if p.target == "" || p.kind == link && p.exists == there {
		return nil, false
	}
	target := p.target
	if !path.IsAbs(target) {
		target = path.Dir(p.path) + "/" + target
	}
	to, ok := t.find(target, true)
	if !ok || p.crossed || to.target != "" {
		return t.root, true
	}
	return to.node, true
}

func (c effect) apply(n *node) {
	before := n.facts()
	kids, rest := n.kids, n.rest
	c.do(n)
	if c.weak {
		n.join(before)
		if n.rest != rest { // It was replaced by another file.
			n.joinBelow(kids, rest)
		}
	}
	n.noted(before, c.at)
	n.touched = true
	if c.deep {
		c.below(n)
	}
}

// joinBelow keeps below the node what is true there and in another state of
// it.
func (n *node) joinBelow(kids map[string]*node, rest *node) {
	now := &node{kids: n.kids, rest: n.rest}
	before := &node{kids: kids, rest: rest}
	n.kids, n.rest = map[string]*node{}, now.rest.clone()
	n.rest.join(rest.facts())
	for _, list := range []map[string]*node{now.kids, before.kids} {
		for name := range list {
			a, b := now.listed(name), before.listed(name)
			a.join(b.facts())
			a.joinBelow(b.kids, b.rest)
			n.kids[name] = a
		}
	}
}

// listed returns a copy of what is known of a name in a folder, without the
// base.
func (n *node) listed(name string) *node {
	if kid := n.kids[name]; kid != nil {
		return kid.clone()
	}
	kid := n.rest.clone()
	kid.rest = n.rest.clone()
	return kid
}

// below does a deep change to everything below a node.
func (c effect) below(n *node) {
	for _, kid := range n.kids {
		c.apply(kid)
	}
	if n.rest != nil {
		c.apply(n.rest)
	}
}

// appear makes what is absent uncertain: a program ran that may create files
// anywhere.
func (t *tree) appear(at check.Location) { t.crowd(at, anywhere) }

// litter is appear for a program that makes nothing at the places that are the
// developer's own; rumour is set where it might, as it makes HOME.
func (t *tree) litter(at check.Location, rumour bool) {
	if rumour {
		t.crowd(at, rumoured)
	} else {
		t.crowd(at, elsewhere)
	}
}

func (t *tree) crowd(at check.Location, where extent) {
	if t.calm >= where {
		return
	}
	t.root.appearBelow(at, where)
	t.calm = where
}

// lost reports whether the tree has become too large. Nothing is known then.
func (t *tree) lost(at check.Location) bool {
	if t.nodes <= maxNodes {
		return false
	}
	if len(t.root.kids) > 0 {
		t.base, t.root = nil, &node{exists: there, kind: folder, rest: &node{at: at}, at: at}
	}
	return true
}

// extent is where a program may create files.
type extent int

const (
	nowhere   extent = iota
	elsewhere        // not at the developer's own places
	rumoured         // hardly there
	anywhere
)

func (n *node) appearBelow(at check.Location, where extent) {
	n.appearHere(at, where)
	for _, kid := range n.kids {
		kid.appearBelow(at, where)
	}
	if n.rest != nil {
		n.rest.appearBelow(at, where)
	}
}

func (n *node) appearHere(at check.Location, where extent) {
	if n.exists == there {
		n.crowd = max(n.crowd, where)
		return
	}
	before := n.facts()
	if !n.own || where == anywhere || n.exists != absent {
		n.appear()
	}
	n.crowd = max(n.crowd, where)
	n.noted(before, at)
}

// doubt makes everything below a path uncertain, itself, and what it leads to
// as a link.
func (t *tree) doubt(name string, at check.Location) {
	e := effect{at: at, deep: true, do: (*node).doubt}
	for _, follow := range []bool{true, false} {
		p, ok := t.find(name, follow)
		if !ok {
			p = place{node: t.root}
		}
		e.apply(p.node)
		t.suspect(p, e)
	}
	t.root.exists, t.root.kind = there, folder // whatever happens
}

// clone returns a copy that shares nothing which can change.
func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	c := *n
	c.kids = maps.Clone(n.kids)
	for name, kid := range c.kids {
		c.kids[name] = kid.clone()
	}
	c.rest = n.rest.clone()
	return &c
}
