// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"sync/atomic"
)

const (
	// accountsSize is how much of /etc/passwd and of /etc/group is captured.
	accountsSize = mib
	// headSize is how much of a program is captured: enough for a "#!" line,
	// and for an ELF header with its program headers.
	headSize = kib
	// executable are the execute bits of user, group and others.
	executable = 0o111
	// marksPerLimit is how many marks a reading sets while it uses up a limit.
	marksPerLimit = 1024
)

// reading is the one pass over a blob that an index is made of, entry by entry;
// it can stop after each. The layers of many images may share it, see [Shared].
//
// An index comes of one stream alone: when that was given up before its end,
// what is known still answers, and who needs more begins anew with an empty
// index. A digest that is right is so right for all of the index.
type reading struct {
	held     lock            // Whoever has it holds the reading.
	shared   context.Context // Ends with the Shared; nil for what is not shared.
	limits   Limits
	contents contents
	counters

	// The rest is for whoever holds the reading. When done is set nothing of it
	// changes any more, and the index may be read by everybody.

	asker    *layer // Whom is being read for.
	unfollow func() bool
	budget   *budget
	index    *index
	marks    []mark
	stream   *stream         // Open from the first step to the end.
	life     context.Context // Of the stream.
	end      context.CancelCauseFunc
	tar      *tar.Reader
	seq      int64 // Number of the next entry.
	done     bool
	err      error // The bytes are no layer, or not the right one; it stays so.
}

// counters say what was read of a blob.
type counters struct {
	opened, read, unpacked atomic.Int64
}

// mark says what a reading had cost after an entry.
type mark struct {
	seq  int64
	cost cost
}

func newReading(limits Limits) *reading {
	r := &reading{held: newLock(), limits: limits, contents: contents{lock: newLock()}}
	r.restart()
	return r
}

// restart forgets what was read.
func (r *reading) restart() {
	r.budget = &budget{limits: r.limits}
	r.index = newIndex(r.budget)
	r.marks, r.seq = nil, 0
}

// release is the end of holding it. A stream whose life has ended is closed: by
// the asker, whose time was over, or with the [Shared], which leaves that to
// whoever holds the reading then.
func (r *reading) release() {
	if r.unfollow != nil && !r.unfollow() {
		_ = r.closeStream() // It was only read.
	}
	r.unfollow, r.asker = nil, nil
	r.held.give()
	if r.shared != nil && r.shared.Err() != nil {
		_ = r.closeIfFree() // It was only read.
	}
}

// close closes the stream. It is for those who know that nobody is reading.
func (r *reading) close() error {
	r.held.wait()
	defer r.held.give()
	return r.closeStream()
}

func (r *reading) isOpen() bool {
	r.held.wait()
	defer r.held.give()
	return r.stream != nil
}

// closeIfFree closes the stream unless somebody holds the reading.
func (r *reading) closeIfFree() error {
	if !r.held.try() {
		return nil
	}
	defer r.held.give()
	return r.closeStream()
}

func (r *reading) closeStream() error {
	if r.end != nil {
		r.end(nil)
	}
	r.life, r.end = nil, nil
	if r.stream == nil {
		return nil
	}
	err := r.stream.Close()
	r.stream, r.tar = nil, nil
	return err
}

// step reads one entry, or the end. An error of the bytes is in r.err as well;
// any other is of that moment or of who asks, and the next one may try again.
func (r *reading) step(ctx context.Context, asker *layer) error {
	r.asker = asker
	r.follow(ctx)
	goesOn := false
	defer func() {
		if !goesOn { // After a panic, too, there is no telling where the stream is.
			_ = r.closeStream() // Everything wanted was read, or there is a better error.
		}
	}()
	err := r.next()
	if errors.Is(err, errTarEnd) {
		err = r.stream.verify()
		r.done = err == nil
	}
	if err != nil && r.stream != nil && !r.stream.outside && r.life.Err() == nil {
		r.err = err
	}
	goesOn = err == nil && !r.done
	return err
}

// follow lets the stream end with the asker's context while it is read for
// this asker. Between two askers it lives on.
func (r *reading) follow(ctx context.Context) {
	if r.end == nil {
		life := ctx //nolint:contextcheck // What is shared outlives who opens it.
		if r.shared != nil {
			life = r.shared
		}
		r.life, r.end = context.WithCancelCause(life)
	}
	if r.unfollow == nil {
		end := r.end
		r.unfollow = context.AfterFunc(ctx, func() { end(context.Cause(ctx)) })
	}
}

// errTarEnd is the end of the tar, apart from an end of file anywhere else.
var errTarEnd = errors.New("end of the tar")

func (r *reading) next() error {
	if r.stream == nil {
		r.restart()
		s, err := openStream(r.life, &r.asker.src, &r.counters, r.limits, r.takeBytes)
		if err != nil {
			return err
		}
		r.stream, r.tar = s, tar.NewReader(s)
	}
	hdr, err := nextHeader(r.tar)
	if err != nil {
		return err
	}
	if err := r.add(hdr); err != nil {
		return fmt.Errorf("entry %d: %w", r.seq, err)
	}
	r.setMark()
	r.seq++
	return nil
}

// nextHeader is tar.Reader.Next, but for its special values.
func nextHeader(r *tar.Reader) (*tar.Header, error) {
	hdr, err := r.Next()
	switch {
	case err == io.EOF:
		return nil, errTarEnd
	case errors.Is(err, tar.ErrInsecurePath):
		return hdr, nil // GODEBUG asked for it; names are cleaned here.
	case err != nil:
		return nil, fmt.Errorf("reading the tar: %w", err)
	}
	return hdr, nil
}

func (r *reading) add(hdr *tar.Header) error {
	if err := errors.Join(r.budget.checkName(hdr.Name), r.budget.checkName(hdr.Linkname)); err != nil {
		return err
	}
	e, ok := newEntry(hdr, r.seq)
	if !ok {
		return nil
	}
	name := cleanName(hdr.Name)
	var err error
	if e.head, err = r.capture(name, e); err != nil {
		return fmt.Errorf("reading the content: %w", err)
	}
	return r.index.add(name, e)
}

// capture reads the beginning of a file that is likely to be asked for.
func (r *reading) capture(name string, e entry) (string, error) {
	var want int64
	switch {
	case e.kind != tar.TypeReg:
	case name == "etc/passwd" || name == "etc/group":
		want = accountsSize
	case e.mode&executable != 0:
		want = headSize
	}
	want = min(want, e.size)
	if want == 0 || !r.takeCapture(want) {
		return "", nil
	}
	head := make([]byte, want)
	if _, err := io.ReadFull(r.tar, head); err != nil {
		return "", err
	}
	return string(head), nil
}

// takeCapture tells whether both the blob and the asker's image may have n more
// bytes of content kept.
func (r *reading) takeCapture(n int64) bool {
	if !r.budget.takeCapture(n) {
		return false
	}
	if !r.asker.takeCapture(n) {
		r.budget.captured.Add(-n)
		return false
	}
	return true
}

// takeBytes accounts for bytes that the blob decompresses to. That the asker's
// image has no more of them to spend is no fault of the blob.
func (r *reading) takeBytes(n int) error {
	if err := r.budget.takeBytes(int64(n)); err != nil {
		return err
	}
	if err := r.asker.charge(cost{bytes: r.budget.bytes.Load()}); err != nil {
		r.stream.outside = true
		return err
	}
	return nil
}

// setMark notes what was spent when that has grown.
func (r *reading) setMark() {
	var last cost
	if len(r.marks) > 0 {
		last = r.marks[len(r.marks)-1].cost
	}
	now := r.budget.spent()
	if grown := now.beyond(last); grown.bytes >= r.limits.Bytes/marksPerLimit ||
		grown.entries >= r.limits.Entries/marksPerLimit || grown.names >= r.limits.NamesTotal/marksPerLimit {
		r.marks = append(r.marks, mark{seq: r.seq, cost: now})
	}
}

// costUpTo returns what it costs to read up to an entry, short by a mark at the
// most. So an image pays for what it needs of a layer, however far others have
// read that.
func (r *reading) costUpTo(seq int64) cost {
	if seq >= r.seq-1 {
		return r.budget.spent()
	}
	i := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].seq > seq })
	if i == 0 {
		return cost{}
	}
	return r.marks[i-1].cost
}
