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
	module string // set where what is a Python module that may just as well be an installed one
}

// reliance returns what the launch looks for in the working directory, or nil.
// The image's WORKDIR, where it would be found, serves the mend.
func (l launch) reliance(workdir string, env check.Env) (*reliance, error) {
	program := l.call.Args[0]
	switch {
	case path.IsAbs(l.call.Dir):
		return nil, nil
	case l.call.Dir != "":
		return &reliance{
			what: "the folder " + l.call.Dir, word: l.call.Dir,
			fix: "write the whole path:\n\ncd " + path.Join(workdir, l.call.Dir),
		}, nil
	case strings.Contains(program, "/") && !path.IsAbs(program):
		return relativePath("program", program, workdir), nil
	case path.IsAbs(l.searchDir):
		return nil, nil
	case l.script == "" && l.module == "":
		return l.projectReliance(workdir, env)
	case l.script != "" && !path.IsAbs(l.script) && !strings.Contains(l.script, "://"):
		return relativePath("script", l.script, workdir), nil
	case l.module != "" && !path.IsAbs(l.module):
		return l.moduleReliance(l.module, workdir, env)
	}
	return nil, nil
}

func relativePath(kind, name, workdir string) *reliance {
	return &reliance{
		what: "the " + kind + " " + name, word: name,
		fix: "write the whole path in place of " + name + ":\n\n" + path.Join(workdir, name),
	}
}

// moduleReliance is nil where the search path names folders from the root.
func (l launch) moduleReliance(module, workdir string, env check.Env) (*reliance, error) {
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
	r := &reliance{what: "the module " + module, word: module}
	top, _, _ := strings.Cut(strings.ReplaceAll(module, ":", "."), ".")
	if l.known.paths.has("PYTHONPATH") && !applicationNames.has(top) {
		r.module = top
	}
	switch {
	case l.known.search != "":
		r.fix = "say where " + module + " is:\n\n" + l.known.search.list()[0] + " " + workdir
	case l.known.chdir != "":
		r.fix = "start where " + module + " is:\n\n" + l.known.chdir.list()[0] + " " + workdir
	default:
		r.fix = "say where " + module + " is:\n\nENV " + l.known.paths.list()[0] + "=" + workdir
	}
	return r, nil
}

// applicationNames are module names that people give to their own code and
// that no package installs.
const applicationNames words = "app application asgi main server src wsgi"

// hasAbsolute reports whether one of the folders in a search path is absolute.
func hasAbsolute(list string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(list, func(r rune) bool { return r == ':' || r == ',' }), path.IsAbs)
}

// projectReliance is about what a program looks for by itself where it is
// started: files, or the module that a variable names.
func (l launch) projectReliance(workdir string, env check.Env) (*reliance, error) {
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
	r := &reliance{what: k.project.list()[0], word: l.searchDir}
	if r.what == "." {
		r.what = "the folder of " + k.name
	}
	folder := path.Join(workdir, l.searchDir)
	switch options := slices.Concat(k.chdir.list(), k.root.list()); {
	case k.operand == folderOperand:
		r.fix = "name the folder:\n\n" + k.name + " " + folder
	case len(options) > 0:
		r.fix = "say in the arguments of " + k.name + " where it is:\n\n" + options[0] + " " + folder
	default:
		r.fix = "change to the folder first:\n\n[\"sh\", \"-c\", \"cd " + folder + " && exec " + k.name + " …\"]"
	}
	return r, nil
}
