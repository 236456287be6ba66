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
// certain to run.
func argumentsOf(cmd *check.Command) []argument {
	var list []argument
	if cmd.Opaque != nil {
		return nil
	}
	for _, call := range cmd.Calls {
		if call.Conditional {
			continue
		}
		l := recognise(call)
		for i, word := range call.Args {
			switch {
			case i == 0 || call.IsUnexpanded(i):
			case l.script != "" && i == l.scriptIndex:
				list = append(list, scriptArgument(call, l.script)...)
			default:
				for _, name := range pathsIn(word) {
					list = append(list, argument{path: name, at: call.At})
				}
			}
		}
	}
	return list[:min(len(list), maxArguments)]
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
func exists(fsys fs.FS, name string) (info fs.FileInfo, found bool, err error) {
	info, err = fs.Stat(fsys, fsName(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return info, err == nil, err
}

// obstacleTo returns what keeps the identity from a file or a folder that is
// there: from reading a file, or from what it needs of a folder. It is nil
// where nothing does.
func obstacleTo(fsys fs.FS, name string, who check.Identity, ofFolder check.Need) (*check.Obstacle, error) {
	info, found, err := exists(fsys, name)
	if err != nil || !found {
		return nil, err
	}
	need := check.Read
	switch {
	case info.IsDir():
		need = ofFolder
	case !info.Mode().IsRegular():
		need = 0 // a device or a pipe, which the container brings itself
	}
	_, obstacle, err := check.Reach(fsys, name, who, need)
	return obstacle, err
}

// programObstacle reports whether one of the programs is stopped by the file at
// that path, which is what FG302 tells.
func programObstacle(ctx context.Context, s *check.Subject, cmd *check.Command, at string) (bool, error) {
	for _, program := range startingPrograms(cmd) {
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
