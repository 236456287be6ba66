// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// baseFolder is a folder that every image of a distribution has.
type baseFolder struct {
	path string
	mode uint32
	// group is set where older releases give the folder to another group, with
	// the set-group-ID bit.
	group bool
	// solid is set where nothing in it is a symbolic link.
	solid bool
}

// commonFolders are those of the Filesystem Hierarchy Standard that the
// distributions agree on, https://refspecs.linuxfoundation.org/FHS_3.0/fhs/.
// /bin, /sbin and /lib are left out: whether they are links depends on the
// release.
var commonFolders = []baseFolder{
	{path: "/", mode: 0o755, solid: true},
	{path: "/etc", mode: 0o755},
	{path: "/home", mode: 0o755, solid: true},
	{path: "/mnt", mode: 0o755, solid: true},
	{path: "/opt", mode: 0o755, solid: true},
	{path: "/srv", mode: 0o755, solid: true},
	{path: "/tmp", mode: 0o1777, solid: true},
	{path: "/usr", mode: 0o755},
	{path: "/usr/bin", mode: 0o755},
	{path: "/var", mode: 0o755},
	{path: "/var/lib", mode: 0o755},
}

// distributions are the folders of each distribution, and their source.
var distributions = map[string]struct {
	source  string
	folders []baseFolder
}{
	"debian": {
		// Before Debian 10 /usr/local was root:staff, 2775.
		source: "https://sources.debian.org/src/base-files/",
		folders: append([]baseFolder{
			{path: "/root", mode: 0o700},
			{path: "/usr/local", mode: 0o755, group: true},
			{path: "/usr/local/bin", mode: 0o755, group: true},
		}, commonFolders...),
	},
	"alpine": {
		source: "https://gitlab.alpinelinux.org/alpine/aports/-/tree/master/main/alpine-baselayout",
		folders: append([]baseFolder{
			{path: "/root", mode: 0o700},
			{path: "/usr/local", mode: 0o755},
			{path: "/usr/local/bin", mode: 0o755},
		}, commonFolders...),
	},
	"redhat": {
		// Rows of /bin and below are links to /usr; /root is "dr-xr-x---".
		source: "https://src.fedoraproject.org/rpms/filesystem",
		folders: append([]baseFolder{
			{path: "/root", mode: 0o550},
			{path: "/usr/local", mode: 0o755},
			{path: "/usr/local/bin", mode: 0o755},
		}, commonFolders...),
	},
}

// otherFolders are those in the root that are links in some releases, or hold
// some.
var otherFolders = []string{"/bin", "/dev", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys"}

// ownFolders are places below others for the code of an application, where no
// image of the table of known bases has something.
var ownFolders = []string{"/opt/app", "/opt/function"}

// baseNames are the names in the root of the known bases: those of the
// Filesystem Hierarchy Standard, and what single images add.
var baseNames = strings.Fields("afs bin boot dev efi etc home lib lib32 lib64 libx32 lost+found media mnt opt proc root run sbin selinux srv sys tmp usr var " +
	"anaconda-post.log arch backup bitnami busybox cert certs code-server cuda cuda-keyring_1.0-1_all.deb cuda-keyring_1.1-1_all.deb " +
	"data config deno-dir docker-entrypoint.d docker-entrypoint.sh docker-entrypoint-init.d entrypoint.sh git go host io java lambda-entrypoint.sh " +
	"nix nodejs NGC-DL-CONTAINER-LICENSE pkgs swift tini usr-local uv uvx venv vol workspace __cacert_entrypoint.sh")

// isOwn reports whether a name in a folder is a place that only the developer
// puts something at: in the root, a home, or a folder for code.
func isOwn(dir, name string) bool {
	switch dir {
	case "/":
		return !slices.Contains(baseNames, name)
	case "/home":
		return true
	default:
		return slices.Contains(ownFolders, path.Join(dir, name))
	}
}

// distribution adds the folders that every image of the base's distribution
// has.
func (t *tree) distribution(base *Base) {
	system, known := distributions[t.system]
	if !known {
		return
	}
	for _, f := range system.folders {
		mode := fixed(f.mode)
		if f.group {
			mode = mode.without(setGID)
		}
		n := t.exactly(f.path, "").node
		n.exists, n.kind, n.asDir, n.uid, n.gid = there, folder, mode, fixedID(0), fixedID(0)
	}
	for _, name := range otherFolders {
		t.exactly(name, "")
	}
	for _, f := range system.folders {
		if f.solid {
			t.exactly(f.path, "").rest = &node{kind: noLink}
		}
	}
	t.homes(base.Accounts)
	t.own(base)
}

// own notes that nothing is at the places of the developer's own, but for what
// the base's configuration speaks of.
func (t *tree) own(base *Base) {
	workdir, _, err := base.Config.WorkingDir.Get()
	volumes := base.Config.Volumes
	if err != nil || volumes.Rest != nil {
		return
	}
	for _, name := range baseNames {
		t.exactly("/"+name, "")
	}
	for _, name := range append(volumes.Have, workdir) {
		t.exactly(path.Clean("/"+name), "")
	}
	for _, name := range ownFolders {
		if n := t.exactly(name, ""); n.kids == nil {
			n.replace(&node{exists: absent, rest: &node{exists: absent}})
		}
	}
	t.root.rest = &node{exists: absent, own: true}
}

// homes notes what is in /home, where all accounts of a known base are known:
// none but theirs.
func (t *tree) homes(accounts *check.Accounts) {
	if accounts == nil || accounts.Rest != nil {
		return
	}
	for _, user := range accounts.Users {
		if strings.HasPrefix(user.Home, "/home/") {
			t.exactly(path.Clean(user.Home), "")
		}
	}
	t.exactly("/home", "").rest = &node{exists: absent, own: true}
}
