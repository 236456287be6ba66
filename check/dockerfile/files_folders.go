// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// maker is how folders are made that are missing.
type maker struct {
	who  owner
	mode bits
	// last is the mode of the last folder where that is another one.
	last *bits
	at   check.Location
	weak bool
	// chown is set where new folders are given to who, whatever group their
	// folder has; perhaps, where that is not certain.
	chown, perhaps bool
}

// newFolder returns a folder that was made in the folder parent.
func (m maker) newFolder(mode bits, parent *node) *node {
	n := newFolder(mode, m.who, parent)
	switch {
	case m.chown:
		n.gid = m.who.group()
	case m.perhaps:
		n.gid = n.gid.joined(m.who.group())
	}
	return n
}

// makeFolders makes a folder and those above it, as mkdir -p does.
func (t *tree) makeFolders(name string, m maker) {
	steps := prefixes(name)
	for i, step := range steps {
		p, ok := t.find(step, true)
		if !ok {
			t.doubt("/", m.at)
			return
		}
		mode := m.mode
		if m.last != nil && i == len(steps)-1 {
			mode = *m.last
		}
		if p.parent != nil {
			effect{at: m.at, weak: m.weak, do: func(n *node) { n.ensureFolder(m.newFolder(mode, p.parent)) }}.apply(p.node)
		}
		if p.loose != "" || p.target != "" {
			t.suspect(p, effect{at: m.at, do: (*node).appear})
		}
	}
}

// ensureFolder makes the node the given new folder where there is none.
func (n *node) ensureFolder(made *node) {
	switch n.exists {
	case absent:
		n.replace(made)
	case there:
	case maybe, asBase, asBaseOrMore:
		n.exists = there
		n.asDir, n.uid, n.gid = n.asDir.joined(made.asDir), n.uid.joined(made.uid), n.gid.joined(made.gid)
		for _, kid := range n.kids {
			if kid.exists == there {
				kid.exists = maybe
			}
		}
	}
	if n.kind == noLink || n.kind == plain {
		n.kind = folder
	}
}

// makeFolder makes one folder that must not exist, as mkdir does.
func (t *tree) makeFolder(name string, m maker) {
	p, ok := t.find(name, false)
	if !ok || p.parent == nil {
		t.doubt("/", m.at)
		return
	}
	if m.weak && p.exists == there {
		return
	}
	if !m.weak {
		t.prove(path.Dir(strings.TrimRight(name, "/")))
	}
	effect{at: m.at, weak: m.weak, do: func(n *node) { n.replace(m.newFolder(m.mode, p.parent)) }}.apply(p.node)
	t.suspect(p, effect{at: m.at, do: (*node).appear})
}

// prove notes that a path exists, and that what it leads through are folders.
func (t *tree) prove(name string) {
	steps := prefixes(name)
	for i, step := range steps {
		p, ok := t.find(step, true)
		if !ok {
			return
		}
		p.proveExists()
		if i < len(steps)-1 && p.kind == noLink {
			p.kind = folder
		}
	}
}

// prefixes returns the path and all that it leads through, the shortest first.
// It leaves ".." as it is, which leads elsewhere behind a link than in the text.
func prefixes(name string) []string {
	list := check.PathParts(name)
	for i, part := range list {
		if i == 0 {
			list[i] = "/" + part
		} else {
			list[i] = list[i-1] + "/" + part
		}
	}
	return list
}
