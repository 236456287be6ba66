// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"maps"
	"net/url"
	"path"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// copySpec is a COPY or ADD instruction, its words expanded.
type copySpec struct {
	at       check.Location
	add      bool
	sources  []string // as written
	contents []inlineFile
	dest     string // absolute, with the slash at its end that was written
	unclear  bool   // a word of it is not known

	fromImage bool  // --from
	from      *tree // the files of the stage that --from names; nil where unknown
	who       owner // --chown
	chown     bool  // --chown is given
	chmod     string
	// The flags --link, --parents, --exclude and --unpack.
	link, parents, exclude, unpack bool
}

// inlineFile is a heredoc.
type inlineFile struct {
	name string
	data []byte
}

// source is one source of a COPY, as far as the text tells what it is.
type source struct {
	name  string // in a folder that it is copied to
	kind  kind   // folder, plain, or noLink for one of them
	facts *node  // what is true of each file that is copied
	node  *node  // the source itself, where the tree of --from knows it
	weak  bool   // it may be nothing, or several
}

// workdir is WORKDIR, which makes folders that are missing. BuildKit gives all
// of them to the USER, and does nothing about their owner where there is none.
func (t *tree) workdir(dir string, u owner, at check.Location) {
	if t.lost(at) {
		return
	}
	if dir == "" || len(check.PathParts(dir)) > maxDepth { // only the builder knows which, or nobody means it
		t.appear(at)
		return
	}
	t.makeFolders(dir, maker{who: u, mode: fixed(0o755), at: at, chown: u != owner{known: true}, perhaps: true})
}

// copy is COPY or ADD, as BuildKit does it.
func (t *tree) copy(c copySpec) {
	if t.lost(c.at) {
		return
	}
	if c.unclear || c.parents {
		name := c.dest
		if c.unclear {
			name = "/"
		}
		t.doubt(name, c.at)
		t.appear(c.at)
		return
	}
	if c.link { // Its layer brings the folders on the way once more.
		for dir := c.dest; dir != "/"; {
			dir = path.Dir(path.Clean(dir))
			t.change(dir, effect{at: c.at, do: (*node).doubtAccess})
		}
	}
	t.inline = t.inline || len(c.contents) > 0 || c.from != nil && c.from.inline
	for _, s := range c.list() {
		t.copyOne(c, s)
	}
}

// list returns the sources.
func (c copySpec) list() []source {
	var list []source
	for _, name := range c.sources {
		list = append(list, c.source(name))
	}
	for _, f := range c.contents {
		facts := c.facts(fixed(0o644), owner{known: true})
		facts.kind, facts.content, facts.exists = plain, f.data, there
		list = append(list, source{name: path.Base(f.name), kind: plain, facts: facts})
	}
	return list
}

// facts returns what is true of what is copied, from a source with this mode
// and owner.
func (c copySpec) facts(mode bits, who owner) *node {
	if c.chown {
		who = c.who
	}
	n := &node{exists: maybe, uid: who.user(), gid: who.group()}
	n.setMode(mode)
	n.asDir, n.asFile = c.mode(n.asDir, true), c.mode(n.asFile, false)
	return n
}

// mode applies --chmod.
func (c copySpec) mode(b bits, isFolder bool) bits {
	if c.chmod == "" {
		return b
	}
	m, ok := parseMode(c.chmod)
	if !ok {
		return bits{}
	}
	if m.octal {
		return fixed(m.value)
	}
	return m.apply(b, isFolder, 0)
}

// source tells what the text says of one source.
func (c copySpec) source(name string) source {
	s := source{name: path.Base(path.Clean("/" + name)), kind: noLink, facts: c.facts(bits{}, owner{known: !c.fromImage})}
	u, err := url.Parse(name)
	switch {
	case c.add && strings.Contains(name, "://") || strings.HasPrefix(name, "git@"):
		s.weak = true // Whether it is a file or a repository is for the builder to tell.
		if err == nil && (u.Scheme == "http" || u.Scheme == "https") && !strings.Contains(name, ".git") {
			s.weak, s.kind, s.name = false, plain, path.Base(u.Path)
			s.facts = c.facts(fixed(0o600), owner{known: true})
		}
	case strings.ContainsAny(name, `*?[\`):
		s.weak = true
	case path.Clean("/"+name) == "/":
		s.kind = folder
	}
	if c.from != nil && !s.weak {
		if p, ok := c.from.clone().find(name, true); ok && p.loose == "" && p.exists == there && (p.kind == folder || p.kind == plain) {
			s.kind, s.node = p.kind, p.node
		}
	}
	return s
}

// copyOne copies one source.
func (t *tree) copyOne(c copySpec, s source) {
	who := owner{known: true}
	if c.chown {
		who = c.who
	}
	m := maker{who: who, mode: fixed(0o755), at: c.at, weak: s.weak, chown: c.chown}
	if mode, ok := parseMode(c.chmod); ok && mode.octal && mode.value != 0o755 {
		m.mode = bits{} // Older releases of BuildKit give 0755 to new folders, others the mode of --chmod.
	}
	inside := strings.HasSuffix(c.dest, "/") || strings.HasSuffix(c.dest, "/.") || len(c.sources)+len(c.contents) > 1
	if inside {
		t.makeFolders(c.dest, m)
	} else {
		t.makeFolders(path.Dir(c.dest), m)
	}
	if c.mayUnpack(s) {
		t.doubt(c.dest, c.at)
		t.change(c.dest, effect{at: c.at, weak: s.weak, do: (*node).proveExists})
		return
	}
	p, ok := t.find(c.dest, true)
	switch {
	case !ok:
		t.doubt("/", c.at)
	case inside || p.exists == there && p.kind == folder:
		t.copyInto(p, c, s)
	case p.exists == absent || p.exists == there && p.kind == plain:
		t.copyTo(p, c, s, m)
	default:
		t.copyEither(p, c, s, m)
	}
	if ok {
		t.suspect(p, effect{at: c.at, deep: true, do: (*node).doubt})
	}
}

// mayUnpack reports whether ADD may take the source for an archive, which only
// its content tells.
func (c copySpec) mayUnpack(s source) bool {
	return c.unpack || c.add && s.kind == noLink
}

// copyInto copies to a folder: a file under its own name, of a folder the
// content.
func (t *tree) copyInto(p place, c copySpec, s source) {
	if s.kind == plain {
		kid := t.child(p.node, p.path, s.name)
		t.put(place{node: kid, parent: p.node, path: path.Join(p.path, s.name)}, c, s)
		return
	}
	if hasExtension(s.name) && p.path == "/" {
		t.mergeRoot(c, s)
		return
	}
	t.merge(p.node, c, s)
}

// hasExtension reports whether a name ends as those of files do.
func hasExtension(name string) bool { return strings.Contains(name, ".") }

// mergeRoot is merge to the root, for a source by the name of a file. If that
// is a folder it is taken to hold none of the distribution's.
func (t *tree) mergeRoot(c copySpec, s source) {
	kept := map[string]*node{}
	for _, name := range baseNames {
		if kid := t.root.kids[name]; kid != nil {
			kept[name] = kid
			delete(t.root.kids, name)
		}
	}
	t.merge(t.root, c, s)
	maps.Copy(t.root.kids, kept)
}

// merge lets files of the source appear below a folder, or take the place of
// those that are there.
func (t *tree) merge(n *node, c copySpec, s source) {
	brought := effect{at: c.at, weak: true, deep: true, do: func(n *node) {
		n.kind = n.replaced()
		n.asDir, n.asFile, n.uid, n.gid = s.facts.asDir, s.facts.asFile, s.facts.uid, s.facts.gid
		n.content, n.original, n.crowd = nil, false, anywhere
		switch n.exists {
		case absent:
			n.exists, n.kind = maybe, noLink
		case asBase:
			n.exists = asBaseOrMore
		case there, maybe, asBaseOrMore:
		}
	}}
	brought.below(n)
}

// replaced is the kind of a file after a COPY that may have replaced it: of a
// folder only one that is empty can be.
func (n *node) replaced() kind {
	for _, kid := range n.kids {
		if n.kind == folder && kid.exists == there {
			return folder
		}
	}
	return noLink
}

// put places a file at a path where there is no folder.
func (t *tree) put(p place, c copySpec, s source) {
	effect{at: c.at, weak: s.weak, do: func(n *node) {
		file := newFile(bits{}, owner{}, nil)
		file.asFile, file.uid, file.gid, file.content = s.facts.asFile, s.facts.uid, s.facts.gid, s.facts.content
		if s.node != nil {
			from := c.facts(s.node.asFile.without(0), owner{})
			file.asFile, file.content = from.asFile, s.node.content
			if !c.chown {
				file.uid, file.gid = s.node.uid, s.node.gid
			}
		}
		n.replace(file)
	}}.apply(p.node)
}

// replace makes the node another one, but for what is remembered of the place.
func (n *node) replace(other *node) {
	at, own := n.at, n.own
	*n = *other
	n.at, n.own = at, own
}

// copyTo copies to a path where there is nothing yet, or a file.
func (t *tree) copyTo(p place, c copySpec, s source, m maker) {
	if s.kind == plain || p.exists == there {
		t.put(p, c, s)
		return
	}
	effect{at: c.at, weak: s.weak, do: func(n *node) {
		made := m.newFolder(m.mode, p.parent)
		made.rest = s.facts.clone()
		if s.kind != folder {
			made.kind, made.asFile, n.at = noLink, s.facts.asFile, c.at
			made.uid, made.gid = made.uid.joined(s.facts.uid), made.gid.joined(s.facts.gid)
		}
		n.replace(made)
	}}.apply(p.node)
	if s.node != nil && !c.exclude && !s.weak {
		t.graft(p.node, c, s.node)
	}
}

// graft copies what is known of a folder of another stage.
func (t *tree) graft(n *node, c copySpec, from *node) {
	n.rest = c.taken(from.others())
	for name, kid := range from.kids {
		copied := c.taken(kid)
		if n.kids == nil {
			n.kids = map[string]*node{}
		}
		n.kids[name] = copied
		t.nodes++
		if kid.rest != nil {
			t.graft(copied, c, kid)
		}
	}
}

// taken returns what is true of a file of another stage after it was copied.
func (c copySpec) taken(from *node) *node {
	n := from.facts()
	if n.exists == asBase || n.exists == asBaseOrMore {
		n.exists = maybe
	}
	if n.kind == baseKind {
		n.kind = anyKind
	}
	n.asDir.kept, n.asFile.kept = 0, 0
	n.asDir, n.asFile = c.mode(n.asDir, true), c.mode(n.asFile, false)
	if n.uid.state == baseID {
		n.uid = fileID{}
	}
	if n.gid.state == baseID {
		n.gid = fileID{}
	}
	if c.chown {
		n.uid, n.gid = c.who.user(), c.who.group()
	}
	n.base, n.original, n.own, n.crowd = false, false, false, anywhere
	return &n
}

// copyEither copies to a path where a folder may be, or a file, or nothing.
func (t *tree) copyEither(p place, c copySpec, s source, m maker) {
	t.merge(p.node, c, s)
	effect{at: c.at, weak: s.weak, do: func(n *node) {
		known := n.exists == there
		if n.exists == absent {
			n.appear()
		}
		n.exists, n.content, n.original = there, nil, false
		if n.kind == link || n.kind == plain || n.kind == folder && !known && s.kind != folder {
			n.kind = n.kind.joined(noLink)
		}
		if s.kind != folder {
			n.at, n.asFile = c.at, s.facts.asFile
			n.uid, n.gid = n.uid.joined(s.facts.uid), n.gid.joined(s.facts.gid)
		}
		if !known {
			n.asDir = n.asDir.joined(m.mode)
			n.uid, n.gid = n.uid.joined(m.who.user()), n.gid.joined(m.who.group())
		}
	}}.apply(p.node)
}
