// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"strings"
)

// destination returns where a program that is told a file and a destination
// puts it; false where that is not certain.
func (r *runner) destination(from, to word) (name string, p place, ok bool) {
	name, ok = r.path(to.text)
	if !ok || !to.literal || !from.literal {
		return "", p, false
	}
	p, ok = r.find(name, true)
	if !ok || p.parent == nil && p.path != "/" {
		return "", p, false
	}
	if p.exists == there && p.kind == folder {
		name = path.Join(p.path, path.Base(from.text))
		p, ok = r.find(name, true)
	}
	solid := p.exists == absent || p.kind == plain
	return name, p, ok && solid && p.parent != nil && p.loose == ""
}

// put places one new file, and notes that this succeeded.
func (r *runner) put(name string, p place, file *node) {
	if !r.weak {
		r.prove(path.Dir(name))
	}
	r.change(p.path, effect{at: r.at, weak: r.weak, do: func(n *node) { n.replace(file) }})
}

// install is "install -d folder..." or "install file destination".
func (r *runner) install() bool {
	g, words, ok := flagSet{"dDvcC", "mog", map[string]byte{"directory": 'd', "mode": 'm', "owner": 'o', "group": 'g', "verbose": 'v'}}.read(r.args)
	if !ok {
		return false
	}
	mode, ok := r.modeOption(g, fixed(0o755))
	if !ok {
		return false
	}
	if g.has('d') {
		r.installFolders(g, words, mode)
		return true
	}
	if len(words) != 2 || g.has('D') || r.weak {
		return false
	}
	name, p, ok := r.destination(words[0], words[1])
	if !ok {
		return false
	}
	file := newFile(mode, r.who, p.parent)
	r.giveTo(file, g)
	r.put(name, p, file)
	return true
}

// installFolders is "install -d", which sets the mode of folders that are
// there, too.
func (r *runner) installFolders(g given, words []word, mode bits) {
	for _, w := range words {
		name, ok := r.path(w.text)
		if !ok || !w.literal {
			r.doubtWord(w)
			continue
		}
		r.makeFolders(name, maker{who: r.who, mode: fixed(0o755), last: &mode, at: r.at, weak: r.weak})
		r.change(name, effect{at: r.at, weak: r.weak, do: func(n *node) {
			n.asDir = mode.without(setUID | setGID)
			r.giveTo(n, g)
		}})
	}
}

// giveTo sets the owner by the options -o and -g.
func (r *runner) giveTo(n *node, g given) {
	if g.has('o') {
		n.uid = r.userID(g['o'])
	}
	if g.has('g') {
		n.gid = r.groupID(g['g'])
	}
}

// cp is "cp [-r] file destination", which leaves its sources alone.
func (r *runner) cp() bool {
	g, words, ok := flagSet{"fvTurRapdL", "", map[string]byte{"recursive": 'r', "archive": 'a'}}.read(r.args)
	if !ok || len(words) < 2 {
		return false
	}
	last := words[len(words)-1]
	if len(words) == 2 && !g.has('r') && !g.has('R') && !g.has('a') && !g.has('p') && !g.has('d') && !r.weak && r.cpFile(words[0], last) {
		return true
	}
	r.litter(r.at, false)
	name, ok := r.path(last.text)
	if p, found := r.find(name, true); ok && found && last.literal && p.exists == there && p.kind == folder && p.loose == "" && !g.has('a') && !g.has('p') {
		effect{at: r.at, deep: true, do: (*node).doubt}.below(p.node)
		return true
	}
	r.doubtWord(last)
	return true
}

// cpFile copies a file to a place where no folder is. Without -r that succeeds
// for a file only.
func (r *runner) cpFile(from, to word) bool {
	name, p, ok := r.destination(from, to)
	if !ok {
		return false
	}
	file := newFile(bits{}, owner{}, p.parent)
	switch p.exists {
	case there: // It keeps its mode and owner.
		file.asFile, file.uid, file.gid = p.asFile, p.uid, p.gid
	case absent:
		file = newFile(r.copied(from), r.who, p.parent)
	case maybe, asBase, asBaseOrMore:
	}
	r.put(name, p, file)
	return true
}

// copied is the mode of a new copy of a file.
func (r *runner) copied(from word) bits {
	name, ok := r.path(from.text)
	source, found := r.find(name, true)
	if !ok || !found || r.mask || source.exists != there || source.kind != plain {
		return bits{}
	}
	return source.asFile.set(defaultMask, 0).without(setUID | setGID | sticky)
}

// mv is "mv file destination".
func (r *runner) mv() bool {
	_, words, ok := flagSet{"fvTn", "", nil}.read(r.args)
	if !ok || len(words) != 2 || r.weak {
		return false
	}
	from, ok := r.path(words[0].text)
	if !ok {
		return false
	}
	source, ok := r.find(from, false)
	if !ok || source.exists != there || source.kind != plain || source.parent == nil || source.loose != "" {
		return false
	}
	name, p, ok := r.destination(words[0], words[1])
	if !ok || p.node == source.node {
		return false
	}
	file := source.facts()
	file.rest, file.original = newFile(bits{}, owner{}, nil).rest, false
	r.put(name, p, &file)
	r.remove(source.path)
	return true
}

// ln is "ln -s target link".
func (r *runner) ln() bool {
	g, words, ok := flagSet{"sfnv", "", map[string]byte{"symbolic": 's', "force": 'f', "no-dereference": 'n'}}.read(r.args)
	if !ok || len(words) != 2 || !g.has('s') {
		return false
	}
	if r.weak || !words[0].literal || !words[1].literal || !r.symlink(words[0].text, words[1].text) {
		r.litter(r.at, false)
		r.doubtWord(words[1])
	}
	return true
}

// symlink makes a link at a path where no folder is, or in a folder.
func (r *runner) symlink(target, at string) bool {
	name, ok := r.path(at)
	if !ok {
		return false
	}
	p, ok := r.find(name, false)
	if ok && p.exists == there && p.kind == folder {
		name = path.Join(p.path, path.Base(target))
		p, ok = r.find(name, false)
	}
	if !ok || p.parent == nil || p.loose != "" || p.exists != absent && p.kind != plain {
		return false
	}
	made := newFile(fixed(permBits), r.who, p.parent)
	made.kind, made.target = link, target
	r.prove(path.Dir(name))
	p.replace(made)
	return true
}

// tar is "tar -x [-C folder]". An archive may hold the folder itself that it is
// unpacked to, with a mode and an owner. In the root, unless that is named, it
// is taken to hold no root file system.
func (r *runner) tar() bool {
	r.litter(r.at, false)
	folder := word{text: ".", literal: true}
	extracts, named := false, false
	for i, w := range r.args {
		name, value, joined := strings.Cut(w.text, "=")
		switch {
		case name == "--directory" && joined:
			folder, named = word{value, w.literal}, true
		case (name == "--directory" || isCluster(w.text, i) && strings.HasSuffix(w.text, "C")) && i+1 < len(r.args):
			folder, named = r.args[i+1], true
		}
		extracts = extracts || name == "--extract" || name == "--get" || isCluster(w.text, i) && strings.Contains(w.text, "x")
	}
	if at, ok := r.path(folder.text); extracts && (named || !ok || path.Clean(at) != "/") {
		r.doubtWord(folder)
	}
	return true
}

// isCluster reports whether the i-th argument of tar is letters of options; the
// first needs no dash.
func isCluster(text string, i int) bool {
	return len(text) > 1 && text[0] == '-' && text[1] != '-' || i == 0 && text != "" && text[0] != '-'
}
