// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// etc is the folder of the files of accounts.
const etc = "/etc"

// files notes what a program may do that changes the files it names.
func (r *accountRun) files(call *check.Call) {
	name := call.Name()
	if name == "tar" {
		r.unpack(call)
		return
	}
	for i := 1; i < len(call.Args); i++ {
		file := namedFile(call, i)
		switch {
		case file == "" || isSource(call, i):
		case file == passwdFile || file == groupFile:
			r.replaced(file, unsure(r.at, "runs %s on %s", name, file))
		case !movesElsewhere(call, i, file):
			r.doubt(unsure(r.at, "runs %s, which may change %s", name, passwdFile))
		}
	}
}

// namedFile returns the file of accounts that the word of a call names, or the
// folder if it may name one that holds them; "" for another file.
func namedFile(call *check.Call, i int) string {
	name := call.Args[i]
	if strings.Contains(name, "://") {
		return ""
	}
	if strings.HasPrefix(name, "-") {
		at := strings.IndexAny(name, "=/")
		if at < 0 {
			return ""
		}
		name = strings.TrimPrefix(name[at:], "=")
	}
	if call.IsUnexpanded(i) {
		return namedByPattern(name)
	}
	if !path.IsAbs(name) && path.IsAbs(call.Dir) {
		name = path.Join(call.Dir, name)
	}
	switch file := accountFile(name); {
	case file != "":
		return file
	case path.Clean(name) == "/" || path.Clean(name) == etc:
		return etc
	}
	return ""
}

// namedByPattern does the same for a word that is known only to the running
// shell: what stands before the first special character decides.
func namedByPattern(name string) string {
	special := strings.IndexAny(name, "$`\"'\\*?[{~")
	if special < 0 {
		special = len(name)
	}
	prefix, rest := name[:special], name[special:]
	switch {
	case path.IsAbs(prefix) && (strings.HasPrefix(passwdFile, prefix) || strings.HasPrefix(groupFile, prefix) || strings.Contains(rest, "..")):
		return etc
	case prefix == "" && strings.ContainsAny(rest, "$`"):
		return etc // A variable may hold any path.
	}
	return ""
}

// accountFile returns the file of accounts that a path names, or "". A relative
// path counts by its last part, as the directory may be any.
func accountFile(name string) string {
	for _, file := range []string{passwdFile, groupFile} {
		if path.Clean(name) == file || !path.IsAbs(name) && path.Base(name) == path.Base(file) {
			return file
		}
	}
	return ""
}

// isSource reports whether the program only reads the file that the word names.
func isSource(call *check.Call, i int) bool {
	switch call.Name() {
	case "cp", "install", "ln":
		return i < len(call.Args)-1 && !slices.ContainsFunc(call.Args, namesTarget)
	}
	return false
}

// namesTarget reports whether an option of cp and the like names the folder
// that files are copied to.
func namesTarget(arg string) bool {
	return strings.HasPrefix(arg, "-t") || strings.HasPrefix(arg, "--target")
}

// movesElsewhere reports whether the last word of a call is a folder that
// other files are put into than those of accounts.
func movesElsewhere(call *check.Call, i int, folder string) bool {
	if i < len(call.Args)-1 || !slices.Contains([]string{"cp", "install", "ln", "mv"}, call.Name()) {
		return false
	}
	for n, source := range call.Args[1:i] {
		if strings.HasPrefix(source, "-") && !namesTarget(source) {
			continue
		}
		base := path.Base(source)
		if call.IsUnexpanded(n+1) || slices.Contains([]string{".", "..", "/", "etc", "passwd", "group"}, base) {
			return false
		}
	}
	return !call.IsUnexpanded(i) && folder == etc
}

// unpack notes what tar may write, which depends on the folder it works in. An
// archive with a root file system in it is unpacked into / on purpose, by -C.
func (r *accountRun) unpack(call *check.Call) {
	folder, known, chosen := call.Dir, true, false
	for i, arg := range call.Args[1:] {
		if value, ok := strings.CutPrefix(arg, "--directory="); ok {
			folder, known, chosen = value, !call.IsUnexpanded(i+1), true
		}
		if (arg == "-C" || arg == "--directory") && i+2 < len(call.Args) {
			folder, known, chosen = call.Args[i+2], !call.IsUnexpanded(i+2), true
		}
	}
	mode := ""
	if len(call.Args) > 1 {
		mode = call.Args[1]
	}
	creates := !strings.HasPrefix(mode, "--") && strings.ContainsAny(mode, "ct") && !strings.Contains(mode, "x")
	folder = path.Clean(folder)
	if creates || !chosen && folder != etc || known && path.IsAbs(folder) && folder != "/" && folder != etc {
		return
	}
	r.doubt(unsure(r.at, "unpacks an archive that may hold %s", passwdFile))
}
