// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Error is a mistake in a configuration file.
type Error struct {
	File         string // the path as it was given
	Line, Column int    // both from 1; columns count characters
	Err          error  // what is wrong there
}

// Error returns "FILE:LINE:COLUMN: what is wrong".
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// maxErrors is how many mistakes of one file are told.
const maxErrors = 10

// mistakes collects the errors of one file.
type mistakes struct {
	file string
	errs []*Error
}

func (m *mistakes) add(line, column int, format string, args ...any) {
	if len(m.errs) < maxErrors {
		m.errs = append(m.errs, &Error{File: m.file, Line: line, Column: column, Err: fmt.Errorf(format, args...)})
	}
}

// err returns the mistakes, one line each in the order of the file, or nil.
func (m *mistakes) err() error {
	slices.SortStableFunc(m.errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var errs []error
	for _, e := range m.errs {
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}

// maxShown is how many characters of a value an error repeats.
const maxShown = 60

// quote returns the text in quotes, cut off when it is long.
func quote(text string) string {
	if runes := []rune(text); len(runes) > maxShown {
		text = string(runes[:maxShown]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
