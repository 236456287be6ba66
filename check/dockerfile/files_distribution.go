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
	{path: "/opt", mode: 0o755, solid: true},
	{path: "/tmp", mode: 0o1777, solid: true},
	{path: "/usr", mode: 0o755},
	{path: "/usr/bin", mode: 0o755},
	{path: "/var", mode: 0o755},
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

// ownFolders are places for the code of an application where no image of the
// table of known bases has something, unless its WORKDIR says so.
var ownFolders = []string{"/app", "/code", "/function", "/opt/app", "/opt/function", "/service"}

// isOwn reports whether a name in a folder is a place that only the developer
// puts something at: a home, or a folder for code.
func isOwn(dir, name string) bool {
	return dir == "/home" || slices.Contains(ownFolders, path.Join(dir, name))
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
	workdir, _, err := base.Config.WorkingDir.Get()
	for _, name := range ownFolders {
		if err == nil && !strings.HasPrefix(workdir+"/", name+"/") {
			t.exactly(name, "").replace(&node{exists: absent, rest: &node{exists: absent}})
		}
	}
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
