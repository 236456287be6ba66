// SPDX-License-Identifier: Apache-2.0

package dockerfile

// accountTool is a program that manages accounts.
type accountTool struct {
	syntax optionSyntax
	change func(o *options, family string) (change, bool)
	source string // the page that says so
}

// dialect is the account tools of one package, by name.
type dialect map[string]accountTool

// The tools of shadow-utils, which Debian calls passwd.
var shadowTools = dialect{
	"useradd": {
		syntax: optionSyntax{
			flags: "DFhlmMNorUy", values: "bcdefgGkKpPRsuZ",
			long: "badname=y badnames=y base-dir=b btrfs-subvolume-home=y comment=c home-dir=d defaults=D expiredate=e inactive=f " +
				"add-subids-for-system=F gid=g groups=G help=h skel=k key=K no-log-init=l create-home=m no-create-home=M no-user-group=N " +
				"non-unique=o password=p prefix=P system=r root=R shell=s selinux-user=Z selinux-range=Z uid=u user-group=U",
		},
		change: shadowUseradd,
		source: "https://man7.org/linux/man-pages/man8/useradd.8.html",
	},
	"usermod": {
		syntax: optionSyntax{
			flags: "abhLmorU", values: "cdefgGlpPRsuvVwWZ",
			long: "append=a badname=b comment=c home=d expiredate=e inactive=f gid=g groups=G help=h login=l lock=L move-home=m non-unique=o " +
				"password=p prefix=P remove=r root=R shell=s uid=u unlock=U add-subuids=v del-subuids=V add-subgids=w del-subgids=W " +
				"selinux-user=Z selinux-range=Z",
		},
		change: shadowUsermod,
		source: "https://man7.org/linux/man-pages/man8/usermod.8.html",
	},
	"userdel": {
		syntax: optionSyntax{flags: "fhrZ", values: "PR", long: "force=f help=h remove=r root=R prefix=P selinux-user=Z"},
		change: removal(removeUser, "hPR"),
		source: "https://man7.org/linux/man-pages/man8/userdel.8.html",
	},
	"groupadd": {
		syntax: optionSyntax{
			flags: "fhor", values: "gKpPRU",
			long: "force=f gid=g help=h key=K non-unique=o password=p system=r root=R prefix=P users=U",
		},
		change: shadowGroupadd,
		source: "https://man7.org/linux/man-pages/man8/groupadd.8.html",
	},
	"groupmod": {
		syntax: optionSyntax{
			flags: "aho", values: "gnpPRU",
			long: "append=a gid=g help=h new-name=n non-unique=o password=p root=R prefix=P users=U",
		},
		change: shadowGroupmod,
		source: "https://man7.org/linux/man-pages/man8/groupmod.8.html",
	},
	"groupdel": {
		syntax: optionSyntax{flags: "fh", values: "PR", long: "force=f help=h root=R prefix=P"},
		change: removal(removeGroup, "hPR"),
		source: "https://man7.org/linux/man-pages/man8/groupdel.8.html",
	},
}

// The scripts of Debian's package adduser. It looks at the numbers itself, and
// then calls useradd and groupadd, which fail where one is taken.
var debianTools = dialect{
	"adduser":  {syntax: debianSyntax, change: debianAdduser, source: "https://manpages.debian.org/adduser.8"},
	"addgroup": {syntax: debianSyntax, change: debianAddgroup, source: "https://manpages.debian.org/addgroup.8"},
	"deluser":  {syntax: debianRemovalSyntax, change: debianRemoval(removeUser), source: "https://manpages.debian.org/deluser.8"},
	"delgroup": {syntax: debianRemovalSyntax, change: debianRemoval(removeGroup), source: "https://manpages.debian.org/delgroup.8"},
}

var debianSyntax = optionSyntax{
	perl: true, flags: "ADGhNqSv", values: "cdfFgilLsu",
	long: "add-extra-groups=A add_extra_groups=A allow-all-names=A allow-badname=A allow-bad-names=A force-badname=A comment=c conf=F c=F " +
		"debug=q disabled-login=D disabled-password=D firstgid=f firstuid=f gecos=c gid=g group=G help=h h=h home=d ingroup=i lastgid=l " +
		"lastuid=l no-copy-skel=N no-create-home=N quiet=q q=q shell=s system=S uid=u verbose=q version=v v=v",
}

var debianRemovalSyntax = optionSyntax{
	perl: true, flags: "Ghoqrsv", values: "bF",
	long: "backup=o backup-suffix=b backup-to=b conf=F c=F debug=q group=G help=h h=h only-if-empty=o quiet=q q=q remove-all-files=r " +
		"remove-home=r system=s verbose=q version=v v=v",
}

// The applets of BusyBox.
var busyboxTools = dialect{
	"adduser": {
		syntax: optionSyntax{
			flags: "DHS", values: "Gghksu",
			long: "home=h gecos=g shell=s ingroup=G system=S disabled-password=D empty-password=D no-create-home=H uid=u skel=k",
		},
		change: busyboxAdduser,
		source: "https://busybox.net/downloads/BusyBox.html#adduser",
	},
	"addgroup": {
		syntax: optionSyntax{flags: "S", values: "g", long: "gid=g system=S"},
		change: busyboxAddgroup,
		source: "https://busybox.net/downloads/BusyBox.html#addgroup",
	},
	"deluser": {
		syntax: optionSyntax{flags: "r", long: "remove-home=r"},
		change: removal(removeUser, ""),
		source: "https://busybox.net/downloads/BusyBox.html#deluser",
	},
	"delgroup": {
		syntax: optionSyntax{},
		change: busyboxDelgroup,
		source: "https://busybox.net/downloads/BusyBox.html#delgroup",
	},
}

// redHatTools are what Red Hat's shadow-utils has beside those of others: a
// link.
var redHatTools = dialect{"adduser": shadowTools["useradd"]}

// dialectsOf returns the packages that a tool may be from, in a family of
// distributions.
func dialectsOf(family, tool string) []dialect {
	if _, ok := shadowTools[tool]; ok {
		return []dialect{shadowTools}
	}
	switch family {
	case familyDebian:
		return []dialect{debianTools}
	case familyAlpine, familyBusybox:
		return []dialect{busyboxTools}
	case familyRedHat:
		return []dialect{redHatTools}
	}
	return []dialect{debianTools, busyboxTools, redHatTools}
}

// Families of distributions, as in [Base.Distribution].
const (
	familyDebian  = "debian"
	familyAlpine  = "alpine"
	familyBusybox = "busybox"
	familyRedHat  = "redhat"
)

// isAccountTool reports whether the program manages accounts.
func isAccountTool(name string) bool {
	_, shadow := shadowTools[name]
	_, other := busyboxTools[name]
	return shadow || other
}

// sameUse are the programs that do much the same as another.
var sameUse = map[string]string{
	"useradd": "adduser", "adduser": "useradd", "groupadd": "addgroup", "addgroup": "groupadd",
	"userdel": "deluser", "deluser": "userdel", "groupdel": "delgroup", "delgroup": "groupdel",
}

func shadowUseradd(o *options, family string) (change, bool) {
	if len(o.operands) != 1 || o.has("DhPR") {
		return change{}, false
	}
	c := change{
		verb: addUser, name: o.operands[0], uid: o.numberOf('u'), home: homeIn(o, 'd'), system: o.has("r"), shared: o.has("o"),
		ownGroup: unknownGroup,
	}
	base, ok := o.given['b']
	if ok && !o.has("d") {
		c.home = argument{base.text + "/" + c.name.text, base.known && c.name.known}
	}
	group, primary := o.given['g']
	switch {
	case primary:
		c.primary(group)
		c.ownGroup = noGroup
	case o.has("N"):
		c.gid, c.ownGroup = number{given: true}, noGroup
	case o.has("K"):
	case o.has("U"), family == familyDebian, family == familyAlpine, family == familyRedHat: // USERGROUPS_ENAB is yes.
		c.ownGroup = anyIDGroup
	}
	return c, true
}

// homeIn returns the home directory that an option gives, or the usual one.
func homeIn(o *options, letter byte) argument {
	if home, ok := o.given[letter]; ok {
		return home
	}
	return argument{"/home/" + o.operands[0].text, o.operands[0].known}
}

func shadowUsermod(o *options, _ string) (change, bool) {
	if len(o.operands) != 1 || o.has("hPR") {
		return change{}, false
	}
	c := change{verb: changeUser, name: o.operands[0], newName: o.given['l'], uid: o.numberOf('u'), home: o.given['d'], shared: o.has("o")}
	if group, ok := o.given['g']; ok {
		c.primary(group)
	}
	return c, true
}

func shadowGroupadd(o *options, _ string) (change, bool) {
	if len(o.operands) != 1 || o.has("hPR") {
		return change{}, false
	}
	return change{
		verb: addGroup, name: o.operands[0], gid: o.numberOf('g'), system: o.has("r") && !o.has("K"), shared: o.has("o"), lenient: o.has("f"),
	}, true
}

func shadowGroupmod(o *options, _ string) (change, bool) {
	if len(o.operands) != 1 || o.has("hPR") {
		return change{}, false
	}
	return change{verb: changeGroup, name: o.operands[0], newName: o.given['n'], gid: o.numberOf('g'), shared: o.has("o")}, true
}

// removal returns the reader of a program that removes what its operand names.
// Options in elsewhere make it do something else.
func removal(v verb, elsewhere string) func(*options, string) (change, bool) {
	return func(o *options, _ string) (change, bool) {
		if len(o.operands) != 1 || o.has(elsewhere) {
			return change{}, false
		}
		return change{verb: v, name: o.operands[0]}, true
	}
}

func debianAdduser(o *options, family string) (change, bool) {
	if o.has("hvF") || len(o.operands) == 0 || len(o.operands) > 2 {
		return change{}, false
	}
	system := o.has("S")
	switch {
	case len(o.operands) == 2:
		return change{verb: addMember, name: o.operands[0]}, true
	case o.has("G") && !system:
		return debianAddgroup(o, family)
	}
	c := change{verb: addUser, name: o.operands[0], uid: o.numberOf('u'), home: homeIn(o, 'd'), system: system, lenient: system, ownGroup: sameIDGroup}
	if system {
		c.home = o.given['d']
	}
	byID, hasID := o.given['g']
	byName, hasName := o.given['i']
	switch {
	case hasID:
		c.primary(byID)
		c.ownGroup = noGroup
	case hasName:
		c.group, c.gid, c.ownGroup = byName, number{given: true}, noGroup
	case system && o.has("G"):
		c.ownGroup = reusedGroup
	case system:
		c.group, c.gid, c.ownGroup = argument{"nogroup", true}, number{given: true}, noGroup
	}
	return c, true
}

func debianAddgroup(o *options, _ string) (change, bool) {
	switch {
	case o.has("hvF") || len(o.operands) == 0 || len(o.operands) > 2:
		return change{}, false
	case len(o.operands) == 2:
		return change{verb: addMember, name: o.operands[0]}, true
	}
	return change{verb: addGroup, name: o.operands[0], gid: o.numberOf('g'), system: o.has("S"), lenient: o.has("S")}, true
}

// debianRemoval returns the reader of deluser and delgroup. The removal of a
// user from a group changes no account.
func debianRemoval(v verb) func(*options, string) (change, bool) {
	return func(o *options, _ string) (change, bool) {
		if o.has("hvF") || len(o.operands) == 0 || len(o.operands) > 2 {
			return change{}, false
		}
		c := change{verb: v, name: o.operands[0]}
		switch {
		case len(o.operands) == 2:
			c.verb = addMember
		case o.has("G"):
			c.verb = removeGroup
		}
		return c, true
	}
}

func busyboxAdduser(o *options, _ string) (change, bool) {
	switch n := len(o.operands); {
	case n == 0 || n > 2:
		return change{}, false
	case n == 2 && len(o.given) == 0: // With options, a second operand is ignored.
		return change{verb: addMember, name: o.operands[0]}, true
	}
	c := change{verb: addUser, name: o.operands[0], uid: o.numberOf('u'), home: homeIn(o, 'h'), system: o.has("S"), ownGroup: sameIDGroup}
	group, ok := o.given['G']
	switch {
	case ok:
		c.primary(group)
		c.ownGroup = noGroup
	case c.system:
		c.group, c.gid, c.ownGroup = argument{"nogroup", true}, number{given: true}, noGroup
	}
	return c, true
}

func busyboxAddgroup(o *options, _ string) (change, bool) {
	switch len(o.operands) {
	case 1:
		return change{verb: addGroup, name: o.operands[0], gid: o.numberOf('g'), system: o.has("S")}, true
	case 2:
		return change{verb: addMember, name: o.operands[0]}, true
	}
	return change{}, false
}

func busyboxDelgroup(o *options, _ string) (change, bool) {
	switch len(o.operands) {
	case 1:
		return change{verb: removeGroup, name: o.operands[0]}, true
	case 2:
		return change{verb: addMember, name: o.operands[0]}, true
	}
	return change{}, false
}
