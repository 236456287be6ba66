// SPDX-License-Identifier: Apache-2.0

package dockerfile

import "strings"

// baseSystem is what the images built on one release of a distribution have in
// common.
//
// A user is written "name:uid:gid:home", a group "name:gid". A "?" in front
// marks one that not every image has, or not with these values.
type baseSystem struct {
	source string
	family string // Base.Distribution

	env           []string
	cmd           []string
	users, groups []string
	more          bool     // there may be other accounts
	tools         []string // programs that manage accounts
	maybeTools    []string // those that not every image has
}

// Programs that manage accounts, by the package that brings them.
var (
	passwdTools  = []string{"useradd", "userdel", "usermod", "groupadd", "groupdel", "groupmod"}
	adduserTools = []string{"adduser", "deluser", "addgroup", "delgroup"}
)

// Accounts that every Debian and Ubuntu release has, from package base-passwd.
var (
	debianUsers = []string{
		"root:0:0:/root", "daemon:1:1:/usr/sbin", "bin:2:2:/bin", "sys:3:3:/dev", "sync:4:65534:/bin",
		"games:5:60:/usr/games", "man:6:12:/var/cache/man", "lp:7:7:/var/spool/lpd", "mail:8:8:/var/mail",
		"news:9:9:/var/spool/news", "uucp:10:10:/var/spool/uucp", "proxy:13:13:/bin", "www-data:33:33:/var/www",
		"backup:34:34:/var/backups", "list:38:38:/var/list", "nobody:65534:65534:/nonexistent",
	}
	debianGroups = []string{
		"root:0", "daemon:1", "bin:2", "sys:3", "adm:4", "tty:5", "disk:6", "lp:7", "mail:8", "news:9", "uucp:10",
		"man:12", "proxy:13", "kmem:15", "dialout:20", "fax:21", "voice:22", "cdrom:24", "floppy:25", "tape:26",
		"sudo:27", "audio:29", "dip:30", "www-data:33", "backup:34", "operator:37", "list:38", "irc:39", "src:40",
		"shadow:42", "utmp:43", "video:44", "sasl:45", "plugdev:46", "staff:50", "games:60", "users:100", "nogroup:65534",
	}
)

// Accounts of Alpine, from package alpine-baselayout.
var (
	alpineUsers = []string{
		"root:0:0:/root", "bin:1:1:/bin", "daemon:2:2:/sbin", "lp:4:7:/var/spool/lpd", "sync:5:0:/sbin",
		"shutdown:6:0:/sbin", "halt:7:0:/sbin", "nobody:65534:65534:/",
	}
	alpineGroups = []string{
		"root:0", "bin:1", "daemon:2", "sys:3", "adm:4", "tty:5", "disk:6", "lp:7", "kmem:9", "wheel:10", "floppy:11",
		"mail:12", "news:13", "uucp:14", "audio:18", "cdrom:19", "dialout:20", "tape:26", "video:27", "users:100",
		"nogroup:65533", "nobody:65534",
	}
)

// baseSystems are the systems by the word for them in a variant.
var baseSystems = map[string]*baseSystem{
	"debian": {
		source: "https://github.com/debuerreotype/docker-debian-artifacts", family: "debian",
		env: []string{"PATH=" + defaultPath}, cmd: []string{"bash"},
		users: debianUsers, groups: debianGroups, more: true,
		tools: passwdTools, maybeTools: adduserTools,
	},
	"alpine": {
		source: "https://gitlab.alpinelinux.org/alpine/aports/-/tree/master/main/alpine-baselayout", family: "alpine",
		env: []string{"PATH=" + defaultPath}, cmd: []string{"/bin/sh"},
		users: alpineUsers, groups: alpineGroups, more: true,
		tools: adduserTools,
	},
}

// system returns the system of a variant.
func (k *knownImage) system(variant string) *baseSystem {
	for word := range strings.SplitSeq(variant, "-") {
		word = strings.TrimRight(word, ".0123456789")
		if s, ok := baseSystems[word]; ok {
			return s
		}
	}
	return baseSystems[k.on]
}
