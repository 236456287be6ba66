// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"strconv"
	"strings"
)

// fileMode is the mode argument of chmod, mkdir -m and COPY --chmod.
type fileMode struct {
	octal   bool
	value   uint32 // of an octal one
	digits  int
	clauses []modeClause
}

// modeClause is one operation of a symbolic mode: "go=rX".
type modeClause struct {
	who   uint32 // the bits of the classes it is about; 0 where none are written
	op    byte   // one of + - =
	perms string
}

// defaultMask is the umask of a container.
const defaultMask = 0o022

// classes are the bits of each class, with its set-ID bit.
var classes = map[rune]uint32{'u': 0o4700, 'g': 0o2070, 'o': 0o1007, 'a': allBits}

// parseMode reads a mode; false where it is none.
func parseMode(text string) (fileMode, bool) {
	if n, err := strconv.ParseUint(text, 8, 16); err == nil {
		return fileMode{octal: true, value: uint32(n), digits: len(text)}, n <= allBits
	}
	var m fileMode
	for clause := range strings.SplitSeq(text, ",") {
		i := strings.IndexAny(clause, "+-=")
		if i < 0 {
			return m, false
		}
		var who uint32
		for _, class := range clause[:i] {
			if classes[class] == 0 {
				return m, false
			}
			who |= classes[class]
		}
		for rest := clause[i:]; rest != ""; {
			end := strings.IndexAny(rest[1:], "+-=")
			if end < 0 {
				end = len(rest) - 1
			}
			perms := rest[1 : 1+end]
			if strings.Trim(perms, "rwxXstugo") != "" || len(perms) > 1 && strings.ContainsAny(perms, "ugo") {
				return m, false
			}
			m.clauses = append(m.clauses, modeClause{who, rest[0], perms})
			rest = rest[1+end:]
		}
	}
	return m, true
}

// apply returns the mode of a file or folder that had the mode b.
func (m fileMode) apply(b bits, isFolder bool, mask uint32) bits {
	if !m.octal {
		for _, c := range m.clauses {
			b = c.apply(b, isFolder, mask)
		}
		return b
	}
	if !isFolder || m.digits > 4 {
		return fixed(m.value)
	}
	// GNU chmod keeps the set-ID bits of a folder, that of BusyBox does not.
	special := b.known &^ b.value & (setUID | setGID) // known to be clear
	known := permBits | sticky | special | m.value
	return bits{value: m.value, known: known}
}

// apply does one clause.
func (c modeClause) apply(b bits, isFolder bool, mask uint32) bits {
	affected := c.who
	if c.who == 0 {
		affected = allBits &^ mask
	}
	on, unsure := c.wanted(b, isFolder)
	on, unsure = on&affected, unsure&affected
	switch c.op {
	case '+':
		return b.set(on, on).without(unsure &^ (b.value & b.known))
	case '-':
		return b.set(on, 0).without(unsure &^ (b.known &^ b.value))
	default:
		affected &= permBits
		if c.who == 0 {
			b = b.without(mask)
		}
		if strings.ContainsAny(c.perms, "st") {
			b = b.without(setUID | setGID | sticky)
		}
		b = b.set(affected, on)
		return b.without(unsure).without(c.who & (setUID | setGID | sticky))
	}
}

// set makes the bits of a mask known.
func (b bits) set(mask, value uint32) bits {
	return bits{b.value&^mask | value&mask, b.known | mask, b.kept &^ mask}
}

// wanted returns the bits that the permissions stand for, in every class, and
// those that may be meant.
func (c modeClause) wanted(b bits, isFolder bool) (on, unsure uint32) {
	for _, letter := range c.perms {
		switch letter {
		case 'r':
			on |= 0o444
		case 'w':
			on |= 0o222
		case 'x':
			on |= 0o111
		case 's':
			on |= setUID | setGID
		case 't':
			on |= sticky
		case 'X':
			switch executable := b.value & b.known & 0o111; {
			case isFolder || executable != 0:
				on |= 0o111
			case b.known&0o111 != 0o111:
				unsure |= 0o111
			}
		default: // the permissions of another class
			shift := map[rune]uint32{'u': 6, 'g': 3, 'o': 0}[letter]
			value, known := b.value>>shift&7, b.known>>shift&7
			on |= value & known * 0o111
			unsure |= (7 &^ known) * 0o111
		}
	}
	return on, unsure &^ on
}
