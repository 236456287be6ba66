// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// Error says in one line why a target, or a fact of it, could not be read.
type Error struct {
	Target string // as the user named it
	Err    error  // the cause, in short
	WayOut string // what the user can do, as an order; "" when nothing is left to do
	Usage  bool   // the target is not one that any source could ever read
}

// Error returns "TARGET: cause; way out".
func (e *Error) Error() string {
	text := e.Err.Error()
	if e.Target != "" {
		text = e.Target + ": " + text
	}
	if e.WayOut != "" {
		text += "; " + e.WayOut
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

const (
	wayOutDamaged   = "it is damaged or incomplete: save, push or build the image again"
	wayOutNoArchive = "make one with docker save -o FILE IMAGE, or name an image"
	wayOutCutOff    = "save or copy the image again"
	wayOutEngine    = "see what the engine's own commands say of the image"
	wayOutTime      = "give it more time with --timeout"
)

// errNoArchive is the cause where a file is no tar at all.
var errNoArchive = errors.New("the file is not an image archive: it is not a tar, nor one in gzip or zstd")

// explain turns an error into an [*Error] about the target. What says that a
// fact is not to be had from the target stays as it is. The way out is the one
// for trouble that nobody has explained yet.
//
// A broken layer gets the same text whatever the question that met it, as one
// cause is to be one line.
func explain(ctx context.Context, target, wayOut string, err error) error {
	if _, ok := errors.AsType[*check.UnavailableError](err); ok || err == nil {
		return err
	}
	if ctx.Err() != nil {
		return stopped(ctx, target)
	}
	e := &Error{Target: target, WayOut: wayOut}
	prefix, cause := "", err
	if layer, ok := errors.AsType[*rootfs.LayerError](err); ok {
		prefix, cause = "reading "+layer.Layer+": ", layer.Err
	}
	if known, ok := errors.AsType[*Error](err); ok {
		cause, e.WayOut, e.Usage = known.Err, known.WayOut, known.Usage
	}
	e.Err = newShortError(prefix+cause.Error(), err)
	return e
}

// stopped returns the error for a context that has ended.
func stopped(ctx context.Context, target string) error {
	e := &Error{Target: target, Err: newShortError(context.Cause(ctx).Error(), context.Cause(ctx))}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.WayOut = wayOutTime
	}
	return e
}

// shortError is an error with a text of its own.
type shortError struct {
	text string
	err  error
}

// newShortError returns an error that reads text, on one line and bounded,
// and wraps err.
func newShortError(text string, err error) error {
	return &shortError{text: oneLine(text), err: err}
}

func (e *shortError) Error() string { return e.text }
func (e *shortError) Unwrap() error { return e.err }

// oneLine replaces white space and line breaks by single blanks and cuts the
// text off at maxErrorText bytes. Other control characters are left to the
// writers.
func oneLine(text string) string {
	more := ""
	if len(text) > maxErrorText {
		text, more = strings.ToValidUTF8(text[:maxErrorText], ""), "…"
	}
	return strings.Join(strings.FieldsFunc(text, unicode.IsSpace), " ") + more
}
