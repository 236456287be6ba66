// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// DefaultPath is the PATH that container engines give a process when the image
// sets none.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// ProgramKind is how the kernel would start a file.
type ProgramKind int

// The kinds of program.
const (
	NotExecutable ProgramKind = iota // neither of the others: the kernel answers "exec format error"
	Binary                           // an ELF file
	Script                           // a text that begins with #!
)

// Program is a program named by the start command, looked up in the image's
// root file system.
type Program struct {
	Name  string // as the command names it
	Found bool
	// File is the file behind Name, symbolic links followed; Path is where it
	// was found, before that. Both are empty when Found is false.
	File Owned
	Path string
	// Tried are the absolute paths that were looked at, in order.
	Tried []string
	// Obstacle is what keeps the effective user from executing it, or nil.
	Obstacle *Obstacle

	Kind           ProgramKind
	ELF            *ELF   // for Binary; nil when its head is malformed
	Interpreter    string // the #! line's interpreter or the ELF file's loader; "" for none
	InterpreterArg string // the rest of the #! line, one argument to the kernel
	CarriageReturn bool   // the #! line ends in CR LF, so the kernel looks for "sh\r"
}

// maxTried bounds how many directories of a PATH are searched.
const maxTried = 1_000

// LookUp finds the program called name as a process of the identity would:
// along pathVar when name has no slash, else from dir ("" is "/"). A missing
// program is not an error. The error is an [UnavailableError] for a PATH of
// more than 1,000 directories.
func LookUp(fsys fs.FS, name, dir, pathVar string, who Identity) (*Program, error) {
	p := &Program{Name: name}
	if name == "" {
		return p, nil
	}
	if strings.Count(pathVar, ":") >= maxTried {
		return nil, &UnavailableError{
			Fact: "program", Why: "PATH names more than 1,000 directories", Hint: "shorten PATH, or write the program as an absolute path",
		}
	}
	for _, candidate := range candidates(name, dir, pathVar) {
		p.Tried = append(p.Tried, candidate)
		file, obstacle, err := reach(fsys, candidate, who, Execute)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		}
		usable := obstacle == nil && !file.Mode.IsDir()
		if !p.Found || usable {
			p.Found, p.File, p.Path, p.Obstacle = true, file, candidate, obstacle
		}
		if usable {
			break
		}
	}
	if !p.Found || !p.File.Mode.IsRegular() {
		return p, nil
	}
	return p, p.readHead(fsys)
}

func candidates(name, dir, pathVar string) []string {
	if strings.Contains(name, "/") {
		if path.IsAbs(name) {
			return []string{name}
		}
		return []string{joined("/", dir, name)}
	}
	var out []string
	for place := range strings.SplitSeq(pathVar, ":") {
		if !path.IsAbs(place) {
			place = joined("/", dir, place)
		}
		out = append(out, joined(place, name))
	}
	return out
}

// joined joins parts of a path. It keeps "..", which leads elsewhere behind a
// symbolic link than in the text.
func joined(parts ...string) string {
	text := strings.Join(parts, "/")
	return "/" + strings.Join(PathParts(text), "/")
}

// maxShebang is how much of a file Linux looks at to tell how to start it.
const maxShebang = 256

func (p *Program) readHead(fsys fs.FS) error {
	f, err := fsys.Open(FSName(p.File.Path))
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := readerAt(f)
	if err != nil {
		return err
	}
	head := make([]byte, maxShebang)
	n, err := r.ReadAt(head, 0)
	if ignoreEOF(err) != nil {
		return err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte(elfMagic)):
		return p.readELF(r)
	case bytes.HasPrefix(head, []byte("#!")):
		p.readShebang(head[2:])
	}
	return nil
}

func (p *Program) readELF(r io.ReaderAt) error {
	p.Kind = Binary
	elf, err := ParseELF(r)
	if errors.Is(err, errBadELF) {
		return nil
	}
	if err != nil {
		return err
	}
	p.ELF, p.Interpreter = elf, elf.Interpreter
	return nil
}

func (p *Program) readShebang(head []byte) {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	text, cr := strings.CutSuffix(string(line), "\r")
	p.Kind, p.CarriageReturn = Script, cr
	text = strings.Trim(text, " \t")
	interpreter, arg := text, ""
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		interpreter, arg = text[:i], strings.Trim(text[i:], " \t")
	}
	p.Interpreter, p.InterpreterArg = interpreter, arg
}

// maxHead is how much is read of a file that offers no random access.
const maxHead = 64 << 10

func readerAt(f fs.File) (io.ReaderAt, error) {
	if r, ok := f.(io.ReaderAt); ok {
		return r, nil
	}
	head, err := io.ReadAll(io.LimitReader(f, maxHead))
	return bytes.NewReader(head), err
}
