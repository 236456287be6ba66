// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"iter"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// KnownBase makes knownBase visible to tests.
func KnownBase(ref string, at check.Location) *Base { return knownBase(ref, at) }

// KnownRow is what a test of the table needs of a row.
type KnownRow struct {
	Names           []string
	Example, Source string
	Env, Lines      []string // of the row and of its example's system
	row             *knownImage
	tags            tagMatcher
}

// Covers reports whether the row is about the tag.
func (r KnownRow) Covers(tag string) bool {
	_, ok := r.tags.match(tag)
	return ok
}

// System returns the source of the system that a covered tag is built on; it is
// not ok where there is no such system.
func (r KnownRow) System(tag string) (source string, ok bool) {
	parts, _ := r.tags.match(tag)
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
					Lines: slices.Concat(k.users, k.groups), row: k, tags: k.tags(),
				}
				if parts, ok := row.tags.match(k.example); ok {
					if s := k.system(parts); s != nil {
						row.Env, row.Lines = slices.Concat(s.env, row.Env), slices.Concat(s.users, s.groups, row.Lines)
					}
				}
				if !yield(row) {
					return
				}
			}
		}
	}
}
