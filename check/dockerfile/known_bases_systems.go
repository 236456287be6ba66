// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"slices"
	"strings"
)

// baseSystem is what the images built on one release of a distribution have in
// common.
//
// A user is written "name:uid:gid:home", a group "name:gid". A "?" in front
// marks one that not every image has, or not with these values.
type baseSystem struct {
	source string // where its facts can be read
	family string // Base.Distribution

	env           []string // as knownImage.env
	cmd           []string
	users, groups []string
	more          bool     // there may be other accounts
	tools         []string // programs that manage accounts
	maybeTools    []string // those that not every image has
}

// Programs that manage accounts, by the package that brings them. Red Hat's
// adduser is a link to useradd.
var (
	passwdTools      = []string{"useradd", "userdel", "usermod", "groupadd", "groupdel", "groupmod"}
	adduserTools     = []string{"adduser", "deluser", "addgroup", "delgroup"}
	shadowUtilsTools = append([]string{"adduser"}, passwdTools...)
)

// Accounts that every release of Debian and Ubuntu has, from its package
// base-passwd, and those that come and go.
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
	debianUsers11 = extend(debianUsers, "irc:39:39:/run/ircd", "gnats:41:41:/var/lib/gnats", "_apt:100:65534:/nonexistent")
	debianUsers12 = extend(debianUsers, "irc:39:39:/run/ircd", "_apt:42:65534:/nonexistent")
	gnatsGroups   = extend(debianGroups, "gnats:41")
	someDebian    = extend(debianUsers, "?irc:39:39:/run/ircd", "?gnats:41:41:/var/lib/gnats", "?_apt:42:65534:/nonexistent", "?_apt:100:65534:/nonexistent")
	someGroups    = extend(debianGroups, "?gnats:41")
)

// Accounts of Alpine, from its package alpine-baselayout. Some of old were
// dropped, and homes moved.
var (
	alpineUsers = []string{
		"root:0:0:/root", "bin:1:1:/bin", "daemon:2:2:/sbin", "lp:4:7:/var/spool/lpd", "sync:5:0:/sbin",
		"shutdown:6:0:/sbin", "halt:7:0:/sbin", "news:9:13:/usr/lib/news", "uucp:10:14:/var/spool/uucppublic",
		"cron:16:16:/var/spool/cron", "ftp:21:21:/var/lib/ftp", "sshd:22:22:/dev/null", "games:35:35:/usr/games",
		"ntp:123:123:/var/empty", "guest:405:100:/dev/null", "nobody:65534:65534:/",
		"?mail:8:12:/var/mail", "?mail:8:12:/var/spool/mail",
		"?adm:3:4:/var/adm", "?operator:11:0:/root", "?man:13:15:/usr/man", "?postmaster:14:12:/var/mail",
		"?at:25:25:/var/spool/cron/atjobs", "?squid:31:31:/var/cache/squid", "?xfs:33:33:/etc/X11/fs",
		"?postgres:70:70:/var/lib/postgresql", "?cyrus:85:12:/usr/cyrus", "?vpopmail:89:89:/var/vpopmail",
		"?smmsp:209:209:/var/spool/mqueue",
	}
	alpineGroups = []string{
		"root:0", "bin:1", "daemon:2", "sys:3", "adm:4", "tty:5", "disk:6", "lp:7", "kmem:9", "wheel:10", "floppy:11",
		"mail:12", "news:13", "uucp:14", "cron:16", "audio:18", "cdrom:19", "dialout:20", "ftp:21", "sshd:22", "input:23",
		"tape:26", "video:27", "netdev:28", "kvm:34", "games:35", "shadow:42", "users:100", "ntp:123", "utmp:406", "ping:999",
		"nogroup:65533", "nobody:65534",
		"?mem:8", "?man:15", "?console:17", "?at:25", "?readproc:30", "?squid:31", "?xfs:33", "?postgres:70", "?cdrw:80",
		"?www-data:82", "?usb:85", "?vpopmail:89", "?nofiles:200", "?smmsp:209", "?locate:245", "?abuild:300",
	}
)

// Accounts of Red Hat's distributions, from their package setup.
var (
	redhatUsers  = []string{"root:0:0:/root", "bin:1:1:/bin", "adm:3:4:/var/adm", "lp:4:7:/var/spool/lpd", "mail:8:12:/var/spool/mail", "operator:11:0:/root", "games:12:100:/usr/games", "ftp:14:50:/var/ftp"}
	redhatGroups = []string{
		"root:0", "bin:1", "daemon:2", "sys:3", "adm:4", "tty:5", "disk:6", "lp:7", "mem:8", "kmem:9", "wheel:10", "cdrom:11",
		"mail:12", "man:15", "dialout:18", "floppy:19", "games:20", "tape:33", "video:39", "ftp:50", "audio:63", "users:100",
	}
)

var (
	onlyRoot     = []string{"root:0:0:/root"}
	onlyRootGrp  = []string{"root:0"}
	pathVariable = []string{"PATH=" + defaultPath}
	binBash      = []string{"/bin/bash"}
)

// extend returns the list with more at its end.
func extend(list []string, more ...string) []string { return slices.Concat(list, more) }

const (
	debianSource = "https://github.com/debuerreotype/docker-debian-artifacts"
	ubuntuSource = "https://git.launchpad.net/cloud-images/+oci/ubuntu-base"
	redhatSource = "https://pagure.io/setup/blob/master/f/passwd"
)

// baseSystems are the systems by the word for them in a variant. Those without
// a release are every release that the table's images were built on.
var baseSystems = map[string]*baseSystem{
	"debian": {
		source: debianSource, family: "debian", env: pathVariable, cmd: []string{"bash"},
		users: someDebian, groups: someGroups, tools: passwdTools, maybeTools: adduserTools,
	},
	"old-debian": { // every release before 13
		source: debianSource, family: "debian", env: pathVariable, cmd: []string{"bash"},
		users: someDebian, groups: someGroups, tools: extend(passwdTools, adduserTools...),
	},
	"stretch": {
		source: debianSource, family: "debian", env: pathVariable, cmd: []string{"bash"},
		users: someDebian, groups: gnatsGroups, tools: extend(passwdTools, adduserTools...),
	},
	"buster": {
		source: debianSource, family: "debian", env: pathVariable, cmd: []string{"bash"},
		users:  extend(debianUsers, "irc:39:39:/var/run/ircd", "gnats:41:41:/var/lib/gnats", "_apt:100:65534:/nonexistent"),
		groups: gnatsGroups, tools: extend(passwdTools, adduserTools...),
	},
	"bullseye": {
		source: debianSource, family: "debian", env: pathVariable, cmd: []string{"bash"},
		users: debianUsers11, groups: gnatsGroups, tools: extend(passwdTools, adduserTools...),
	},
	"bookworm": {
		source: debianSource, family: "debian", env: pathVariable, cmd: []string{"bash"},
		users: debianUsers12, groups: debianGroups, tools: extend(passwdTools, adduserTools...),
	},
	"trixie": { // the first whose apt does not need adduser
		source: debianSource, family: "debian", env: pathVariable, cmd: []string{"bash"},
		users: debianUsers12, groups: debianGroups, tools: passwdTools,
	},
	"ubuntu": {
		source: ubuntuSource, family: "debian", env: pathVariable, cmd: binBash,
		users: extend(someDebian, "?ubuntu:1000:1000:/home/ubuntu"), groups: extend(someGroups, "?ubuntu:1000"),
		tools: passwdTools, maybeTools: adduserTools,
	},
	"bionic": {
		source: ubuntuSource, family: "debian", env: pathVariable, cmd: binBash,
		users: someDebian, groups: gnatsGroups, tools: extend(passwdTools, adduserTools...),
	},
	"focal": {
		source: ubuntuSource, family: "debian", env: pathVariable, cmd: binBash,
		users:  extend(debianUsers, "irc:39:39:/var/run/ircd", "gnats:41:41:/var/lib/gnats", "_apt:100:65534:/nonexistent"),
		groups: gnatsGroups, tools: extend(passwdTools, adduserTools...),
	},
	"jammy": {
		source: ubuntuSource, family: "debian", env: pathVariable, cmd: binBash,
		users: debianUsers11, groups: gnatsGroups, tools: extend(passwdTools, adduserTools...),
	},
	"noble": { // the first with an account of its own, and without adduser
		source: ubuntuSource, family: "debian", env: pathVariable, cmd: binBash,
		users: extend(debianUsers12, "ubuntu:1000:1000:/home/ubuntu"), groups: extend(debianGroups, "ubuntu:1000"),
		tools: passwdTools,
	},
	"other-ubuntu": { // releases without a row of their own, as old ones and those between the long-term ones
		source: ubuntuSource, family: "debian", env: pathVariable, cmd: binBash,
		users: extend(someDebian, "?ubuntu:1000:1000:/home/ubuntu"), groups: extend(someGroups, "?ubuntu:1000"), more: true,
		tools: passwdTools, maybeTools: adduserTools,
	},
	"resolute": {
		source: ubuntuSource, family: "debian", env: pathVariable, cmd: binBash,
		users: extend(debianUsers12, "ubuntu:1000:1000:/home/ubuntu"), groups: extend(debianGroups, "ubuntu:1000"),
		tools: passwdTools, maybeTools: adduserTools,
	},
	"alpine": {
		source: "https://gitlab.alpinelinux.org/alpine/aports/-/tree/master/main/alpine-baselayout",
		family: "alpine", env: pathVariable, cmd: []string{"/bin/sh"},
		users: alpineUsers, groups: alpineGroups, tools: adduserTools,
	},
	"busybox": {
		source: "https://github.com/docker-library/busybox", family: "busybox", env: pathVariable, cmd: []string{"sh"},
		users: onlyRoot, groups: onlyRootGrp, more: true, tools: adduserTools,
	},
	"redhat": {
		source: redhatSource, family: "redhat", env: pathVariable, cmd: binBash,
		users: redhatUsers, groups: redhatGroups, more: true, maybeTools: shadowUtilsTools,
	},
	"ubi": { // RHEL with package shadow-utils
		source: redhatSource, family: "redhat", env: extend(pathVariable, "container=oci"), cmd: binBash,
		users: redhatUsers, groups: redhatGroups, more: true, tools: shadowUtilsTools,
	},
	"ubi-minimal": {
		source: redhatSource, family: "redhat", env: extend(pathVariable, "container=oci"), cmd: binBash,
		users: redhatUsers, groups: redhatGroups, more: true, maybeTools: shadowUtilsTools,
	},
	"suse": {
		source: "https://registry.opensuse.org/cgi-bin/cooverview?srch_term=project%3D%5EopenSUSE%3AContainers%3A",
		family: "suse", env: pathVariable, cmd: binBash,
		users: onlyRoot, groups: onlyRootGrp, more: true, maybeTools: passwdTools,
	},
	"arch": {
		source: "https://gitlab.archlinux.org/archlinux/archlinux-docker", family: "arch", env: pathVariable, cmd: []string{"/usr/bin/bash"},
		users: onlyRoot, groups: onlyRootGrp, more: true, tools: passwdTools,
	},
	"openeuler": {
		source: "https://gitee.com/openeuler/openeuler-docker-images", env: pathVariable, cmd: []string{"bash"},
		users: onlyRoot, groups: onlyRootGrp, more: true, maybeTools: shadowUtilsTools,
	},
	"wolfi": {
		source: "https://edu.chainguard.dev/chainguard/chainguard-images/overview/", env: []string{"PATH"},
		users: onlyRoot, groups: onlyRootGrp, more: true, maybeTools: extend(passwdTools, adduserTools...),
	},
	"distroless": {
		source: "https://github.com/GoogleContainerTools/distroless/blob/main/common/BUILD.bazel",
		env:    pathVariable,
		users:  extend(onlyRoot, "nobody:65534:65534:/nonexistent", "nonroot:65532:65532:/home/nonroot"),
		groups: extend(onlyRootGrp, "nobody:65534", "tty:5", "staff:50", "nonroot:65532"),
	},
	"distroless-debug": { // has BusyBox in /busybox
		source: "https://github.com/GoogleContainerTools/distroless/blob/main/common/BUILD.bazel",
		env:    pathVariable,
		users:  extend(onlyRoot, "nobody:65534:65534:/nonexistent", "nonroot:65532:65532:/home/nonroot"),
		groups: extend(onlyRootGrp, "nobody:65534", "tty:5", "staff:50", "nonroot:65532"), maybeTools: adduserTools,
	},
	"chiseled": {
		source: "https://github.com/dotnet/dotnet-docker/blob/main/documentation/ubuntu-chiseled.md",
		env:    pathVariable, users: onlyRoot, groups: onlyRootGrp,
	},
	"nothing": {source: "https://docs.docker.com/build/building/base-images/", env: pathVariable},
}

// releaseWords are other words for a system.
var releaseWords = map[string]string{
	"ubuntu18.04": "bionic", "ubuntu20.04": "focal", "ubuntu22.04": "jammy", "ubuntu24.04": "noble", "ubuntu26.04": "resolute",
	"ubi8": "ubi", "ubi9": "ubi", "rockylinux8": "redhat", "rockylinux9": "redhat",
	"al2": "redhat", "al2023": "redhat", "amazonlinux2": "redhat", "oraclelinux7": "redhat", "oraclelinux8": "redhat",
}

// system returns the system of a tag: that of the last word of the variant
// which names one, as in "noble-chiseled", where the second says more.
func (k *knownImage) system(tag tagParts) *baseSystem {
	for _, word := range slices.Backward(strings.Split(tag.variant, "-")) {
		if name, ok := releaseWords[word]; ok {
			word = name
		}
		if strings.HasPrefix(word, "alpine") {
			word = "alpine"
		}
		if s, ok := baseSystems[word]; ok {
			return s
		}
	}
	if k.on == "debian" && k.old != "" && wholly(k.old).MatchString(tag.version) {
		return baseSystems["old-debian"]
	}
	return baseSystems[k.on]
}
