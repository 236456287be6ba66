// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
)

// elfMagic begins every ELF file.
const elfMagic = "\x7fELF"

// ELF is what the kernel looks at in the head of an ELF file.
type ELF struct {
	Arch        string // GOARCH spelling, as image configs use: "amd64", "arm64"; "" for a machine without one
	Machine     uint16 // e_machine
	Interpreter string // the dynamic loader in PT_INTERP; "" for a static program
}

// elfArchs maps e_machine, word size in bits and big-endianness to the
// architecture names of image configs.
var elfArchs = map[struct {
	machine uint16
	bits    int
	big     bool
}]string{
	{3, 32, false}: "386", {62, 64, false}: "amd64", {40, 32, false}: "arm", {183, 64, false}: "arm64",
	{21, 64, false}: "ppc64le", {21, 64, true}: "ppc64", {22, 64, true}: "s390x", {243, 64, false}: "riscv64",
	{258, 64, false}: "loong64", {8, 64, false}: "mips64le", {8, 32, false}: "mipsle", {8, 64, true}: "mips64", {8, 32, true}: "mips",
}

// Limits on what is believed of an ELF file; real ones stay far below.
const (
	maxProgramHeaders = 128
	maxInterpreter    = 4096
)

var errBadELF = errors.New("malformed ELF header")

// ParseELF reads the head of an ELF file. It reads the file header, at most 128
// program headers and an interpreter of at most 4,096 bytes, wherever they lie.
func ParseELF(r io.ReaderAt) (*ELF, error) {
	head := make([]byte, 64)
	n, err := r.ReadAt(head, 0)
	if ignoreEOF(err) != nil {
		return nil, err
	}
	if n < 52 || string(head[:4]) != elfMagic {
		return nil, errBadELF
	}
	l, err := layoutOf(head)
	if err != nil {
		return nil, err
	}
	machine := l.order.Uint16(head[18:])
	e := &ELF{Machine: machine}
	e.Arch = elfArchs[struct {
		machine uint16
		bits    int
		big     bool
	}{machine, l.bits, l.order == binary.ByteOrder(binary.BigEndian)}]
	e.Interpreter, err = l.interpreter(r, head)
	return e, err
}

// elfLayout is where the fields lie, which differs between 32 and 64 bits.
type elfLayout struct {
	order binary.ByteOrder
	bits  int
}

func layoutOf(head []byte) (elfLayout, error) {
	var l elfLayout
	switch head[4] {
	case 1:
		l.bits = 32
	case 2:
		l.bits = 64
	default:
		return l, errBadELF
	}
	switch head[5] {
	case 1:
		l.order = binary.LittleEndian
	case 2:
		l.order = binary.BigEndian
	default:
		return l, errBadELF
	}
	return l, nil
}

// interpreter returns the path in the PT_INTERP program header.
func (l elfLayout) interpreter(r io.ReaderAt, head []byte) (string, error) {
	offset, size, count := int64(l.order.Uint32(head[28:])), l.order.Uint16(head[42:]), l.order.Uint16(head[44:])
	if l.bits == 64 {
		offset, size, count = l.offset(head[32:]), l.order.Uint16(head[54:]), l.order.Uint16(head[56:])
	}
	if count == 0 {
		return "", nil
	}
	if offset < 0 || size != l.headerSize() || count > maxProgramHeaders {
		return "", errBadELF
	}
	table := make([]byte, int(size)*int(count))
	if err := readFull(r, table, offset); err != nil {
		return "", err
	}
	for header := range slices.Chunk(table, int(size)) {
		if l.order.Uint32(header) == 3 { // PT_INTERP
			return l.interpreterAt(r, header)
		}
	}
	return "", nil
}

func (l elfLayout) interpreterAt(r io.ReaderAt, header []byte) (string, error) {
	offset, size := int64(l.order.Uint32(header[4:])), int64(l.order.Uint32(header[16:]))
	if l.bits == 64 {
		offset, size = l.offset(header[8:]), l.offset(header[32:])
	}
	if offset < 0 || size <= 1 || size > maxInterpreter {
		return "", errBadELF
	}
	name := make([]byte, size)
	if err := readFull(r, name, offset); err != nil {
		return "", err
	}
	if name[size-1] != 0 {
		return "", errBadELF // Linux refuses it, too.
	}
	name, _, _ = bytes.Cut(name, []byte{0})
	return string(name), nil
}

// offset returns the number of 64 bits that b begins with, or -1 for one that no
// file reaches.
func (l elfLayout) offset(b []byte) int64 {
	n := l.order.Uint64(b)
	if n > math.MaxInt64 {
		return -1
	}
	return int64(n)
}

// headerSize returns the size of a program header, the only one that Linux
// takes.
func (l elfLayout) headerSize() uint16 {
	if l.bits == 64 {
		return 56
	}
	return 32
}

// readFull fills buf from the offset. The error is errBadELF where the file
// ends before, and that of the reader where reading failed.
func readFull(r io.ReaderAt, buf []byte, offset int64) error {
	n, err := r.ReadAt(buf, offset)
	switch {
	case n == len(buf):
		return nil
	case ignoreEOF(err) != nil:
		return err
	}
	return errBadELF
}

// ignoreEOF drops the error of a file that is shorter than was asked for, where
// the caller already says so.
func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
