// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"errors"
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
	args, ok := st.runArgs(c)
	at := e.file.argument(in)
	if !ok {
		cmd := &check.Command{Opaque: errScriptFile}
		st.accounts.run(cmd, e.file.line(in.first), nil)
		st.tree.run(cmd, st.owner(), st.config.WorkingDir, at)
		return nil
	}
	var words []shell.Word
	for _, arg := range args {
		words = append(words, shell.Word{Text: arg, At: at})
	}
	cmd := shell.AnalyseRun(words, st.scope)
	st.accounts.run(cmd, at, e.file.find(in).program)
	st.tree.names = st.identity
	st.tree.run(cmd, st.owner(), st.config.WorkingDir, at)
	return nil
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

// owner returns who RUN and WORKDIR act as.
func (st *state) owner() owner {
	spec, set, err := st.config.User.Get()
	switch {
	case err != nil:
		return owner{}
	case !set:
		return owner{known: true}
	}
	return st.identity(spec)
}

// identity resolves "user[:group]" by the accounts at this point.
func (st *state) identity(spec string) owner {
	name, group, hasGroup := strings.Cut(spec, ":")
	accounts := st.accounts.accounts()
	uid, err := strconv.ParseInt(name, 10, 32)
	out := owner{uid: uid, gid: uid, known: err == nil}
	if err != nil {
		account, found, lookupErr := accounts.UserByName(name)
		out = owner{uid: account.UID, gid: account.GID, known: found && lookupErr == nil}
	} else if !hasGroup {
		account, found, lookupErr := accounts.UserByID(uid)
		out.gid, out.known = account.GID, lookupErr == nil
		if !found {
			out.gid = 0
		}
	}
	if !hasGroup || !out.known {
		return out
	}
	gid, err := strconv.ParseInt(group, 10, 32)
	if err == nil {
		out.gid = gid
		return out
	}
	g, found, lookupErr := accounts.GroupByName(group)
	out.gid, out.known = g.GID, found && lookupErr == nil
	return out
}

var errScriptFile = errors.New("it is a script with an interpreter of its own")
