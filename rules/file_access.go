// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// ownership returns a file's mode, as chmod writes it, and owner as messages
// tell them.
func ownership(o check.Owned) string {
	mode := o.Mode.Perm()
	for _, special := range []struct{ bit, octal fs.FileMode }{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if o.Mode&special.bit != 0 {
			mode |= special.octal
		}
	}
	return fmt.Sprintf("%04o, owned by %d:%d", uint32(mode), o.UID, o.GID)
}

// beforeUser introduces a line of a Dockerfile that needs root: behind USER, RUN is
// no longer root.
const beforeUser = "; the line goes before USER:\n\n"

// chmodLine returns the line of a Dockerfile that gives the identity what it
// needs of the file.
func chmodLine(o check.Owned, who check.Identity, need check.Need) string {
	class := "o"
	switch {
	case o.UID == who.UID:
		class = "u"
	case o.GID == who.GID:
		class = "g"
	}
	var letters strings.Builder
	for _, bit := range []struct {
		need   check.Need
		letter string
	}{{check.Read, "r"}, {check.Write, "w"}, {check.Execute, "x"}} {
		if need&bit.need != 0 {
			letters.WriteString(bit.letter)
		}
	}
	return "RUN chmod " + class + "+" + letters.String() + " " + named(o.Path, "<path>")
}

// named returns a name or path of the image for a line that is there to be
// typed, or the placeholder where it had better not stand there.
func named(text, placeholder string) string {
	if typeable(text) {
		return text
	}
	return placeholder
}

// isRootsHome reports whether the file is the home of root or lies in it.
func isRootsHome(name string) bool { return isWithin(name, "/root") }

// isWithin reports whether the absolute path is the folder or lies in it.
func isWithin(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, strings.TrimSuffix(folder, "/")+"/")
}

// kindOf says what a file is that is not of the kind it should be.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeDevice != 0:
		return "a device"
	default:
		return "a pipe"
	}
}
