// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"
)

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// Limits bounds what one image may cost. A field that is zero has the value of
// [DefaultLimits]. Beyond a limit the layer is broken: a [LayerError] that wraps
// [ErrLimit].
type Limits struct {
	// Bytes is the most that all layers together may decompress to while they
	// are indexed, and that one layer may when it is read again for a file.
	Bytes int64
	// Ratio is the most that a layer may decompress to, as a multiple of the
	// compressed bytes read, once it has passed RatioFree bytes.
	Ratio int64
	// RatioFree is the number of bytes of a layer that Ratio does not look at.
	RatioFree int64
	// Entries is the most entries of all layers together, with the directories
	// that no entry names but that must exist for the ones below them.
	Entries int64
	// NameLen is the most bytes of one name or link target.
	NameLen int
	// NamesTotal is the most bytes of all names and link targets together.
	NamesTotal int64
	// LinkHops is the most symbolic links that one name may lead through.
	LinkHops int
	// FileSize is the most bytes that ReadFile returns.
	FileSize int64
	// CaptureTotal is the most bytes of file content that are kept. Beyond it
	// nothing is lost, but content is read from the layer again.
	CaptureTotal int64
}

// DefaultLimits returns limits that images of the field stay well below.
func DefaultLimits() Limits {
	return Limits{
		Bytes:        20 * gib,
		Ratio:        200,
		RatioFree:    gib,
		Entries:      2_000_000,
		NameLen:      4 * kib,
		NamesTotal:   64 * mib,
		LinkHops:     40,
		FileSize:     16 * mib,
		CaptureTotal: 16 * mib,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	return Limits{
		Bytes:        cmp.Or(l.Bytes, d.Bytes),
		Ratio:        cmp.Or(l.Ratio, d.Ratio),
		RatioFree:    cmp.Or(l.RatioFree, d.RatioFree),
		Entries:      cmp.Or(l.Entries, d.Entries),
		NameLen:      cmp.Or(l.NameLen, d.NameLen),
		NamesTotal:   cmp.Or(l.NamesTotal, d.NamesTotal),
		LinkHops:     cmp.Or(l.LinkHops, d.LinkHops),
		FileSize:     cmp.Or(l.FileSize, d.FileSize),
		CaptureTotal: cmp.Or(l.CaptureTotal, d.CaptureTotal),
	}
}

// ErrLimit is wrapped by every error about something larger than [Limits]
// allows.
var ErrLimit = errors.New("limit exceeded")

// ErrLinkLoop says that a name leads through more symbolic links than
// [Limits].LinkHops. It is a fact about the image, not a failure to read it.
var ErrLinkLoop = errors.New("too many levels of symbolic links")

// LayerError says that a layer could not be read or is not what its digest
// promised. It never wraps [fs.ErrNotExist]: a layer that is missing is not a
// file that is missing.
type LayerError struct {
	// Layer is the [Layer].Name.
	Layer string
	// Err is the cause.
	Err error
}

// Error returns the layer and the cause.
func (e *LayerError) Error() string { return "reading " + e.Layer + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *LayerError) Unwrap() error { return e.Err }

func newLayerError(layer string, err error) *LayerError {
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New(err.Error())
	}
	if err == io.EOF { //nolint:errorlint // A wrapped EOF is somebody else's.
		err = io.ErrUnexpectedEOF
	}
	return &LayerError{Layer: layer, Err: err}
}

// cost is what was spent of the limits that have a sum.
type cost struct {
	bytes, entries, names, captured int64
}

// beyond returns by how much c is more than other; what is less counts as
// nothing.
func (c cost) beyond(other cost) cost {
	return cost{
		bytes:    max(0, c.bytes-other.bytes),
		entries:  max(0, c.entries-other.entries),
		names:    max(0, c.names-other.names),
		captured: max(0, c.captured-other.captured),
	}
}

func (c cost) plus(other cost) cost {
	return cost{
		bytes:    c.bytes + other.bytes,
		entries:  c.entries + other.entries,
		names:    c.names + other.names,
		captured: c.captured + other.captured,
	}
}

// budget counts what was used: by all layers of one image together, or by a
// reading. Layers are read side by side, so the counters are atomic.
type budget struct {
	limits   Limits
	bytes    atomic.Int64
	entries  atomic.Int64
	names    atomic.Int64
	captured atomic.Int64
}

func (b *budget) spent() cost {
	return cost{bytes: b.bytes.Load(), entries: b.entries.Load(), names: b.names.Load(), captured: b.captured.Load()}
}

// take accounts for what a layer has cost. What was captured is there already,
// and may be more than the limit: then nothing more is.
func (b *budget) take(c cost) error {
	b.captured.Add(c.captured)
	return cmp.Or(b.takeBytes(c.bytes), b.takeEntries(c.entries), b.takeNames(c.names))
}

func (b *budget) takeBytes(n int64) error {
	if b.bytes.Add(n) > b.limits.Bytes {
		return fmt.Errorf("%w: more than %d bytes decompressed", ErrLimit, b.limits.Bytes)
	}
	return nil
}

func (b *budget) takeEntries(n int64) error {
	if b.entries.Add(n) > b.limits.Entries {
		return fmt.Errorf("%w: more than %d entries", ErrLimit, b.limits.Entries)
	}
	return nil
}

// takeNames accounts for n bytes of names and link targets that are kept.
func (b *budget) takeNames(n int64) error {
	if b.names.Add(n) > b.limits.NamesTotal {
		return fmt.Errorf("%w: more than %d bytes of names", ErrLimit, b.limits.NamesTotal)
	}
	return nil
}

// checkName refuses a name or link target that is too long to be kept at all.
func (b *budget) checkName(s string) error {
	if len(s) > b.limits.NameLen {
		return fmt.Errorf("%w: a name of %d bytes, more than %d", ErrLimit, len(s), b.limits.NameLen)
	}
	return nil
}

// takeCapture tells whether n more bytes of content may be kept.
func (b *budget) takeCapture(n int64) bool {
	if b.captured.Add(n) <= b.limits.CaptureTotal {
		return true
	}
	b.captured.Add(-n)
	return false
}
