// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
)

// elfFile is an ELF file with one PT_NOTE and, if interp is not empty, a
// PT_INTERP that holds it.
type elfFile struct {
	machine uint16
	bits    int
	big     bool
	interp  string
}

func (e elfFile) bytes() []byte {
	order := binary.ByteOrder(binary.LittleEndian)
	data := elf.ELFDATA2LSB
	if e.big {
		order, data = binary.BigEndian, elf.ELFDATA2MSB
	}
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(data), byte(elf.EV_CURRENT)}
	n := uint16(1)
	if e.interp != "" {
		n = 2
	}
	var out bytes.Buffer
	if e.bits == 32 {
		ident[4] = byte(elf.ELFCLASS32)
		write(&out, order, elf.Header32{
			Ident: ident, Type: uint16(elf.ET_EXEC), Machine: e.machine, Version: 1, Phoff: 52, Ehsize: 52, Phentsize: 32, Phnum: n,
		})
		write(&out, order, elf.Prog32{Type: uint32(elf.PT_NOTE)})
		if n == 2 {
			write(&out, order, elf.Prog32{Type: uint32(elf.PT_INTERP), Off: 52 + 64, Filesz: uint32(len(e.interp))})
		}
	} else {
		write(&out, order, elf.Header64{
			Ident: ident, Type: uint16(elf.ET_EXEC), Machine: e.machine, Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: n,
		})
		write(&out, order, elf.Prog64{Type: uint32(elf.PT_NOTE)})
		if n == 2 {
			write(&out, order, elf.Prog64{Type: uint32(elf.PT_INTERP), Off: 64 + 112, Filesz: uint64(len(e.interp))})
		}
	}
	return append(out.Bytes(), e.interp...)
}

// write cannot fail: the buffer grows and the structures have a fixed size.
func write(out *bytes.Buffer, order binary.ByteOrder, v any) { _ = binary.Write(out, order, v) }

func TestParseELF(t *testing.T) {
	for arch, file := range map[string]elfFile{
		"386":     {machine: uint16(elf.EM_386), bits: 32},
		"amd64":   {machine: uint16(elf.EM_X86_64), bits: 64},
		"arm":     {machine: uint16(elf.EM_ARM), bits: 32},
		"arm64":   {machine: uint16(elf.EM_AARCH64), bits: 64},
		"ppc64le": {machine: uint16(elf.EM_PPC64), bits: 64}, "ppc64": {machine: uint16(elf.EM_PPC64), bits: 64, big: true},
		"s390x":    {machine: uint16(elf.EM_S390), bits: 64, big: true},
		"riscv64":  {machine: uint16(elf.EM_RISCV), bits: 64},
		"loong64":  {machine: uint16(elf.EM_LOONGARCH), bits: 64},
		"mips64le": {machine: uint16(elf.EM_MIPS), bits: 64}, "mips64": {machine: uint16(elf.EM_MIPS), bits: 64, big: true},
		"mipsle": {machine: uint16(elf.EM_MIPS), bits: 32}, "mips": {machine: uint16(elf.EM_MIPS), bits: 32, big: true},
		"": {machine: uint16(elf.EM_X86_64), bits: 32}, // x32 has no GOARCH.
	} {
		for _, interp := range []string{"", "/lib/ld.so\x00", "/lib/ld.so\x00rest\x00"} {
			file.interp = interp
			got, err := check.ParseELF(bytes.NewReader(file.bytes()))
			want, _, _ := strings.Cut(interp, "\x00")
			if err != nil || got.Arch != arch || got.Machine != file.machine || got.Interpreter != want {
				t.Errorf("%+v: got %+v, %v, want %s, %q", file, got, err, arch, want)
			}
		}
	}
}

func TestParseELFMalformed(t *testing.T) {
	whole := elfFile{machine: 62, bits: 64, interp: "/lib/ld\x00"}.bytes()
	change := func(at int, with ...byte) []byte {
		data := bytes.Clone(whole)
		copy(data[at:], with)
		return data
	}
	for name, data := range map[string][]byte{
		"empty": nil, "magic alone": []byte("\x7fELF"), "no magic": change(0, 0), "cut header": whole[:51],
		"class": change(4, 3), "byte order": change(5, 0), "program headers behind the end": change(32, 0xff, 0xff),
		"negative offset": change(32, 0, 0, 0, 0, 0, 0, 0, 0xff), "size of program header": change(54, 57), "too many": change(56, 129),
		"interpreter behind the end": change(64+56+8, 0xff, 0xff), "cut interpreter": whole[:len(whole)-1],
		"negative interpreter": change(64+56+8, 0, 0, 0, 0, 0, 0, 0, 0x80), "unended interpreter": change(len(whole)-1, 'x'),
		"huge interpreter": change(64+56+32, 0, 0, 1), "interpreter of one byte": change(64+56+32, 1),
	} {
		if got, err := check.ParseELF(bytes.NewReader(data)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

// cutReader fails from an offset on.
type cutReader struct {
	data []byte
	from int64
	err  error
}

func (c cutReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > c.from {
		return 0, c.err
	}
	return bytes.NewReader(c.data).ReadAt(p, off)
}

// TestParseELFReadError shows that trouble with reading is no malformed file.
func TestParseELFReadError(t *testing.T) {
	broken := errors.New("broken layer")
	data := elfFile{machine: 62, bits: 64, interp: "/lib/ld\x00"}.bytes()
	for _, from := range []int64{0, 64, 64 + 112} {
		p, err := check.ParseELF(cutReader{data, from, broken})
		if !errors.Is(err, broken) {
			t.Errorf("failing from %d: got %v, %v, want %v", from, p, err, broken)
		}
	}
}

// FuzzELF compares with debug/elf, where both understand the file. What that
// reads and we do not must be what Linux refuses.
func FuzzELF(f *testing.F) {
	f.Add(elfFile{machine: 62, bits: 64, interp: "/lib64/ld-linux-x86-64.so.2\x00"}.bytes())
	f.Add(elfFile{machine: 8, bits: 32, big: true, interp: "/lib/ld.so.1\x00"}.bytes())
	f.Add(elfFile{machine: 243, bits: 64}.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := check.ParseELF(bytes.NewReader(data))
		want, wantErr := elf.NewFile(bytes.NewReader(data))
		if wantErr != nil {
			return
		}
		interp, ok := interpreter(want)
		if err != nil {
			if ok && len(want.Progs) <= 128 && phentsize(want, data) {
				t.Fatalf("got %v, debug/elf reads %+v", err, want.FileHeader)
			}
			return
		}
		if got.Machine != uint16(want.Machine) || got.Interpreter != interp {
			t.Errorf("got %+v, want machine %d, interpreter %q", got, want.Machine, interp)
		}
	})
}

// interpreter returns the path in the first PT_INTERP, and whether Linux takes
// it.
func interpreter(f *elf.File) (string, bool) {
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		if p.Filesz < 2 || p.Filesz > 4096 {
			return "", false
		}
		text := make([]byte, p.Filesz)
		if _, err := io.ReadFull(p.Open(), text); err != nil || text[len(text)-1] != 0 {
			return "", false
		}
		name, _, _ := strings.Cut(string(text), "\x00")
		return name, true
	}
	return "", true
}

// phentsize reports whether the program headers have the size that Linux takes.
func phentsize(f *elf.File, data []byte) bool {
	if len(f.Progs) == 0 {
		return true
	}
	if f.Class == elf.ELFCLASS32 {
		return f.ByteOrder.Uint16(data[42:]) == 32
	}
	return f.ByteOrder.Uint16(data[54:]) == 56
}
