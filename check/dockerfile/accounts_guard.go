// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// result returns how the command of a guard ended. It is found when the first
// call that depends on it is met, before that changes anything.
func (r *accountRun) result(g *check.Guard) result {
	key := &g.Args[0]
	got, ok := r.tests[key]
	if !ok {
		got = r.test(g.Args)
		r.tests[key] = got
	}
	return got
}

// test returns how a command ends that looks for an account or a program.
func (r *accountRun) test(args []string) result {
	if name := soughtProgram(args); name != "" {
		return r.presence(name)
	}
	file, key, ok := existenceTest(args)
	if !ok {
		return unclear
	}
	id, isNumber := plainNumber(key)
	switch {
	case isNumber && file == passwdFile:
		_, found, err := r.view().UserByID(id)
		return resultOf(found, err == nil)
	case isNumber:
		_, found, err := r.view().GroupByID(id)
		return resultOf(found, err == nil)
	case file == passwdFile:
		return resultOf(r.hasUser(key))
	}
	return resultOf(r.hasGroup(key))
}

func resultOf(ok, known bool) result {
	switch {
	case !known:
		return unclear
	case ok:
		return success
	}
	return failure
}

// presence returns how a command ends that looks for a program.
func (r *accountRun) presence(name string) result {
	manager, isManager := packageManagers[name]
	switch has := slices.Contains(r.tools, name); {
	case isAccountTool(name):
		return resultOf(has, has || r.moreTool == nil)
	case isManager && r.family != "" && manager.family != "" && r.family != manager.family:
		return failure
	case name == "apk" && r.family == familyAlpine, name == "apt-get" && r.family == familyDebian:
		return success
	}
	return unclear
}

// soughtProgram returns the program that a command looks for, or "".
func soughtProgram(args []string) string {
	switch {
	case len(args) == 2 && slices.Contains([]string{"which", "hash", "type"}, args[0]):
		return path.Base(args[1])
	case len(args) == 3 && args[0] == "command" && args[1] == "-v":
		return path.Base(args[2])
	}
	return ""
}

// existenceTest returns which account a command looks for: the file that would
// hold it, and its name or number.
func existenceTest(args []string) (file, key string, ok bool) {
	if len(args) < 2 {
		return "", "", false
	}
	var operands []string
	for _, arg := range args[1:] {
		if !strings.HasPrefix(arg, "-") {
			operands = append(operands, arg)
		}
	}
	switch name := path.Base(args[0]); {
	case name == "id" && len(operands) == 1:
		return passwdFile, operands[0], true
	case name == "getent" && len(operands) == 2:
		file, ok = map[string]string{"passwd": passwdFile, "group": groupFile}[operands[0]]
		return file, operands[1], ok
	case slices.Contains([]string{"grep", "egrep"}, name) && len(operands) == 2 && !slices.ContainsFunc(args, inverts):
		name, ok := strings.CutPrefix(operands[0], "^")
		name, closed := strings.CutSuffix(name, ":")
		_, isNumber := plainNumber(name) // It would be the name, not the number.
		plain := name != "" && !isNumber && !strings.ContainsAny(name, `.*[]\$^+?(){}|:`)
		return operands[1], name, ok && closed && plain && slices.Contains([]string{passwdFile, groupFile}, operands[1])
	}
	return "", "", false
}

// inverts reports whether an option of grep changes what its result says.
func inverts(arg string) bool {
	return strings.HasPrefix(arg, "--") || strings.HasPrefix(arg, "-") && strings.ContainsAny(arg, "vLfe")
}
