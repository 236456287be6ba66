// SPDX-License-Identifier: Apache-2.0

package rootfs

import "context"

// lock is a mutex that one need not wait for. It has an element while somebody
// has it.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

// take waits for the lock as long as the context lasts.
func (l lock) take(ctx context.Context) error {
	select {
	case l <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if ctx.Err() != nil { // Both were ready.
		l.give()
		return context.Cause(ctx)
	}
	return nil
}

// wait is take for those who know that nobody keeps the lock for long.
func (l lock) wait() { l <- struct{}{} }

// try takes the lock if nobody has it.
func (l lock) try() bool {
	select {
	case l <- struct{}{}:
		return true
	default:
		return false
	}
}

func (l lock) give() { <-l }
