// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// ownership returns a file's mode and owner as messages tell them.
func ownership(o check.Owned) string {
	return fmt.Sprintf("%s, owned by %d:%d", o.Octal(), o.UID, o.GID)
}

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
	letters := ""
	for _, bit := range []struct {
		need   check.Need
		letter string
	}{{check.Read, "r"}, {check.Write, "w"}, {check.Execute, "x"}} {
		if need&bit.need != 0 {
			letters += bit.letter
		}
	}
	return "RUN chmod " + class + "+" + letters + " " + shellWord(o.Path)
}

// plainWord is a word that a shell takes as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./@%+=:,-]+$`)

// shellWord returns the text as one word of a shell.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// isRootsHome reports whether the file is the home of root or lies in it.
func isRootsHome(name string) bool { return isWithin(name, "/root") }

// isWithin reports whether the absolute path is the folder or lies in it.
func isWithin(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, strings.TrimSuffix(folder, "/")+"/")
}

// fsName returns an absolute path as package fs spells it.
func fsName(name string) string {
	if name = strings.TrimPrefix(path.Clean("/"+name), "/"); name == "" {
		return "."
	}
	return name
}

// kindOf says what a file is that is no regular one.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	default:
		return "no regular file"
	}
}
