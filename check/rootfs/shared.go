// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"context"
	"io/fs"
	"slices"
	"sync"
)

// What is kept of layers that no open [FS] has.
const (
	maxIdle      = 256
	maxIdleBytes = 128 * mib // As estimated by [sharedReading.size].
	// A decoder may keep tens of megabytes; a layer is seldom read further after all
	// who have it were closed.
	maxIdleStreams = 4
	// bytesPerEntry is about what an entry of an index takes, apart from its name.
	bytesPerEntry = 256
)

// Shared lets images that have a layer in common read it once. What was read of
// a layer is kept while an [FS] has it, and some time after. A layer is the same
// if its Origin, its Digest and its DiffID are: where it is read to its end,
// both digests are verified; where it is not, it comes from one place at least,
// and an image elsewhere can do it no harm.
//
// Each image has its own [Limits]: it pays for what it needs of a layer, whoever
// has read that, and for nothing that others needed. Where the question of one
// image ends early, by its context or by its limits, others begin to read the
// layer anew; so they do after a blob that could not be read. A layer whose bytes
// are wrong is wrong for all that have it.
//
// It is safe for concurrent use.
type Shared struct {
	ctx context.Context // What is read lives as long as it, whoever asked first.
	end context.CancelCauseFunc

	maxIdleBytes int64

	mu   sync.Mutex
	all  map[blob]*sharedReading
	idle []*sharedReading // Those without users, the latest last.
}

// blob is what makes two layers the same.
type blob struct {
	origin, digest, diffID string
	limits                 Limits
}

type sharedReading struct {
	*reading

	blob  blob
	users int // Layers of file systems that are open.
}

// size estimates how much memory it takes: that of the index, of small files,
// and of digests that are none but a long text.
func (r *sharedReading) size() int64 {
	c := r.budget.spent()
	return c.entries*bytesPerEntry + c.names + c.captured + r.contents.size.Load() + int64(len(r.blob.digest)+len(r.blob.diffID))
}

// NewShared returns a Shared that has nothing yet. When ctx ends, reading does.
func NewShared(ctx context.Context) *Shared {
	s := &Shared{maxIdleBytes: maxIdleBytes, all: make(map[blob]*sharedReading)}
	s.ctx, s.end = context.WithCancelCause(ctx)
	return s
}

// Close ends all reading that is shared. A question that needs more fails then.
func (s *Shared) Close() {
	s.end(fs.ErrClosed)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.all {
		_ = r.closeIfFree() // It was only read; and if it is being read, release closes it.
	}
	clear(s.all)
	s.idle = nil
}

// join returns the reading of a layer, and what is to be called when it is not
// needed any more. Without a Shared, or for a layer that nothing is sure to be
// the same as, nobody else gets that reading.
func (s *Shared) join(l Layer, limits Limits) (r *reading, leave func() error) {
	if s == nil || l.Origin == "" || l.Digest == "" {
		r = newReading(limits)
		return r, r.close
	}
	b := blob{origin: l.Origin, digest: l.Digest, diffID: l.DiffID, limits: limits}
	s.mu.Lock()
	defer s.mu.Unlock()
	shared := s.all[b]
	if shared == nil {
		shared = &sharedReading{reading: newReading(limits), blob: b}
		shared.shared = s.ctx
		s.all[b] = shared
	}
	shared.users++
	s.idle = slices.DeleteFunc(s.idle, func(r *sharedReading) bool { return r == shared })
	return shared.reading, func() error {
		s.leave(shared)
		return nil
	}
}

func (s *Shared) leave(r *sharedReading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.users--; r.users > 0 || s.all[r.blob] != r {
		return
	}
	s.idle = append(s.idle, r)
	s.trim()
}

// trim forgets the readings that have been idle for longest. Nobody reads on
// with one that is idle, so that to close it is not to wait.
func (s *Shared) trim() {
	var size int64
	streams, kept := 0, 0
	for _, r := range slices.Backward(s.idle) {
		size += r.size()
		if kept == maxIdle || size > s.maxIdleBytes {
			break
		}
		kept++
		if !r.isOpen() {
			continue
		}
		if streams++; streams > maxIdleStreams {
			_ = r.close() // It was only read, and what is known of it is kept.
		}
	}
	for _, r := range s.idle[:len(s.idle)-kept] {
		_ = r.close() // It was only read.
		delete(s.all, r.blob)
	}
	s.idle = slices.Delete(s.idle, 0, len(s.idle)-kept)
}
