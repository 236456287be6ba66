// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cli "github.com/fgpreflight/fgpreflight/cmd/fgpreflight"
)

// What is longer than the terminal goes to the pager, and is there in whole
// where there is none.
func TestPager(t *testing.T) {
	bin := t.TempDir()
	for name, script := range map[string]string{
		"less":  `echo "$0 $*" | sed 's,.*/,,'; cat`,
		"early": "echo seen enough; exit 3",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const whole, unset = "\nSource\r\n", "unset"
	for name, c := range map[string]struct {
		rows        uint16
		pager, term string
		want        []string
		without     string
	}{
		"less by itself":      {10, unset, "xterm", []string{"less -FRX\r\n", whole}, "enough"},
		"another":             {10, "less  -x", "xterm", []string{"less -x\r\n", whole}, "-FRX"},
		"one that had enough": {10, "early", "xterm", []string{"seen enough"}, whole},
		"fits":                {1000, unset, "xterm", []string{whole}, "less"},
		"no size":             {0, unset, "xterm", []string{whole}, "less"},
		"dumb":                {10, unset, "dumb", []string{whole}, "less"},
		"none":                {10, "", "xterm", []string{whole}, "less"},
		"missing":             {10, "no-such-pager", "xterm", []string{whole}, "less"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
			t.Setenv("NO_COLOR", "1")
			t.Setenv("TERM", c.term)
			t.Setenv("PAGER", c.pager)
			if c.pager == unset {
				os.Unsetenv("PAGER")
			}
			got := onTerminal(t, c.rows, "explain", "FG202")
			for _, want := range c.want {
				if strings.Count(got, want) != 1 {
					t.Errorf("not once %q in\n%s", want, got)
				}
			}
			if strings.Contains(got, c.without) {
				t.Errorf("%q in\n%s", c.without, got)
			}
		})
	}
}

// TestNoPager shows that a file or a pipe gets the text itself.
func TestNoPager(t *testing.T) {
	t.Setenv("PAGER", "false")
	var out, stderr bytes.Buffer
	code := cli.Run(t.Context(), []string{"explain", "FG202"}, strings.NewReader(""), &out, &stderr)
	if code != 0 || stderr.Len() > 0 || !strings.Contains(out.String(), "\nSource\n") {
		t.Errorf("exit code %d: %s\n%s", code, &stderr, &out)
	}
}
