// SPDX-License-Identifier: Apache-2.0

package check

import "slices"

// Setting is one value of an image's configuration or of a function's
// settings. It is set, not set, or unknown (inherited from a base image that
// nobody read, for instance). The zero Setting is not set.
type Setting[T any] struct {
	value T
	at    Location
	set   bool
	err   error
}

// Known returns a setting that has the value v, seen at the location.
func Known[T any](v T, at Location) Setting[T] {
	return Setting[T]{value: v, at: at, set: true}
}

// NotSet returns a setting that has no value; at is where one would be.
func NotSet[T any](at Location) Setting[T] { return Setting[T]{at: at} }

// Missing returns a setting that cannot be known; err says why and is an
// [UnavailableError] unless reading failed.
func Missing[T any](err error) Setting[T] { return Setting[T]{err: err} }

// Get returns the value and whether there is one. The error is not nil when
// that cannot be known.
func (s Setting[T]) Get() (value T, set bool, err error) { return s.value, s.set, s.err }

// Or returns the value, or the fallback where none is set. It suits settings
// that are never unknown, as those of the function are.
func (s Setting[T]) Or(fallback T) T {
	if s.set {
		return s.value
	}
	return fallback
}

// IsSet reports whether the setting is known to have a value.
func (s Setting[T]) IsSet() bool { return s.set }

// At returns where the value was seen, or would be.
func (s Setting[T]) At() Location { return s.at }

// Set is a collection of names, some of which may be inherited from something
// that could not be read.
type Set struct {
	Have []string // members known to be there, in order of appearance
	At   Location // where they were seen
	Rest error    // why further members cannot be known; nil when Have is all
}

// Has reports whether the set holds name. The error is not nil when that
// cannot be known.
func (s Set) Has(name string) (bool, error) {
	if slices.Contains(s.Have, name) {
		return true, nil
	}
	return false, s.Rest
}
