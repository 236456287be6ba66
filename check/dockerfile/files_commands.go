// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"strconv"
	"strings"
)

// tools are the programs that are understood. Each reports whether it
// understood its arguments; a false one has changed nothing.
// https://www.gnu.org/software/coreutils/manual/ and
// https://www.busybox.net/downloads/BusyBox.html describe them.
var tools = map[string]func(*runner) bool{
	"mkdir": (*runner).mkdir, "chmod": (*runner).access, "chown": (*runner).access, "chgrp": (*runner).access,
	"touch": (*runner).touch, "rm": (*runner).rm, "rmdir": (*runner).rm, "install": (*runner).install,
	"cp": (*runner).cp, "mv": (*runner).mv, "ln": (*runner).ln, "find": (*runner).findFiles, "xargs": (*runner).xargs,
	"tar": (*runner).tar, "userdel": (*runner).userdel, "deluser": (*runner).userdel, "useradd": (*runner).useradd, "adduser": (*runner).useradd,
}

// flagSet are the options of a program: the letters of those without and with
// a value, and the letters that long names stand for.
type flagSet struct {
	flags, values string
	long          map[string]byte
}

// given are the options that a call has, by letter.
type given map[byte]string

func (g given) has(letter byte) bool { _, ok := g[letter]; return ok }

// read tells options from operands; false for an option that is not listed.
func (o flagSet) read(args []word) (g given, operands []word, ok bool) {
	g = given{}
	for i := 0; i < len(args); i++ {
		text := args[i].text
		switch {
		case text == "--":
			return g, append(operands, args[i+1:]...), true
		case len(text) < 2 || text[0] != '-':
			operands = append(operands, args[i])
		case text[1] == '-':
			name, value, _ := strings.Cut(text[2:], "=")
			letter, known := o.long[name]
			if !known {
				return nil, nil, false
			}
			g[letter] = value
		default:
			used, known := o.cluster(text[1:], args[i+1:], g)
			if !known {
				return nil, nil, false
			}
			i += used
		}
	}
	return g, operands, true
}

// cluster reads letters behind one dash, and how many further words those take.
func (o flagSet) cluster(letters string, next []word, g given) (used int, ok bool) {
	for j := range len(letters) {
		letter := letters[j]
		switch {
		case strings.IndexByte(o.flags, letter) >= 0:
			g[letter] = ""
		case strings.IndexByte(o.values, letter) < 0:
			return 0, false
		case letters[j+1:] != "":
			g[letter] = letters[j+1:]
			return 0, true
		case len(next) == 0 || !next[0].literal:
			return 0, false
		default:
			g[letter] = next[0].text
			return 1, true
		}
	}
	return 0, true
}

// created is the mode of something that is made with these bits.
func (r *runner) created(mode uint32) bits {
	if r.mask {
		return bits{}
	}
	return fixed(mode &^ defaultMask)
}

// modeOption is the mode of -m, or else the given one.
func (r *runner) modeOption(g given, otherwise bits) (bits, bool) {
	if !g.has('m') {
		return otherwise, true
	}
	m, ok := parseMode(g['m'])
	if !ok {
		return bits{}, false
	}
	return m.apply(fixed(permBits), false, defaultMask), m.octal || !r.mask
}

// mkdir is "mkdir [-p] [-m mode] folder...".
func (r *runner) mkdir() bool {
	g, folders, ok := flagSet{"pv", "m", map[string]byte{"parents": 'p', "verbose": 'v', "mode": 'm'}}.read(r.args)
	if !ok {
		return false
	}
	last, ok := r.modeOption(g, r.created(0o777))
	if !ok {
		return false
	}
	m := maker{who: r.who, mode: r.created(0o777), last: &last, at: r.at, weak: r.weak}
	for _, w := range folders {
		name, ok := r.path(w.text)
		switch {
		case !ok || !w.literal:
			r.appear(r.at)
		case g.has('p'):
			r.makeFolders(name, m)
		default:
			r.makeFolder(name, maker{who: r.who, mode: last, at: r.at, weak: r.weak})
		}
	}
	return true
}

// accessOptions are those of chmod, chown and chgrp that are understood.
var accessOptions = flagSet{"Rvcfh", "", map[string]byte{
	"recursive": 'R', "verbose": 'v', "changes": 'c', "silent": 'f', "quiet": 'f', "no-dereference": 'h',
}}

// access is "chmod [-R] mode file...", "chown [-R] user[:group] file..." or
// "chgrp [-R] group file...".
func (r *runner) access() bool {
	e, files, ok := r.accessEffect(path.Base(r.name), r.args)
	if ok {
		r.each(files, e)
	}
	return ok
}

// accessEffect returns what chmod, chown or chgrp does, and to which files.
func (r *runner) accessEffect(name string, args []word) (e effect, files []word, ok bool) {
	g, words, ok := accessOptions.read(args)
	if !ok || len(words) < 2 || !words[0].literal {
		return e, nil, false
	}
	e.deep, e.link = g.has('R'), g.has('h')
	switch spec := words[0].text; name {
	case "chmod":
		m, isMode := parseMode(spec)
		e.do, ok = r.settingMode(m), isMode && !e.link
	case "chown":
		e.do, ok = r.settingOwner(spec)
	case "chgrp":
		e.do, ok = r.settingOwner(":" + spec)
	default:
		ok = false
	}
	return e, words[1:], ok
}

// settingMode returns what chmod does to a file.
func (r *runner) settingMode(m fileMode) func(*node) {
	return func(n *node) {
		if r.mask && !m.octal {
			n.asDir, n.asFile = bits{}, bits{}
			return
		}
		n.asDir, n.asFile = m.apply(n.asDir, true, defaultMask), m.apply(n.asFile, false, defaultMask)
	}
}

// settingOwner returns what chown does to a file, by "user", "user:",
// "user:group" or ":group". The kernel takes set-ID bits away then.
func (r *runner) settingOwner(spec string) (func(*node), bool) {
	name, group, hasGroup := strings.Cut(spec, ":")
	if name == "" && group == "" || !hasGroup && strings.Contains(spec, ".") {
		return nil, false
	}
	uid, gid := r.userID(name), r.groupID(group)
	if group == "" && hasGroup {
		gid = r.resolve(name).group()
	}
	return func(n *node) {
		if name != "" {
			n.uid = uid
		}
		if hasGroup {
			n.gid = gid
		}
		n.asFile = n.asFile.without((setUID | setGID) &^ (n.asFile.known &^ n.asFile.value))
	}, true
}

// resolve resolves "user[:group]" by the accounts.
func (r *runner) resolve(spec string) owner {
	if r.names == nil {
		return owner{}
	}
	return r.names(spec)
}

// userID resolves the name or number of a user.
func (r *runner) userID(name string) fileID {
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		return fixedID(id)
	}
	return r.resolve(name).user()
}

// groupID resolves the name or number of a group.
func (r *runner) groupID(name string) fileID {
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		return fixedID(id)
	}
	return r.resolve("0:" + name).group()
}

// touch is "touch [-acm] file...".
func (r *runner) touch() bool {
	g, words, ok := flagSet{"acmfh", "dtr", map[string]byte{"no-create": 'c', "date": 'd', "reference": 'r'}}.read(r.args)
	if !ok {
		return false
	}
	if g.has('c') {
		return true
	}
	for _, w := range words {
		if name, ok := r.path(w.text); !ok || !w.literal || !r.makeFile(name) {
			r.appear(r.at)
		}
	}
	return true
}

// makeFile makes an empty file where there is nothing.
func (r *runner) makeFile(name string) bool {
	p, ok := r.find(name, true)
	if !ok || p.parent == nil {
		return false
	}
	if !r.weak {
		r.prove(path.Dir(name))
	}
	made := newFile(r.created(0o666), r.who, p.parent)
	r.change(name, effect{at: r.at, weak: r.weak, do: func(n *node) { n.ensureFile(made) }})
	return true
}

// ensureFile makes the node the given new file where there is nothing.
func (n *node) ensureFile(made *node) {
	switch n.exists {
	case absent:
		n.replace(made)
	case there:
	case maybe, asBase, asBaseOrMore:
		n.exists = there
		n.asFile, n.uid, n.gid = n.asFile.joined(made.asFile), n.uid.joined(made.uid), n.gid.joined(made.gid)
		n.kind = n.kind.joined(plain)
	}
}

// rm is "rm [-rf] file..."; rmdir removes folders, which are empty then.
func (r *runner) rm() bool {
	_, words, ok := flagSet{"rRfvdi", "", map[string]byte{"recursive": 'r', "force": 'f', "verbose": 'v', "dir": 'd'}}.read(r.args)
	if !ok {
		return false
	}
	for _, w := range words {
		name, ok := r.path(w.text)
		base := path.Base(name)
		dir, pattern := path.Split(name)
		switch {
		case ok && w.literal && !r.weak && base != ".." && base != "." && base != "/":
			r.remove(name)
		case ok && r.isGlob(pattern) && !r.isGlob(dir):
			r.changeMatching(dir, pattern, effect{at: r.at, deep: true, do: func(n *node) { n.exists = maybe }})
		case ok && w.literal:
			r.change(name, effect{at: r.at, deep: true, link: true, do: func(n *node) { n.loseIt() }})
		default:
			r.doubtWord(w)
		}
	}
	return true
}

// loseIt makes it uncertain whether something is still there.
func (n *node) loseIt() {
	if n.exists != absent {
		n.exists = maybe
	}
}

// remove removes a file with all below it.
func (r *runner) remove(name string) {
	p, ok := r.find(name, false)
	if !ok || p.parent == nil {
		r.doubt("/", r.at)
		return
	}
	p.replace(&node{exists: absent, rest: &node{exists: absent}})
	if p.loose != "" {
		r.suspect(p, effect{at: r.at, deep: true, do: (*node).loseIt})
	}
}
