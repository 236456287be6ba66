// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"io/fs"

	"github.com/fgpreflight/fgpreflight/check"
)

// presence is whether a file exists.
type presence int

const (
	maybe presence = iota
	there
	absent
	// As in the base, for what was not looked up there yet: all of it, or with
	// more than that.
	asBase
	asBaseOrMore
)

// kind is what sort of file it is, if it exists.
type kind int

const (
	anyKind kind = iota
	folder
	plain // a regular file
	link
	noLink // a folder or a regular file
	baseKind
)

// bits are the permission bits of a file, each known or not. Those in kept are
// the base's, for what was not looked up there yet.
type bits struct{ value, known, kept uint32 }

// The bits outside of rwxrwxrwx.
const (
	setUID   = 0o4000
	setGID   = 0o2000
	sticky   = 0o1000
	allBits  = 0o7777
	permBits = 0o777
)

func fixed(mode uint32) bits { return bits{value: mode, known: allBits} }

// without forgets some bits.
func (b bits) without(mask uint32) bits {
	return bits{b.value &^ mask, b.known &^ mask, b.kept &^ mask}
}

// joined keeps what is true of both.
func (b bits) joined(o bits) bits {
	known := b.known & o.known &^ (b.value ^ o.value)
	return bits{b.value & known, known, b.kept & o.kept}
}

// from replaces the bits that are kept by those of the base.
func (b bits) from(base bits) bits {
	return bits{b.value | base.value&b.kept, b.known | base.known&b.kept, 0}
}

func (b bits) is(mask, value uint32) bool { return b.known&mask == mask && b.value&mask == value }

// fileID is a user or group ID, known or not.
type fileID struct {
	value int64
	state idState
}

type idState int

const (
	unknownID idState = iota
	knownID
	baseID
)

func fixedID(id int64) fileID { return fileID{id, knownID} }

func (n fileID) joined(o fileID) fileID {
	if n == o {
		return n
	}
	return fileID{}
}

// owner is the user and the group of a file or a process.
type owner struct {
	uid, gid int64
	known    bool
}

func (o owner) user() fileID {
	if !o.known {
		return fileID{}
	}
	return fixedID(o.uid)
}

func (o owner) group() fileID {
	if !o.known {
		return fileID{}
	}
	return fixedID(o.gid)
}

// node is what is known of one path. All but exists is true if it exists.
type node struct {
	exists presence
	kind   kind
	// asDir is its mode if it is a folder, asFile if it is not.
	asDir, asFile bits
	uid, gid      fileID
	target        string // of a link, or of what may be one
	crossed       bool   // it may be links to different places
	content       []byte // of a file, where the text holds it; nil where not
	original      bool   // a file with the content that it has in the base
	base          bool   // for rest: the base is to be asked
	touched       bool   // a line was about it
	// own is set for a place that only the developer puts something at.
	own bool
	// crowd is where programs made files that are not understood. What is
	// absent at an own place may be there after all when it is rumoured; but a
	// line that makes it is taken to be the first.
	crowd extent

	kids map[string]*node
	// rest is what is true of each path below that is not in kids, at any
	// depth; nil for a node that stands for such paths itself.
	rest *node
	at   check.Location // the last line that took something known away
	err  error          // why the base could not tell
}

// untouched is the rest of a folder of which only the base knows.
func untouched() *node {
	kept := bits{kept: allBits}
	return &node{
		exists: asBase, kind: baseKind, asDir: kept, asFile: kept,
		uid: fileID{state: baseID}, gid: fileID{state: baseID}, base: true, original: true,
	}
}

// newFolder returns a folder that was just made, empty, in the folder parent.
func newFolder(mode bits, who owner, parent *node) *node {
	n := &node{exists: there, kind: folder, asDir: mode, uid: who.user(), gid: who.group(), rest: &node{exists: absent}}
	n.groupFrom(parent)
	return n
}

// newFile returns a file that was just made in the folder parent.
func newFile(mode bits, who owner, parent *node) *node {
	n := &node{exists: there, kind: plain, asFile: mode, uid: who.user(), gid: who.group(), rest: &node{exists: absent}}
	n.groupFrom(parent)
	return n
}

// groupFrom gives a new file the group of its folder where that has the
// set-group-ID bit, which folders inherit too.
func (n *node) groupFrom(parent *node) {
	switch {
	case parent == nil || parent.asDir.is(setGID, 0):
	case parent.asDir.is(setGID, setGID):
		n.gid = parent.gid
		n.asDir.value |= setGID & n.asDir.known
	default:
		n.gid = n.gid.joined(parent.gid)
		n.asDir = n.asDir.without(setGID)
	}
}

// others returns what is true of a path below the node that is not listed.
func (n *node) others() *node {
	if n.rest != nil {
		return n.rest
	}
	return n
}

// below returns whether something can be below a file of the base that is no
// folder, or not there.
func (n *node) below() presence {
	if n.exists == maybe || n.kind == anyKind && n.exists == there {
		return maybe
	}
	return absent
}

// setMode sets the mode, whatever the kind is.
func (n *node) setMode(b bits) { n.asDir, n.asFile = b, b }

// mode is the mode of a node whose kind is known.
func (n *node) mode() bits {
	if n.kind == folder {
		return n.asDir
	}
	return n.asFile
}

// inherit replaces what is kept from the base by what that says.
func (n *node) inherit(from *node) {
	switch n.exists {
	case asBase:
		n.exists = from.exists
	case asBaseOrMore:
		n.exists = from.exists
		if from.exists == absent {
			n.exists = maybe
		}
	case maybe, there, absent:
	}
	if n.kind == baseKind {
		n.kind = from.kind
	}
	n.target = from.target    // of what it still may be
	if from.exists != there { // What was not in the base is not as in the base.
		n.kind = anyKind
		if from.exists == absent {
			n.kind = noLink
		}
		from = &node{}
	}
	n.asDir, n.asFile = n.asDir.from(from.asDir), n.asFile.from(from.asFile)
	if n.uid.state == baseID {
		n.uid = from.uid
	}
	if n.gid.state == baseID {
		n.gid = from.gid
	}
	n.original = n.original && from.original && n.kind == plain
	n.base = false
}

// facts returns a copy of what is known of the node itself.
func (n *node) facts() node {
	c := *n
	c.kids, c.rest = nil, nil
	return c
}

// join keeps what is true both of the node and of another state of it.
func (n *node) join(o node) {
	switch {
	case n.exists == o.exists:
	case n.exists == absent:
		kids, rest := n.kids, n.rest
		*n = o
		n.kids, n.rest, n.exists = kids, rest, maybe
		return
	case o.exists == absent:
		n.exists = maybe
		return
	case n.exists >= asBase && o.exists >= asBase:
		n.exists = asBaseOrMore
	default:
		n.exists = maybe
	}
	n.kind = n.kind.joined(o.kind)
	if n.target != o.target {
		n.kind = anyKind
		n.crossed = n.crossed || n.target != "" && o.target != ""
		n.target += o.target
	}
	n.crossed = n.crossed || o.crossed
	n.asDir, n.asFile = n.asDir.joined(o.asDir), n.asFile.joined(o.asFile)
	n.uid, n.gid = n.uid.joined(o.uid), n.gid.joined(o.gid)
	if string(n.content) != string(o.content) {
		n.content = nil
	}
	n.original = n.original && o.original
	n.base, n.crowd = n.base || o.base, max(n.crowd, o.crowd)
}

func (k kind) joined(o kind) kind {
	solid := func(k kind) bool { return k == folder || k == plain || k == noLink }
	switch {
	case k == o:
		return k
	case solid(k) && solid(o):
		return noLink
	default:
		return anyKind
	}
}

// noted remembers the line that took something known away.
func (n *node) noted(before node, at check.Location) {
	lost := n.exists == maybe && before.exists != maybe || n.exists == asBaseOrMore && before.exists == asBase || n.isRumoured() && !before.isRumoured() || n.kind == anyKind && before.kind != anyKind ||
		before.mode().known&^n.mode().known != 0 || before.uid.state == knownID && n.uid.state != knownID ||
		before.gid.state == knownID && n.gid.state != knownID
	if lost {
		n.at = at
	}
}

// appear lets what is absent be there, as anything. What else is known of a
// path that may be absent is then no longer true of what appears there.
func (n *node) appear() {
	switch n.exists {
	case there:
	case absent, maybe:
		if n.kind != anyKind || n.exists == absent {
			defer func() { n.kind = noLink }()
		}
		n.doubt()
	case asBase, asBaseOrMore:
		n.exists = asBaseOrMore
		if n.kind != baseKind {
			n.kind = anyKind
		}
		n.asDir.known, n.asDir.value, n.asFile.known, n.asFile.value = 0, 0, 0, 0
		n.uid, n.gid = n.uid.joined(fileID{state: baseID}), n.gid.joined(fileID{state: baseID})
	}
}

// isRumoured reports whether something may be there although it is absent.
func (n *node) isRumoured() bool { return n.own && n.exists == absent && n.crowd == rumoured }

// doubt takes everything away that is known, but for where it may lead as a
// link.
func (n *node) doubt() {
	*n = node{target: n.target, crossed: n.crossed, base: n.base, own: n.own, crowd: n.crowd, kids: n.kids, rest: n.rest, at: n.at}
}

// doubtAccess takes the mode and the owner away.
func (n *node) doubtAccess() {
	n.asDir, n.asFile, n.uid, n.gid = bits{}, bits{}, fileID{}, fileID{}
}

// proveExists notes that it is there, as something succeeded that needs it.
func (n *node) proveExists() {
	if n.exists == absent { // The text contradicts itself; its build fails.
		n.appear()
	}
	n.exists = there
}

// visit calls f for the node and all that are listed below it, with the names on
// the way, which are f's only as long as the call lasts.
func (n *node) visit(names []string, f func(names []string, n *node)) {
	f(names, n)
	for kid, below := range n.kids {
		below.visit(append(names, kid), f)
	}
}

// modeBits returns the mode as chmod counts it.
func modeBits(m fs.FileMode) uint32 {
	b := uint32(m.Perm())
	for _, special := range []struct {
		mode fs.FileMode
		bit  uint32
	}{{fs.ModeSetuid, setUID}, {fs.ModeSetgid, setGID}, {fs.ModeSticky, sticky}} {
		if m&special.mode != 0 {
			b |= special.bit
		}
	}
	return b
}
