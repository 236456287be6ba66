// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// osRelease describes the distribution:
// https://www.freedesktop.org/software/systemd/man/latest/os-release.html
const osRelease = "/etc/os-release"

// families are the families of distributions by the ID that a member has, or
// names as the one it is like.
var families = map[string]string{
	"alpine": "alpine",
	"debian": "debian",
	"ubuntu": "debian",
	"centos": "redhat",
	"fedora": "redhat",
	"rhel":   "redhat",
	"suse":   "suse",
}

// accountTools are the programs that manage accounts, and toolFolders where
// distributions have them.
var (
	accountTools = []string{
		"adduser", "addgroup", "deluser", "delgroup",
		"useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel",
	}
	toolFolders = []string{"usr/sbin", "usr/bin", "sbin", "bin", "usr/local/sbin", "usr/local/bin"}
)

// distributionOf returns the family of an image's distribution and its programs
// that manage accounts. To see that a program is absent takes all layers. So
// they are looked for only where those are at hand (costly is nil) or small, as
// Alpine's are; otherwise costly is why the programs are not known.
func distributionOf(fsys fs.FS, costly error) (string, check.Set) {
	text, err := readAccountFile(fsys, osRelease)
	if err != nil {
		return "", check.Set{Rest: err}
	}
	family := familyOf(string(text))
	if costly != nil && text != nil && family != "alpine" {
		return family, check.Set{Rest: costly} // Without the text all layers were read in search of it.
	}
	tools := toolsIn(fsys)
	if text == nil && isBusybox(fsys) {
		family = "busybox"
	}
	return family, tools
}

// familyOf returns the family that a file os-release tells, "" for none that is
// known.
func familyOf(text string) string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[key] = strings.Trim(value, `"'`)
	}
	for _, id := range append([]string{values["ID"]}, strings.Fields(values["ID_LIKE"])...) {
		if family, ok := families[id]; ok {
			return family
		}
	}
	return ""
}

// toolsIn looks for the programs that manage accounts.
func toolsIn(fsys fs.FS) check.Set {
	var set check.Set
	for _, tool := range accountTools {
		found, err := foundIn(fsys, toolFolders, tool)
		switch {
		case err != nil:
			set.Rest = err
		case found:
			set.Have = append(set.Have, tool)
		}
	}
	return set
}

// isBusybox reports whether the programs of an image that names no
// distribution are BusyBox's.
func isBusybox(fsys fs.FS) bool {
	found, err := foundIn(fsys, []string{"bin"}, "busybox")
	return err == nil && found
}

func foundIn(fsys fs.FS, folders []string, name string) (bool, error) {
	for _, folder := range folders {
		_, err := fs.Stat(fsys, folder+"/"+name)
		switch {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, rootfs.ErrLinkLoop):
			return false, err
		}
	}
	return false, nil
}
