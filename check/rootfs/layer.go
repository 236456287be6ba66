// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"context"
	"io/fs"
)

// turn is how many entries are read before others may ask who need the same
// layer.
const turn = 100

// layer is one layer of one image: what the image has asked of a reading, and
// what it has to pay for that.
type layer struct {
	src     Layer
	budget  *budget // Of the image.
	reading *reading
	leave   func() error // Is called once, when the reading is not needed any more.
	charged cost         // Of what the reading cost, for what was needed.
	closed  bool
	err     error // The image cannot have more of the layer; it stays so.
}

// look finds a path whose parents are directories, reading on only while that
// is undecided. Unless whole is set, a directory that is only implied will do.
// The entry is of kindNone if this layer has nothing there.
func (l *layer) look(ctx context.Context, components []string, whole bool) (e entry, hidden bool, err error) {
	err = l.readUntil(ctx, func(x *index) (int64, bool) {
		var n *node
		e = entry{}
		if n, hidden = x.find(components); n == nil {
			return 0, false
		}
		e = n.entry
		return n.at, e.kind != kindImplied || !whole
	})
	return e, hidden, err
}

// finish reads the layer to its end. Its index may then be read.
func (l *layer) finish(ctx context.Context) error {
	return l.readUntil(ctx, func(*index) (int64, bool) { return 0, false })
}

// readUntil reads on until the index answers, as found tells together with the
// number of the entry that does, or to the end.
func (l *layer) readUntil(ctx context.Context, found func(*index) (seq int64, ok bool)) error {
	for decided := false; !decided && l.err == nil; {
		var err error
		if decided, err = l.takeTurn(ctx, found); err != nil {
			l.err = newLayerError(l.src.Name, err)
		}
	}
	return l.err
}

func (l *layer) takeTurn(ctx context.Context, found func(*index) (seq int64, ok bool)) (decided bool, err error) {
	r := l.reading
	if err := r.held.take(ctx); err != nil {
		return false, err
	}
	defer r.release()
	for range turn {
		if r.err != nil {
			return false, r.err
		}
		if !r.done && l.closed {
			return false, fs.ErrClosed
		}
		if seq, ok := found(r.index); ok {
			return true, l.charge(r.costUpTo(seq))
		}
		if r.done {
			return true, l.charge(r.budget.spent())
		}
		if err := r.step(ctx, l); err != nil {
			return false, err
		}
		if err := l.charge(r.budget.spent()); err != nil {
			return false, err
		}
	}
	return false, nil
}

// charge makes the image pay what the reading has cost so far, as far as it has
// not yet.
func (l *layer) charge(total cost) error {
	more := total.beyond(l.charged)
	l.charged = l.charged.plus(more)
	return l.budget.take(more)
}

// takeCapture tells whether the image may have n more bytes of content kept.
func (l *layer) takeCapture(n int64) bool {
	if !l.budget.takeCapture(n) {
		return false
	}
	l.charged.captured += n
	return true
}

// close ends the reading for this image. What is not read by now will never be,
// unless others do.
func (l *layer) close() error {
	if l.closed {
		return nil
	}
	l.closed = true
	return l.leave()
}

// stats waits for whoever reads the layer at the moment.
func (l *layer) stats() LayerStats {
	r := l.reading
	r.held.wait()
	defer r.held.give()
	return LayerStats{
		Name:     l.src.Name,
		Opened:   r.opened.Load(),
		Read:     r.read.Load(),
		Unpacked: r.unpacked.Load(),
		Entries:  r.seq,
		Done:     r.done,
	}
}
