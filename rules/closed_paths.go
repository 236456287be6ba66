// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// argument is a path among the arguments of a call.
type argument struct {
	path   string // absolute
	script bool   // an interpreter is told to run it
	inRoot bool   // it was written as a relative path and is resolved from /
	at     check.Location
}

// maxArguments bounds how many paths of a command are looked at.
const maxArguments = 1_000

// argumentsOf returns the paths among the arguments of the calls that are
// certain to run, and the verdict on the first that cannot be judged, nil for
// none.
func argumentsOf(f *check.Function, cmd *check.Command) (list []argument, unknown *check.Verdict) {
	if isUncertain(cmd) {
		return nil, nil
	}
	note := func(v check.Verdict) {
		if unknown == nil {
			unknown = &v
		}
	}
	for _, call := range cmd.Calls {
		if call.Conditional || cmd.Shell != "" && shellBuiltins.has(call.Args[0]) {
			continue // a builtin such as test may ask for what is not there
		}
		l := recognise(call)
		for i, word := range call.Args {
			isScript := i == l.scriptIndex
			switch {
			case i == 0:
			case call.IsUnexpanded(i):
				if isScript || strings.Contains(word, "/") && !strings.Contains(word, "://") {
					note(knownToShell(word))
				}
			case isScript:
				list = append(list, scriptArgument(call, l.script)...)
			default:
				for _, name := range pathsIn(word) {
					list = append(list, argument{path: name, at: call.At})
				}
			}
		}
	}
	list = slices.DeleteFunc(list, func(a argument) bool {
		mounted := isMounted(f, a.path)
		if mounted && a.script {
			note(onMount(a.path))
		}
		return mounted
	})
	if len(list) > maxArguments {
		note(check.Unknownf("shorten the start command", "the start command names more than 1,000 paths"))
		list = list[:maxArguments]
	}
	return list, unknown
}

// scriptArgument returns the script that an interpreter is told to run, if it is
// a file of the image.
func scriptArgument(call check.Call, script string) []argument {
	if strings.Contains(script, "://") {
		return nil
	}
	a := argument{path: script, script: true, at: call.At}
	if !path.IsAbs(script) {
		a.path, a.inRoot = path.Join("/", call.Dir, script), !path.IsAbs(call.Dir)
	}
	return []argument{a}
}

// pathsIn returns the absolute paths in a word: "/a", "--option=/a", "/a:/b".
func pathsIn(word string) []string {
	if strings.Contains(word, "://") {
		return nil
	}
	parts := strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune("=:,", r) })
	return slices.DeleteFunc(parts, func(part string) bool { return !path.IsAbs(part) })
}

// exists returns the file of the image under that name, links followed, and
// whether there is one.
func exists(fsys fs.FS, name string) (file check.Owned, found bool, err error) {
	file, _, err = check.Reach(fsys, name, check.Identity{}, 0)
	var info fs.FileInfo
	if err == nil {
		info, err = fs.Lstat(fsys, check.FSName(file.Path)) // Reach does not tell of a file missing behind a closed folder.
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return check.Owned{}, false, nil
	case err != nil:
		return check.Owned{}, false, err
	case info.Mode()&fs.ModeSymlink != 0: // of a circle
		return check.Owned{}, false, nil
	}
	return file, true, nil
}

// obstacleTo returns what keeps the identity from a file or a folder that is
// there: from reading a file, or from what it needs of a folder. It is nil
// where nothing does.
func obstacleTo(fsys fs.FS, name string, who check.Identity, ofFolder check.Need) (*check.Obstacle, error) {
	file, found, err := exists(fsys, name)
	if !found {
		return nil, err
	}
	need := check.Read
	switch {
	case file.Mode.IsDir():
		need = ofFolder
	case !file.Mode.IsRegular():
		need = 0 // a device or a pipe, which the container brings itself
	}
	_, obstacle, err := check.Reach(fsys, name, who, need)
	return obstacle, err
}

// scriptExtensions are what interpreters add to a name that has no file.
// https://nodejs.org/api/modules.html#file-modules and
// https://bun.sh/docs/runtime/modules name them.
const scriptExtensions words = ".js .json .node .mjs .cjs .ts .tsx .jsx"

// scriptExists reports whether the script is in the image, under its name or
// with what the interpreter may add.
func scriptExists(fsys fs.FS, name string) (bool, error) {
	candidates := []string{name}
	for _, extension := range scriptExtensions.list() {
		candidates = append(candidates, name+extension)
	}
	for _, candidate := range candidates {
		if _, found, err := exists(fsys, candidate); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// missingScript is the verdict on a script that is not in the image.
func missingScript(ctx context.Context, s *check.Subject, a argument) (check.Verdict, error) {
	if verdict, ok, err := unexpanded(ctx, s, a.path); ok || err != nil {
		return verdict, err
	}
	workdir, err := workingDir(ctx, s)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case a.inRoot && workdir != "/":
		return check.SeeRule("FG402", "absolute-start"), nil
	}
	return check.Failf(a.at, "%s, which should be run, is not in the image", brief(a.path)).
		WithFix("copy it there, or name the place where it is:\n\nCOPY --chown=%s %s %s", proposedUser(s.Function()), named(path.Base(a.path), "<file>"), named(a.path, "<path>")), nil
}

// closed is the failure of a path that the obstacle closes.
func (a argument) closed(o *check.Obstacle, f *check.Function) check.Verdict {
	who := f.RunsAs()
	switch {
	case !o.Final && isRootsHome(o.Path):
		return check.Failf(a.at, "%s, which the command names, lies in the home of root: %s may not enter %s (%s)", brief(a.path), who, brief(o.Path), ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("copy %s to a place outside of the home of root, or open that"+beforeUser+"%s", brief(a.path), chmodLine(o.Owned, who, o.Lacks))
	case !o.Final:
		return check.Failf(a.at, "%s cannot be reached by %s: the folder %s is closed (%s)", brief(a.path), who, brief(o.Path), ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("open the folder around %s"+beforeUser+"%s", brief(a.path), chmodLine(o.Owned, who, o.Lacks))
	case o.Mode.IsDir():
		return check.Failf(a.at, "the folder %s cannot be entered by %s (%s)", brief(o.Path), who, ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("let the function's user into it"+beforeUser+"%s", chmodLine(o.Owned, who, o.Lacks))
	default:
		return check.Failf(a.at, "%s cannot be read by %s (%s)", brief(o.Path), who, ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("let the function's user read it, by COPY --chown=%s or here"+beforeUser+"%s", proposedUser(f), chmodLine(o.Owned, who, o.Lacks))
	}
}
