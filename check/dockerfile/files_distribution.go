// SPDX-License-Identifier: Apache-2.0

package dockerfile

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
			{path: "/usr/local", mode: 0o755, group: true}, {path: "/usr/local/bin", mode: 0o755, group: true},
		}, commonFolders...),
	},
	"alpine": {
		source: "https://gitlab.alpinelinux.org/alpine/aports/-/tree/master/main/alpine-baselayout",
		folders: append([]baseFolder{
			{path: "/root", mode: 0o700},
			{path: "/usr/local", mode: 0o755}, {path: "/usr/local/bin", mode: 0o755},
		}, commonFolders...),
	},
	"redhat": {
		// Rows of /bin and below are links to /usr; /root is "dr-xr-x---".
		source: "https://src.fedoraproject.org/rpms/filesystem",
		folders: append([]baseFolder{
			{path: "/root", mode: 0o550},
			{path: "/usr/local", mode: 0o755}, {path: "/usr/local/bin", mode: 0o755},
		}, commonFolders...),
	},
}

// otherFolders are those in the root that are links in some releases, or hold
// some.
var otherFolders = []string{"/bin", "/dev", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys"}

// distribution adds the folders that every image of the base's distribution
// has.
func (t *tree) distribution() {
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
}
