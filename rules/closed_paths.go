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
	if cmd.Opaque != nil {
		return nil, nil
	}
	note := func(v check.Verdict) {
		if unknown == nil {
			unknown = &v
		}
	}
	for _, call := range cmd.Calls {
		if call.Conditional {
			continue
		}
		l := recognise(call)
		for i, word := range call.Args {
			isScript := l.script != "" && i == l.scriptIndex
			switch {
			case i == 0:
			case call.IsUnexpanded(i):
				if isScript || strings.Contains(word, "/") {
					note(check.Unknownf("write the path itself in the command", "what %s stands for is known only to the running shell", brief(word)))
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
		note(check.Unknownf("pass --run", "the start command names more than 1,000 paths"))
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
	file, obstacle, err := check.Reach(fsys, name, check.Identity{}, 0)
	if err == nil && obstacle != nil {
		// The obstacle hides whether there is a file behind it.
		var info fs.FileInfo
		info, err = fs.Lstat(fsys, fsName(file.Path))
		found = err == nil && info.Mode()&fs.ModeSymlink == 0
	}
	if errors.Is(err, fs.ErrNotExist) {
		return file, false, nil
	}
	return file, found || err == nil && obstacle == nil, err
}

// obstacleTo returns what keeps the identity from a file or a folder that is
// there: from reading a file, or from what it needs of a folder. It is nil
// where nothing does.
func obstacleTo(fsys fs.FS, name string, who check.Identity, ofFolder check.Need) (*check.Obstacle, error) {
	file, found, err := exists(fsys, name)
	if err != nil || !found {
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

// programObstacle reports whether one of the programs is stopped by the file at
// that path, which is what FG302 tells.
func programObstacle(ctx context.Context, s *check.Subject, cmd *check.Command, at string) (bool, error) {
	list := startingPrograms(cmd)
	for _, program := range list[:min(len(list), maxStarting)] {
		p, err := program.lookUp(ctx, s)
		if err != nil {
			return false, err
		}
		if p.Obstacle != nil && p.Obstacle.Path == at && !p.shell {
			return true, nil
		}
	}
	return false, nil
}
