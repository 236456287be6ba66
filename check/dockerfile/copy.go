// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/fgpreflight/fgpreflight/check"
)

func (e *evaluator) copy(st *state, s *stage, in *instruction, c *instructions.CopyCommand) error {
	spec := copySpec{
		chmod: c.Chmod, link: c.Link, parents: c.Parents, exclude: len(c.ExcludePatterns) > 0, fromImage: c.From != "",
	}
	var from *state
	if source := e.source(c.From); c.From != "" && source != nil {
		if source.index > s.index {
			return fmt.Errorf("cannot copy from stage %q, it needs to be defined before current stage %q", brief(c.From), stageName(s))
		}
		from = e.stage(source)
		spec.from = from.tree
	}
	return e.bring(st, in, spec, c.SourcesAndDest, c.Chown, from)
}

func (e *evaluator) add(st *state, in *instruction, c *instructions.AddCommand) error {
	spec := copySpec{
		add: true, chmod: c.Chmod, link: c.Link, exclude: len(c.ExcludePatterns) > 0,
		unpack: c.Unpack != nil && *c.Unpack,
	}
	return e.bring(st, in, spec, c.SourcesAndDest, c.Chown, nil)
}

// bring does what COPY and ADD have in common; from is the state of the stage
// that --from names.
func (e *evaluator) bring(st *state, in *instruction, spec copySpec, words instructions.SourcesAndDest, chown string, from *state) error {
	spec.at = e.file.argument(in)
	expand := func(word string) (string, error) {
		x, fault := e.expand(word, st.scope)
		spec.unclear = spec.unclear || x.err != nil
		return x.text, fault
	}
	var fault error
	if chown, fault = expand(chown); fault != nil {
		return fault
	}
	if spec.chmod, fault = expand(spec.chmod); fault != nil {
		return fault
	}
	for _, word := range words.SourcePaths {
		source, fault := expand(word)
		if fault != nil {
			return fault
		}
		spec.sources = append(spec.sources, source)
	}
	for _, c := range words.SourceContents {
		spec.contents = append(spec.contents, inlineFile{name: c.Path, data: []byte(c.Data)})
	}
	dest, fault := expand(words.DestPath)
	if fault != nil {
		return fault
	}
	if workdir, _, err := st.config.WorkingDir.Get(); err != nil && !path.IsAbs(dest) {
		spec.unclear = true
	} else {
		spec.dest = destination(workdir, dest)
	}
	if chown != "" {
		spec.chown, spec.who = true, st.fileOwner(chown)
	}
	st.tree.names = st.identity
	st.tree.copy(spec)
	st.bringAccounts(spec, from)
	return nil
}

// destination returns where COPY puts its sources; a slash at the end is
// kept, as it makes a folder of the place.
func destination(workdir, dest string) string {
	folder := dest == "" || dest == "." || strings.HasSuffix(dest, "/") || strings.HasSuffix(dest, "/.")
	if !path.IsAbs(dest) {
		dest = path.Join("/", workdir, dest)
	}
	if dest = path.Clean(dest); folder && dest != "/" {
		dest += "/"
	}
	return dest
}

// fileOwner returns whom --chown gives files to. Unlike for USER, a UID alone
// is the GID as well.
func (st *state) fileOwner(spec string) owner {
	if uid, err := strconv.ParseInt(spec, 10, 32); err == nil {
		return owner{uid: uid, gid: uid, known: true}
	}
	return st.identity(spec)
}

// bringAccounts makes accounts uncertain that COPY and ADD may have replaced.
func (st *state) bringAccounts(spec copySpec, from *state) {
	for _, file := range []string{passwdFile, groupFile} {
		if !spec.mayWrite(file) {
			continue
		}
		if from != nil && spec.isExactly(file) {
			st.accounts.copied(file, from.accounts)
			continue
		}
		st.accounts.replaced(file, &check.UnavailableError{
			Fact: "accounts",
			Why:  fmt.Sprintf("line %d may bring a %s of its own", spec.at.Line, file),
			Hint: hintBuilt,
		})
	}
}

// mayWrite reports whether the files that are brought may hold this one.
func (c copySpec) mayWrite(file string) bool {
	dest := strings.TrimSuffix(c.dest, "/")
	switch {
	case c.unclear || c.parents:
		return true
	case dest == file:
		return true
	case dest != "" && !strings.HasPrefix(file, dest+"/"):
		return false
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(file, dest), "/")
	return len(c.contents) > 0 && slices.ContainsFunc(c.contents, func(f inlineFile) bool { return f.name == rest }) ||
		slices.ContainsFunc(c.sources, func(source string) bool {
			base := path.Base(source)
			return base == rest || isFolder(source) || c.isArchive(base)
		})
}

// isFolder reports whether a source may be a folder: its name has no
// extension, as files have.
func isFolder(source string) bool {
	ext := path.Ext(path.Base(source))
	return ext == "" || ext == "." || strings.ContainsAny(ext, "*?[") || strings.HasSuffix(source, "/")
}

// isArchive reports whether ADD takes the source apart.
func (c copySpec) isArchive(base string) bool {
	return c.add && slices.ContainsFunc([]string{".tar", ".tgz", ".gz", ".xz", ".bz2", ".zst", ".txz", ".tbz2"}, func(suffix string) bool { return strings.HasSuffix(base, suffix) })
}

// isExactly reports whether this very file is brought under its own name.
func (c copySpec) isExactly(file string) bool {
	if c.unclear || c.parents || c.exclude || len(c.contents) > 0 {
		return false
	}
	named := slices.Contains(c.sources, file)
	return named && (c.dest == file || c.dest == path.Dir(file)+"/")
}

func stageName(s *stage) string {
	if s.from.Name == "" {
		return fmt.Sprintf("stage-%d", s.index)
	}
	return s.name()
}

// copied notes that path, a file of accounts, is that of another stage.
func (b *accountBook) copied(path string, from *accountBook) {
	if path == passwdFile {
		b.users = slices.Clone(from.users)
	} else {
		b.groups, b.services = slices.Clone(from.groups), slices.Clone(from.services)
	}
	if from.rest != nil {
		b.rest, b.ids = from.rest, from.ids
	}
}
