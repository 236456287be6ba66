// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"strings"
)

// useradd is a program that makes an account, and perhaps its home.
func (r *runner) useradd() bool {
	r.litter(r.at, false) // the home and what is copied to it
	home, name := r.homeOf()
	if home == "" || r.weak {
		return true
	}
	r.makeHome(home, r.resolve(name))
	return true
}

// userdel is a program that removes an account, and with an option its home.
func (r *runner) userdel() bool {
	for _, w := range r.args {
		if strings.HasPrefix(w.text, "-") && strings.Contains(w.text, "r") {
			r.doubt("/", r.at)
		}
	}
	return true
}

// homeOf returns the home that the program certainly makes, and the account's
// name; "" for none.
func (r *runner) homeOf() (home, name string) {
	dialects := dialectsOf(r.system, r.name)
	if len(dialects) != 1 {
		return "", ""
	}
	var args []argument
	for _, w := range r.args {
		args = append(args, argument{w.text, w.literal})
	}
	o, ok := dialects[0][r.name].syntax.read(args)
	if !ok || len(o.operands) == 0 || !o.operands[0].known {
		return "", ""
	}
	name = o.operands[0].text
	at := argument{"/home/" + name, true}
	tool := r.name
	if r.system == familyRedHat { // its adduser is useradd
		tool = "useradd"
	}
	// The letters that ask for a home, forbid it, name it, and leave it open.
	asks, forbids, names, open := "", "H", "h", ""
	switch {
	case tool == "useradd" && r.system == familyRedHat: // CREATE_HOME in its /etc/login.defs
		asks, forbids, names, open = "", "M", "d", "bDPrR"
	case tool == "useradd":
		asks, forbids, names, open = "m", "M", "d", "bDPR"
	case r.system == familyDebian:
		asks, forbids, names, open = "", "N", "d", "SG"
	case r.system != familyAlpine:
		return "", ""
	}
	if given, ok := o.given[names[0]]; ok {
		at = given
	}
	if asks != "" && !o.has(asks) || o.has(forbids) || o.has(open) || !at.known || !path.IsAbs(at.text) {
		return "", ""
	}
	return at.text, name
}

// makeHome makes the home of a new account. What was there before the account
// was may keep its mode and owner; a folder that nothing before was about is
// taken to be new.
func (r *runner) makeHome(home string, who owner) {
	p, ok := r.find(home, true)
	if !ok {
		r.doubt("/", r.at)
		return
	}
	isNew := p.exists == absent || p.exists == maybe && !p.touched && p.loose == "" && p.target == ""
	mode := bits{}
	switch {
	case r.system == familyRedHat: // by HOME_MODE, and before that by a UMASK of 077
		mode = fixed(0o700)
	case r.system == familyAlpine && r.name == "adduser": // https://git.busybox.net/busybox/tree/loginutils/adduser.c
		mode = fixed(setGID | 0o755)
	}
	r.makeFolders(path.Dir(path.Clean(home)), maker{who: owner{known: true}, mode: fixed(0o755), at: r.at})
	r.change(home, effect{at: r.at, do: func(n *node) {
		made := newFolder(mode, who, nil)
		made.rest.appear()
		if isNew {
			n.replace(made)
			return
		}
		n.ensureFolder(made)
		n.asDir, n.uid, n.gid = n.asDir.joined(made.asDir), n.uid.joined(made.uid), n.gid.joined(made.gid)
	}})
}
