// SPDX-License-Identifier: Apache-2.0

package checktest

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ParseFiles returns the layer's entries as tar headers with their contents, in
// order. An entry is a line
//
//	PATH dir|file|fifo|chardev [mode=0755] [owner=1003:1003] [crlf]
//	PATH link|hardlink TARGET
//	PATH elf arch=amd64 [interp=/lib64/ld-linux-x86-64.so.2] [mode=…] [owner=…]
//
// Files that have contents but no line come last, mode 0644 and owned by root.
// PATH may be quoted as Go quotes strings.
func (f Files) ParseFiles() ([]Entry, error) {
	var out []Entry
	listed := map[string]bool{}
	for line := range strings.Lines(f.Entries) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e, err := f.parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", line, err)
		}
		listed[path.Clean("/"+e.Header.Name)] = true
		out = append(out, e)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Contents)) {
		if !listed[name] {
			e := Entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(name, "/"), Mode: 0o644}, Data: f.Contents[name]}
			out = append(out, e)
		}
	}
	return out, nil
}

// Entry is one entry of a layer.
type Entry struct {
	Header tar.Header
	Data   []byte
}

func (f Files) parseLine(line string) (Entry, error) {
	name, rest, err := firstWord(line)
	if err != nil {
		return Entry{}, err
	}
	kind, rest, _ := strings.Cut(rest, " ")
	e := Entry{Header: tar.Header{Name: strings.TrimPrefix(name, "/"), Mode: 0o644}}
	switch kind {
	case "dir":
		e.Header.Typeflag, e.Header.Mode = tar.TypeDir, 0o755
	case "file":
		e.Header.Typeflag, e.Data = tar.TypeReg, f.Contents[path.Clean("/"+name)]
	case "link":
		e.Header.Typeflag, e.Header.Linkname, e.Header.Mode = tar.TypeSymlink, rest, 0o777
		return e, nil
	case "hardlink":
		e.Header.Typeflag, e.Header.Linkname = tar.TypeLink, strings.TrimPrefix(rest, "/")
		return e, nil
	case "elf":
		e.Header.Typeflag, e.Header.Mode = tar.TypeReg, 0o755
	case "fifo":
		e.Header.Typeflag = tar.TypeFifo
	case "chardev":
		e.Header.Typeflag = tar.TypeChar
	default:
		return e, fmt.Errorf("unknown type %q", kind)
	}
	return e, e.options(kind, rest)
}

func firstWord(line string) (word, rest string, err error) {
	if quoted, err := strconv.QuotedPrefix(line); err == nil {
		word, err = strconv.Unquote(quoted)
		return word, strings.TrimSpace(line[len(quoted):]), err
	}
	word, rest, ok := strings.Cut(line, " ")
	if !ok {
		return "", "", errors.New("a type is missing")
	}
	return word, strings.TrimSpace(rest), nil
}

func (e *Entry) options(kind, rest string) error {
	arch, interp := "amd64", ""
	for option := range strings.FieldsSeq(rest) {
		key, value, _ := strings.Cut(option, "=")
		var err error
		switch key {
		case "mode":
			e.Header.Mode, err = strconv.ParseInt(value, 8, 64)
		case "owner":
			_, err = fmt.Sscanf(value, "%d:%d", &e.Header.Uid, &e.Header.Gid)
		case "crlf":
			e.Data = bytes.ReplaceAll(e.Data, []byte("\n"), []byte("\r\n"))
		case "arch":
			arch = value
		case "interp":
			interp = value
		default:
			err = errors.New("unknown option")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", option, err)
		}
	}
	if kind == "elf" {
		data, err := ELF(arch, interp)
		e.Data = data
		return err
	}
	return nil
}

// machines are the e_machine values of the little-endian architectures that
// cases use.
var machines = map[string]uint16{"386": 3, "amd64": 62, "arm": 40, "arm64": 183, "riscv64": 243}

// ELF returns the head of a 64-bit little-endian program for the architecture,
// dynamically linked when interp is not empty. It does not run.
func ELF(arch, interp string) ([]byte, error) {
	machine, ok := machines[arch]
	if !ok {
		return nil, fmt.Errorf("no ELF machine for architecture %q", arch)
	}
	const headerSize, programHeaderSize = 64, 56
	out := make([]byte, headerSize+programHeaderSize)
	copy(out, "\x7fELF\x02\x01\x01")
	le := binary.LittleEndian
	le.PutUint16(out[16:], 2) // ET_EXEC
	le.PutUint16(out[18:], machine)
	le.PutUint64(out[32:], headerSize)
	le.PutUint16(out[54:], programHeaderSize)
	le.PutUint16(out[56:], 1)
	header := out[headerSize:]
	le.PutUint32(header, 1) // PT_LOAD
	if interp == "" {
		return out, nil
	}
	le.PutUint32(header, 3) // PT_INTERP
	le.PutUint64(header[8:], uint64(len(out)))
	le.PutUint64(header[32:], uint64(len(interp)+1))
	return append(append(out, interp...), 0), nil
}
