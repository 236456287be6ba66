// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// reliance is a part of a start that is looked for in the working directory.
type reliance struct {
	what   string // "the script main.js"
	word   string // the word of the command that it stands in: "main.js"
	fix    string
	folder string   // to change to first; "" for a mend without
	words  []string // the call with what is added to it, which the mend shows; nil for a mend without
	module string   // set where what is a Python module that may just as well be an installed one
}

// reliance returns what the launch looks for in the working directory, or nil.
// The image's WORKDIR, where it would be found, serves the mend.
func (l *launch) reliance(workdir string, env check.Env) (*reliance, error) {
	program := l.call.Args[0]
	switch {
	case path.IsAbs(l.call.Dir):
		return nil, nil
	case l.call.Dir != "":
		return &reliance{
			what: "the folder " + l.call.Dir, word: l.call.Dir,
			fix: inPlaceOf("cd "+l.call.Dir, "cd "+path.Join(workdir, l.call.Dir)),
		}, nil
	case strings.Contains(program, "/") && !path.IsAbs(program):
		return relativePath("the program ", program, workdir), nil
	case path.IsAbs(l.searchDir):
		return nil, nil
	case l.script == "" && l.module == "":
		return l.projectReliance(workdir, env)
	case l.script != "" && !path.IsAbs(l.script) && !strings.Contains(l.script, "://"):
		return relativePath("the file ", l.script, workdir), nil
	case l.module != "" && !path.IsAbs(l.module):
		return l.moduleReliance(l.module, workdir, env)
	}
	return nil, nil
}

func relativePath(kind, name, workdir string) *reliance {
	return &reliance{
		what: kind + name, word: name,
		fix: inPlaceOf(name, path.Join(workdir, name)),
	}
}

// moduleReliance is nil where the search path names folders from the root.
func (l *launch) moduleReliance(module, workdir string, env check.Env) (*reliance, error) {
	if hasAbsolute(l.searchPath) {
		return nil, nil
	}
	for _, name := range l.known.paths.list() {
		value, _, err := env.Lookup(name).Get()
		if err != nil {
			return nil, err
		}
		if hasAbsolute(value) || hasAbsolute(l.call.Vars[name]) {
			return nil, nil
		}
	}
	r := &reliance{what: "the module " + module + " of " + l.name, word: module}
	if l.searchPath != "" {
		r.what += " in " + l.searchPath
	}
	top, _, _ := strings.Cut(strings.ReplaceAll(module, ":", "."), ".")
	if l.known.paths.has("PYTHONPATH") && !applicationNames.has(top) {
		r.module = top
	}
	r.fix = "tell " + l.name + " where " + module + " is"
	this := step{l.known, l.name, l.start}
	switch {
	case l.known.chdir != "":
		r.words = this.withOption(l.call.Args, l.known.chdir, workdir)
	case l.known.search != "":
		r.words = this.withOption(l.call.Args, l.known.search, under(workdir, l.searchPath))
	default:
		r.fix += ":\n\nENV " + l.known.paths.list()[0] + "=" + workdir
	}
	return r, nil
}

// applicationNames are module names that people give to their own code and
// that no package installs.
const applicationNames words = "app application asgi main server src wsgi"

// under returns the relative folders of a search path as they are in workdir.
func under(workdir, list string) string {
	folders := strings.Split(list, ":")
	for i := range folders {
		folders[i] = path.Join(workdir, folders[i])
	}
	return strings.Join(folders, ":")
}

// hasAbsolute reports whether one of the folders in a search path is absolute.
func hasAbsolute(list string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(list, func(r rune) bool { return r == ':' || r == ',' }), path.IsAbs)
}

// projectReliance is about what a program looks for by itself where it is
// started: files, or the module that a variable names.
func (l *launch) projectReliance(workdir string, env check.Env) (*reliance, error) {
	k := l.needs
	if k == nil || path.IsAbs(l.projectDir) {
		return nil, nil
	}
	for _, name := range k.app.list() {
		module, set, err := env.Lookup(name).Get()
		switch {
		case err != nil:
			return nil, err
		case path.IsAbs(module) || path.IsAbs(l.call.Vars[name]):
			return nil, nil
		case set:
			return l.moduleReliance(module, workdir, env)
		}
	}
	r := &reliance{what: k.project.list()[0] + " of " + k.name, word: l.searchDir}
	if k.project == "." {
		r.what = "the folder of " + k.name
	}
	folder := path.Join(workdir, l.searchDir)
	switch {
	case k.operand == folderOperand:
		r.fix, r.words = "name the folder", k.withFolder(l.call.Args, folder)
	case k.chdir != "":
		r.fix, r.words = "tell "+k.name+" where it is", k.withOption(l.call.Args, k.chdir, folder)
	case k.root != "":
		r.fix, r.words = "tell "+k.name+" where it is", k.withOption(l.call.Args, k.root, path.Join(folder, k.rootKey))
	default:
		r.fix, r.folder = "change to the folder first", folder
	}
	return r, nil
}
