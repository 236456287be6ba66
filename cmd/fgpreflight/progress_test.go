// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	cli "github.com/fgpreflight/fgpreflight/cmd/fgpreflight"
)

// screen is a terminal of one line and what has scrolled up from it.
type screen struct {
	mu     sync.Mutex
	above  string
	line   string
	noWrap bool
}

// Write understands what the program uses of a terminal.
func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := string(b); rest != ""; {
		switch {
		case strings.HasPrefix(rest, "\r\x1b[K"):
			s.line, rest = "", rest[4:]
		case strings.HasPrefix(rest, "\x1b[?7"):
			s.noWrap, rest = rest[4] == 'l', rest[5:]
		case strings.HasPrefix(rest, "\r\n"):
			rest = rest[1:]
		case rest[0] == '\n':
			s.above, s.line, rest = s.above+s.line+"\n", "", rest[1:]
		default:
			s.line, rest = s.line+rest[:1], rest[1:]
		}
	}
	return len(b), nil
}

// now returns the line that is shown.
func (s *screen) now() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.line
}

// want fails unless these lines, and at last this one, are shown.
func (s *screen) want(t *testing.T, above, line string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.above != above || s.line != line || s.noWrap {
		t.Errorf("shown are %q and %q, want %q and %q; cut at the margin: %t", s.above, s.line, above, line, s.noWrap)
	}
}

// offBeat is a time after which the line is not just about to be written.
const offBeat = 500 * time.Millisecond

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := cli.NewProgress(&s)
		end := p.Start(t.Context())
		first, second := p.Of("app.tar"), p.Of("other.tar")
		pass := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		pass(offBeat)
		s.want(t, "", "")
		first("loading")
		pass(1600 * time.Millisecond)
		s.want(t, "", "app.tar: loading … 1 s")
		second("loading")
		pass(time.Second)
		s.want(t, "", "app.tar: loading … 2 s (and 1 more)")
		first("waiting for port 8000")
		pass(1200 * time.Millisecond)
		s.want(t, "", "app.tar: waiting for port 8000 … 1 s (and 1 more)")
		p.Aside(func() { s.Write([]byte("a report\n")) })
		s.want(t, "a report\n", "")
		first("")
		first("")
		pass(time.Second)
		s.want(t, "a report\n", "other.tar: loading … 3 s")
		second("")
		pass(time.Second)
		s.want(t, "a report\n", "")
		second("waiting")
		pass(time.Second)
		end()
		s.want(t, "a report\n", "")
	})
}

// An interrupt clears the line at once, since the next one may end the program.
func TestProgressInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := cli.NewProgress(&s)
		ctx, interrupt := context.WithCancelCause(t.Context())
		end := p.Start(ctx)
		defer end()
		tell := p.Of("app.tar")
		tell("waiting")
		time.Sleep(offBeat)
		synctest.Wait()
		s.want(t, "", "app.tar: waiting … 0 s")
		interrupt(errors.New("interrupted"))
		synctest.Wait()
		s.want(t, "", "")
		tell("cleaning up")
		time.Sleep(time.Second)
		synctest.Wait()
		s.want(t, "", "")
	})
}

// What the names of targets and images hold does nothing to the terminal.
func TestProgressSanitises(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := cli.NewProgress(&s)
		defer p.Start(t.Context())()
		p.Of("a\x1b[2J\n" + strings.Repeat("b", 100))("trying WORKDIR /\r\u202e")
		time.Sleep(offBeat)
		synctest.Wait()
		s.want(t, "", `a\x1b[2J\n`+strings.Repeat("b", 27)+"…: trying WORKDIR /\\r\\u202e … 0 s")
	})
}

// Where there is no terminal nothing is shown, and everything is written.
func TestNoProgress(t *testing.T) {
	var p cli.Progress
	end := p.Start(t.Context())
	defer end()
	p.Of("app.tar")("loading")
	written := false
	p.Aside(func() { written = true })
	if !written {
		t.Error("nothing was written")
	}
}
