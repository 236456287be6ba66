// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"io/fs"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/shell"
)

// EmptyFS is the tree of FROM scratch.
type EmptyFS = emptyFS

// Tree lets tests drive a tree.
type Tree struct{ tree *tree }

// NewTree is newTree.
func NewTree(base *Base, unknown error) Tree { return Tree{newTree(base, unknown)} }

// FS is tree.FS.
func (t Tree) FS() fs.FS { return t.tree.FS() }

// Clone is tree.clone.
func (t Tree) Clone() Tree { return Tree{t.tree.clone()} }

// Nodes counts the paths that are listed.
func (t Tree) Nodes() (n int) {
	t.tree.root.visit(nil, func([]string, *node) { n++ })
	return n
}

// Workdir is WORKDIR as the user.
func (t Tree) Workdir(dir string, line int, uid, gid int64) {
	t.tree.workdir(dir, owner{uid, gid, true}, check.Location{Line: line})
}

// Run is RUN in a directory as the user.
func (t Tree) Run(script, dir string, line int, uid, gid int64) {
	at := check.Location{Line: line}
	var words []shell.Word
	for _, arg := range []string{"/bin/sh", "-c", script} {
		words = append(words, shell.Word{Text: arg, At: at})
	}
	cmd := shell.AnalyseRun(words, check.NewEnv([]check.Variable{{Name: "HOME", Value: "/home/app"}}, nil))
	t.tree.run(cmd, owner{uid, gid, true}, check.Known(dir, at), at)
}

// Mounts sets the mounts of the next RUN.
func (t Tree) Mounts(targets ...string) { t.tree.mounts = targets }

// RunUnknown is RUN with an inline script that is not read.
func (t Tree) RunUnknown(line int) {
	at := check.Location{Line: line}
	t.tree.run(&check.Command{Opaque: fs.ErrInvalid}, owner{}, check.NotSet[string](at), at)
}

// Names sets how names of accounts are resolved.
func (t Tree) Names(uids map[string]int64) {
	t.tree.names = func(spec string) owner {
		name, group, hasGroup := strings.Cut(spec, ":")
		if !hasGroup {
			group = name
		}
		uid, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			uid = uids[name]
		}
		gid, found := uids[group]
		return owner{uid, gid, found}
	}
}

// Copy is COPY or ADD. A source that begins with "<<" is a heredoc with itself
// as its text, and its name behind that.
func (t Tree) Copy(flags, words string, line int, from *Tree) {
	c := copySpec{at: check.Location{Line: line}}
	for flag := range strings.FieldsSeq(flags) {
		name, value, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
		switch name {
		case "add":
			c.add = true
		case "from":
			c.fromImage = true
			if from != nil {
				c.from = from.tree
			}
		case "chown":
			uid, gid, _ := strings.Cut(value, ":")
			c.chown, c.who = true, owner{parseID(uid), parseID(gid), true}
		case "chown-unknown":
			c.chown = true
		case "chmod":
			c.chmod = value
		case "link":
			c.link = true
		case "parents":
			c.parents = true
		case "exclude":
			c.exclude = true
		case "unclear":
			c.unclear = true
		}
	}
	list := strings.Fields(words)
	c.dest = list[len(list)-1]
	for _, source := range list[:len(list)-1] {
		if name, isInline := strings.CutPrefix(source, "<<"); isInline {
			c.contents = append(c.contents, inlineFile{name, []byte(source)})
			continue
		}
		c.sources = append(c.sources, source)
	}
	t.tree.copy(c)
}

func parseID(text string) int64 {
	id, _ := strconv.ParseInt(text, 10, 64)
	return id
}
