// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	cli "github.com/fgpreflight/fgpreflight/cmd/fgpreflight"
)

// There are colours on a terminal, unless somebody or something is against it.
func TestTerminal(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		want bool
	}{
		"by itself":      {want: true},
		"NO_COLOR":       {env: map[string]string{"NO_COLOR": "1"}},
		"empty NO_COLOR": {env: map[string]string{"NO_COLOR": ""}, want: true},
		"dumb":           {env: map[string]string{"TERM": "dumb"}},
		"never":          {args: []string{"--color", "never"}},
		"auto":           {args: []string{"--color=auto"}, want: true},
		"always":         {args: []string{"--color", "always"}, env: map[string]string{"NO_COLOR": "1"}, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TERM", "xterm")
			t.Setenv("NO_COLOR", "")
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			got := onTerminal(t, 0, append(test.args, "explain", "FG202")...)
			if strings.Contains(got, "\x1b[") != test.want {
				t.Errorf("colours: %t, want %t:\n%q", !test.want, test.want, got)
			}
		})
	}
}

// onTerminal runs the program with a pseudo-terminal of so many lines as its
// standard output and returns what arrives there.
func onTerminal(t *testing.T, rows uint16, args ...string) string {
	t.Helper()
	master, terminal := openTerminal(t)
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: 80}); err != nil {
		t.Fatal(err)
	}
	shown := make(chan string)
	go func() {
		data, _ := io.ReadAll(master) // Its end is an error: the terminal was closed.
		shown <- string(data)
	}()
	code := cli.Run(t.Context(), args, strings.NewReader(""), terminal, io.Discard)
	terminal.Close()
	if code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	return <-shown
}

// openTerminal returns both ends of a pseudo-terminal.
func openTerminal(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, terminal
}

// While an engine is waited for, the terminal shows it, and nothing of that is
// left when something else is written: the report, or what an interrupt has to
// say.
func TestProgressOnTerminal(t *testing.T) {
	image := goodArchive(t)
	for name, c := range map[string]struct {
		args []string
		end  func(interrupt context.CancelCauseFunc, loseEngine func())
		want string // a part of what is there at the end
	}{
		"interrupted": {nil, func(interrupt context.CancelCauseFunc, _ func()) { interrupt(errors.New("enough")) }, "fgpreflight: enough\n"},
		"reported":    {[]string{"--only", "FG101,FG202"}, func(_ context.CancelCauseFunc, loseEngine func()) { loseEngine() }, "\n✓ passed   FG202\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TERM", "xterm")
			t.Setenv("NO_COLOR", "1")
			engine, loseEngine := hangingEngine(t)
			ctx, interrupt := context.WithCancelCause(t.Context())
			defer interrupt(nil)
			master, terminal := openTerminal(t)
			var s screen
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = io.Copy(&s, master) // Its end is an error: the terminal was closed.
			}()
			code := make(chan int)
			go func() {
				defer terminal.Close()
				code <- cli.Run(ctx, append(c.args, "--run", "--engine", engine, image), strings.NewReader(""), terminal, terminal)
			}()
			for !strings.Contains(s.now(), "good.tar: connecting to the engine … ") {
				select {
				case got := <-code:
					t.Fatalf("exit code %d before anything was shown", got)
				case <-time.After(10 * time.Millisecond):
				}
			}
			c.end(interrupt, loseEngine)
			if got := <-code; got != 3 {
				t.Errorf("exit code %d, want 3", got)
			}
			<-ended
			if got := s.above; !strings.Contains(got, c.want) || strings.Contains(got, "connecting") {
				t.Errorf("there is at the end:\n%s", got)
			}
			s.want(t, s.above, "")
		})
	}
}

// hangingEngine returns the address of an engine that answers nothing, until it
// is lost.
func hangingEngine(t *testing.T) (address string, lose func()) {
	t.Helper()
	lost := make(chan struct{})
	address = checktest.ServeSocket(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-lost:
			http.Error(w, "lost", http.StatusInternalServerError)
		}
	}))
	return address, sync.OnceFunc(func() { close(lost) })
}
