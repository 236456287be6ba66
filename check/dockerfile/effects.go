// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/shell"
)

// run does what the commands of a RUN instruction certainly do to the accounts
// and the files.
func (e *evaluator) run(st *state, in *instruction, c *instructions.RunCommand) error {
	at := e.file.argument(in)
	cmd := &check.Command{Opaque: errScriptFile}
	locate := func(string) check.Location { return e.file.line(in.first) }
	if args, ok := st.runArgs(c); ok {
		var words []shell.Word
		for _, arg := range args {
			words = append(words, shell.Word{Text: arg, At: at})
		}
		cmd, locate = shell.AnalyseRun(words, st.withSecrets(c)), e.file.find(in).program
	}
	st.accounts.run(cmd, at, locate)
	st.tree.names = st.identity
	st.tree.mounts = st.mountPoints(c)
	st.tree.run(cmd, st.owner(), st.config.WorkingDir, at)
	return nil
}

// mountPoints returns where a RUN instruction mounts something that is not part
// of the image.
func (st *state) mountPoints(c *instructions.RunCommand) []string {
	var out []string
	for _, mount := range instructions.GetMounts(c) {
		if mount.Target != "" {
			out = append(out, path.Join("/", st.config.WorkingDir.Or(""), mount.Target))
		}
	}
	return out
}

// withSecrets returns the variables of a RUN instruction: those that a secret
// gives a value to are not known.
func (st *state) withSecrets(c *instructions.RunCommand) *variables {
	vars := st.scope
	for _, mount := range instructions.GetMounts(c) {
		if mount.Env == nil {
			continue
		}
		if vars == st.scope {
			vars = st.scope.clone()
		}
		name := cmp.Or(*mount.Env, mount.CacheID) // which is the ID of a secret
		vars.set(check.Variable{Name: name, Err: &check.UnavailableError{
			Fact: "variable", Why: "a secret of the build gives " + brief(name) + " its value", Hint: hintBuilt,
		}})
	}
	return vars
}

// runArgs returns the argument vector that a RUN instruction starts; false for
// a heredoc that is a script file with an interpreter of its own.
func (st *state) runArgs(c *instructions.RunCommand) ([]string, bool) {
	args := c.CmdLine
	if len(c.Files) > 0 && len(args) == 1 {
		data := c.Files[0].Data
		if c.Files[0].Chomp {
			data = parser.ChompHeredocContent(data)
		}
		switch {
		case parser.MustParseHeredoc(args[0]) == nil:
			args = []string{reassembled(args[0], c.Files)}
		case strings.HasPrefix(data, "#!"):
			return nil, false
		default:
			args = []string{data}
		}
	}
	if c.PrependShell {
		args = append(slices.Clone(st.shell), strings.Join(args, " "))
	}
	return args, true
}

// reassembled returns a script with its heredocs, which the shell is left to
// read.
func reassembled(line string, files []instructions.ShellInlineFile) string {
	var out strings.Builder
	out.WriteString(line)
	for _, f := range files {
		out.WriteString("\n" + f.Data + f.Name)
	}
	return out.String()
}

// owner returns who RUN acts as.
func (st *state) owner() owner { return st.as(st.identity) }

// folderOwner returns who gets the folders that WORKDIR makes: with BuildKit the
// user, with Docker's older builder and kaniko root whoever the user is.
func (st *state) folderOwner() owner {
	if who := st.as(st.fileOwner); who == (owner{known: true}) {
		return who
	}
	return owner{}
}

func (st *state) as(resolve func(spec string) owner) owner {
	spec, set, err := st.config.User.Get()
	switch {
	case err != nil:
		return owner{}
	case !set:
		return owner{known: true}
	default:
		return resolve(spec)
	}
}

// identity resolves "user[:group]" by the accounts at this point, as a runtime
// does it.
func (st *state) identity(spec string) owner {
	name, group, hasGroup := strings.Cut(spec, ":")
	accounts := st.accounts.view()
	out := owner{known: true}
	uid, err := strconv.ParseInt(name, 10, 32)
	if err == nil {
		out.uid = uid
		if account, found, err := accounts.UserByID(uid); !hasGroup && (found || err != nil) {
			out.gid, out.known = account.GID, err == nil && account.GIDErr == nil
		}
	} else {
		account, found, err := accounts.UserByName(name)
		out = owner{uid: account.UID, gid: account.GID, known: found && err == nil && (hasGroup || account.GIDErr == nil)}
	}
	if !hasGroup {
		return out
	}
	if out.gid, err = strconv.ParseInt(group, 10, 32); err != nil {
		g, found, err := accounts.GroupByName(group)
		out.gid, out.known = g.GID, out.known && found && err == nil
	}
	return out
}

var errScriptFile = errors.New("it is a script with an interpreter of its own")
