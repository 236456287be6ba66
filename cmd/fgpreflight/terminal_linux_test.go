// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

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
			got := onTerminal(t, append(test.args, "explain", "FG202")...)
			if strings.Contains(got, "\x1b[") != test.want {
				t.Errorf("colours: %t, want %t:\n%q", !test.want, test.want, got)
			}
		})
	}
}

// onTerminal runs the program with a pseudo-terminal as its standard output and
// returns what arrives there.
func onTerminal(t *testing.T, args ...string) string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
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
