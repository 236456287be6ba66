// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"iter"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// KnownBase makes knownBase visible to tests.
func KnownBase(ref string, at check.Location) *Base { return knownBase(ref, at) }

// KnownRow is what a test of the table needs of a row.
type KnownRow struct {
	Names           []string
	Example, Source string
	Env, Lines      []string // of the row and of all its systems
	row             *knownImage
	tags            tagMatcher
}

// Covers reports whether the row is about the tag.
func (r KnownRow) Covers(tag string) bool {
	_, ok := r.tags.match(tag)
	return ok
}

// System returns the source of the system that the row's example is built on;
// it is not ok where there is no such system.
func (r KnownRow) System() (source string, ok bool) {
	parts, _ := r.tags.match(r.Example)
	s := r.row.system(parts)
	if s == nil {
		return "", false
	}
	return s.source, true
}

// KnownRows returns the table.
func KnownRows() iter.Seq[KnownRow] {
	return func(yield func(KnownRow) bool) {
		for _, table := range knownImages() {
			for i := range table {
				k := &table[i]
				row := KnownRow{
					Names: strings.Fields(k.names), Example: k.example, Source: k.source, Env: k.env,
					Lines: append(append([]string{}, k.users...), k.groups...), row: k, tags: k.tags(),
				}
				if !yield(row) {
					return
				}
			}
		}
	}
}

// FamiliarName returns the repository and the tag of a reference.
func FamiliarName(ref string) string {
	name, tag := familiarName(ref)
	return name + " " + strconv.Quote(tag)
}
