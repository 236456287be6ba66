// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fgpreflight/fgpreflight/check/report"
)

// progress shows on a terminal what the checks are busy with, in one line that
// is written in place again and again.
type progress struct {
	writing  sync.Mutex
	terminal io.Writer // nil for none
	shown    string    // the line on it

	mu    sync.Mutex // not held while anything is written, for that may take long
	tasks []*task    // in the order in which they began
}

// task is the check of a target.
type task struct {
	target, doing string
	since         time.Time // when it began to do that
}

// progress returns the progress of a call: that of starts, on a terminal that
// can take back what was written, unless the user wants plain text.
func (p *program) progress(f *checkFlags) *progress {
	if !f.trial.run || f.color == "never" || os.Getenv("TERM") == "dumb" || !isTerminal(p.stderr) {
		return &progress{}
	}
	return &progress{terminal: p.stderr}
}

// redrawing is the time between two looks at what is being done.
const redrawing = 200 * time.Millisecond

// start begins to show the tasks. It returns a function that ends it; an
// interrupt does so at once, as the next one may end the program.
func (p *progress) start(ctx context.Context) (end func()) {
	if p.terminal == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var showing sync.WaitGroup
	showing.Go(func() {
		for {
			select {
			case <-ctx.Done():
				p.show("")
				return
			case <-time.After(redrawing):
				p.show(p.line(now()))
			}
		}
	})
	return func() {
		cancel()
		showing.Wait()
	}
}

// of returns a function that is told what the check of a target does from now
// on: "" at its end.
func (p *progress) of(target string) func(doing string) {
	t := &task{target: target}
	return func(doing string) {
		at := now()
		p.mu.Lock()
		defer p.mu.Unlock()
		i := slices.Index(p.tasks, t)
		switch {
		case doing == "" && i >= 0:
			p.tasks = slices.Delete(p.tasks, i, i+1)
		case doing != "" && i < 0:
			p.tasks = append(p.tasks, t)
		}
		t.doing, t.since = doing, at
	}
}

// The most bytes of a target, and of what is done with it, in a line.
const (
	maxTarget = 40
	maxDoing  = 80
)

// line returns what is shown at a time: the task that began first, "" for none.
func (p *progress) line(at time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.tasks) == 0 {
		return ""
	}
	t := p.tasks[0]
	target := t.target
	if len(target) > maxTarget {
		target = filepath.Base(target)
	}
	line := fmt.Sprintf("%s: %s … %d s", report.Sanitise(target, maxTarget), report.Sanitise(t.doing, maxDoing), at.Sub(t.since)/time.Second)
	if more := len(p.tasks) - 1; more > 0 {
		line += fmt.Sprintf(" (and %d more)", more)
	}
	return line
}

// Control sequences of terminals.
// Source: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
const (
	eraseLine = "\r\x1b[K"
	noWrap    = "\x1b[?7l" // what is too long is not shown, in place of going on in the next line
	wrap      = "\x1b[?7h"
)

// show puts the line in the place of the last one, "" for none.
func (p *progress) show(line string) {
	p.writing.Lock()
	defer p.writing.Unlock()
	p.replace(line)
}

func (p *progress) replace(line string) {
	if line == p.shown {
		return
	}
	text := eraseLine
	if line != "" {
		text += noWrap + line + wrap
	}
	fmt.Fprint(p.terminal, text)
	p.shown = line
}

// aside lets others write while nothing is shown.
func (p *progress) aside(write func()) {
	p.writing.Lock()
	defer p.writing.Unlock()
	p.replace("")
	write()
}
