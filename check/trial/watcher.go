// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// watcher sees a container end, and how much memory it takes until then.
type watcher struct {
	container Container
	cancel    context.CancelFunc
	tasks     sync.WaitGroup

	ended chan struct{} // closed when the container has ended, or nobody can tell any more
	exit  check.Exit
	err   error // why nobody can tell

	mu  sync.Mutex
	use check.MemoryUse
}

// watch begins to watch. The watcher has to be stopped.
func watch(ctx context.Context, container Container) *watcher {
	ctx, cancel := context.WithCancel(ctx)
	w := &watcher{container: container, cancel: cancel, ended: make(chan struct{}), use: check.MemoryUse{Peak: check.UnknownBytes}}
	w.tasks.Go(func() {
		defer close(w.ended)
		w.exit, w.err = container.Wait(ctx)
	})
	w.tasks.Go(func() { w.measure(ctx) })
	return w
}

func (w *watcher) stop() {
	w.cancel()
	w.tasks.Wait()
}

// measure asks for the memory again and again, as some engines know no peak.
func (w *watcher) measure(ctx context.Context) {
	for {
		w.ask(ctx)
		select {
		case <-w.ended:
			return
		case <-ctx.Done():
			return
		case <-time.After(memoryPause):
		}
	}
}

// ask asks for the memory once. Without an answer the last one stays.
func (w *watcher) ask(ctx context.Context) {
	use, err := w.container.Memory(ctx)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.use = use
}

// memory returns the memory as known by now.
func (w *watcher) memory(ctx context.Context) check.MemoryUse {
	w.ask(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.use
}

func (w *watcher) hasEnded() bool { return isClosed(w.ended) }

// waitFor waits until the prober is done, and reports whether there is nothing
// more that it could be waited for: the time for the port is over, or the
// container has ended. Beside an ended container it gets no more time than for
// what is under way: nothing where the port was never open.
func (w *watcher) waitFor(ctx context.Context, p *prober, o *Options) (over bool) {
	o.tell(fmt.Sprintf("waiting for port %d", functionPort))
	timeout := time.After(o.StartTimeout)
	select {
	case <-p.done:
	case <-p.opened:
	case <-w.ended:
		timeout = time.After(memoryPause) // for lines that are on their way
	case <-timeout:
		return true
	case <-ctx.Done():
	}
	select {
	case <-p.done:
	case <-p.opened:
	case <-timeout:
		return true
	case <-ctx.Done():
		return true
	}
	if !isClosed(p.opened) {
		return false
	}
	o.tell("calling the function")
	return w.waitForAnswers(ctx, p)
}

// waitForAnswers waits until the requests are answered.
func (w *watcher) waitForAnswers(ctx context.Context, p *prober) (over bool) {
	select {
	case <-p.done:
		return false
	case <-w.ended:
	case <-ctx.Done():
		return true
	}
	select {
	case <-p.done:
		return false
	case <-time.After(probeGrace):
	case <-ctx.Done():
	}
	return true
}

// settle waits whether a container that serves stays alive, and notes how it
// ended if not.
func (w *watcher) settle(ctx context.Context, t *check.Trial) error {
	if t.Listening > 0 {
		select {
		case <-w.ended:
		case <-ctx.Done():
		case <-time.After(settling):
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !w.hasEnded() {
		return nil
	}
	if w.err != nil {
		return w.err
	}
	if t.Refusal = w.container.Refusal(); t.Refusal.Kind == check.Started {
		t.Exit = w.exit
		t.Exit.Early = t.Listening == 0
	}
	return nil
}
