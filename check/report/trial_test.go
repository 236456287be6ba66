// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

const mb = 1 << 20

// started is the report of an image that served without fault.
func started() *check.Report {
	r := passing()
	r.Trial = &check.TrialSummary{
		Engine:    "docker at unix:///var/run/docker.sock (27.1.1)",
		Listening: 420 * time.Millisecond, Answering: 480 * time.Millisecond, Waited: 420 * time.Millisecond,
		Memory: check.MemoryUse{Limit: 256 * mb, Peak: 38*mb - 1}, FittingMemory: 128,
	}
	return r
}

// crashed is the report of an image whose program ended with a long log.
func crashed() *check.Report {
	r := failing()
	r.Results = append(r.Results[:0:0], row(keepsRunning, check.Failf(check.At("config", "Cmd"),
		"the container ended 0.3 s after its start with exit code 1, before port 8000 was seen open; its log ends with %q", "giving up").
		WithFix("mend what the log names"), "running container"),
		row(listens, check.SeeRule("FG801", "keeps-running")),
		row(exposes, check.Failf(check.At("config", "ExposedPorts"), "8000/tcp is not declared").WithFix("EXPOSE 8000")))
	r.Trial = &check.TrialSummary{
		Engine: "podman at unix:///run/podman/podman.sock (5.0)", Waited: time.Minute,
		Exit:   check.Exit{Ended: true, Code: 1, After: 310 * time.Millisecond, Early: true},
		Memory: check.MemoryUse{Peak: 5 * mb},
	}
	for i := range 48 {
		r.Trial.Log = append(r.Trial.Log, fmt.Sprintf("line %d", i+1))
	}
	r.Trial.Log = append(r.Trial.Log, "\tat main (app.js:1)\r", "  \x1b[31mthe "+strings.Repeat("very ", 20)+"long reason\u202e", "", "giving up")
	return r
}

// refused is the report of an image that the engine could not start.
func refused() *check.Report {
	r := crashed()
	r.Trial = &check.TrialSummary{Refused: true, Memory: check.MemoryUse{Limit: 128 * mb, Peak: check.UnknownBytes}}
	return r
}

func TestTrialText(t *testing.T) {
	for name, r := range map[string]*check.Report{"run.txt": started(), "run-failed.txt": crashed()} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, func(w io.Writer) error { return report.Text(w, r, report.TextOptions{Gate: onErrors}) })
		})
	}
}

func TestTrialJSON(t *testing.T) {
	golden(t, "run.json", func(w io.Writer) error {
		return report.JSON(w, []*check.Report{started(), crashed()}, onErrors, "1.2.3")
	})
}

// TestFigures shows the lines of time and memory, and that they are not there
// where there is nothing to tell.
func TestFigures(t *testing.T) {
	type summary = check.TrialSummary
	unknown := check.MemoryUse{Peak: check.UnknownBytes}
	for name, c := range map[string]struct {
		change func(*summary)
		want   string
	}{
		"not started": {nil, ""},
		"served": {func(*summary) {}, `
time       0.42 s to listening · 0.48 s to the first answer
memory     peak 38 MB of 256 MB · 128 MB would do, with 20 % to spare
`},
		"no limit": {func(s *summary) { s.Memory.Limit = 0 }, `
time       0.42 s to listening · 0.48 s to the first answer
memory     peak 38 MB, no limit · 128 MB would do, with 20 % to spare
`},
		"peak unknown": {func(s *summary) { s.Memory.Peak, s.FittingMemory = check.UnknownBytes, 0 }, `
time       0.42 s to listening · 0.48 s to the first answer
memory     peak unknown of 256 MB
`},
		"too large for any size": {func(s *summary) { s.Memory.Peak, s.FittingMemory, s.Memory.Limit = 10_000*mb, 0, 0 }, `
time       0.42 s to listening · 0.48 s to the first answer
memory     peak 10000 MB, no limit
`},
		"slow": {func(s *summary) { s.Listening, s.Answering = 9996*time.Millisecond, 12_345*time.Millisecond }, `
time       10 s to listening · 12 s to the first answer
memory     peak 38 MB of 256 MB · 128 MB would do, with 20 % to spare
`},
		"at once": {func(s *summary) { s.Listening = 1 }, `
time       0.01 s to listening · 0.48 s to the first answer
memory     peak 38 MB of 256 MB · 128 MB would do, with 20 % to spare
`},
		"never answered": {func(s *summary) { s.Answering = 0 }, `
time       0.42 s to listening · never answered
memory     peak 38 MB of 256 MB · 128 MB would do, with 20 % to spare
`},
		"never listened": {func(s *summary) { *s = summary{Waited: 1500 * time.Millisecond, Memory: unknown} }, `
time       never listened on port 8000 in 1.5 s
memory     peak unknown, no limit
`},
		"ended early": {func(s *summary) {
			*s = summary{Waited: time.Minute, Memory: unknown, Exit: check.Exit{Ended: true, After: 61 * time.Millisecond}}
		}, `
time       never listened on port 8000 · ended after 0.06 s
memory     peak unknown, no limit
`},
		"ended late": {func(s *summary) { s.Exit = check.Exit{Ended: true, After: 3 * time.Second} }, `
time       0.42 s to listening · 0.48 s to the first answer · ended after 3 s
memory     peak 38 MB of 256 MB · 128 MB would do, with 20 % to spare
`},
		"killed": {func(s *summary) {
			s.Memory, s.FittingMemory = check.MemoryUse{Limit: 128 * mb, Peak: 128 * mb, Killed: true}, 0
		}, `
time       0.42 s to listening · 0.48 s to the first answer
memory     out of memory · peak 128 MB of 128 MB
`},
		"killed by the machine": {func(s *summary) { s.Memory.Limit, s.Exit.OutOfMemory = 0, true }, `
time       0.42 s to listening · 0.48 s to the first answer
memory     out of memory · peak 38 MB, no limit
`},
		"refused": {func(s *summary) { *s = summary{Refused: true, Memory: unknown} }, `
time       the engine could not start the program
`},
	} {
		t.Run(name, func(t *testing.T) {
			r := started()
			if c.change == nil {
				r.Trial = nil
			} else {
				c.change(r.Trial)
			}
			got := text(t, r, report.TextOptions{Style: report.Style{Width: 100}, Gate: onErrors})
			_, got, _ = strings.Cut(got, "FG901\n")
			got, _, _ = strings.Cut(got, "\nnothing failed")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestLogOnce shows that a line that a failure tells is not told again by
// itself.
func TestLogOnce(t *testing.T) {
	for name, c := range map[string]struct {
		log  []string
		want string
	}{
		"nothing written":        {nil, ""},
		"nothing but blanks":     {[]string{"", "  "}, ""},
		"the line of a message":  {[]string{" giving up\t", ""}, ""},
		"another line":           {[]string{"gave up"}, "\n| log      of the container\n  | gave up\n"},
		"the line and one more":  {[]string{"starting", "giving up"}, "\n| log      of the container\n  | starting\n  | giving up\n"},
		"a line as if of a rule": {[]string{"✓ passed   FG801\r"}, "\n| log      of the container\n  | ✓ passed   FG801\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := crashed()
			r.Trial.Log = c.log
			got := text(t, r, report.TextOptions{Gate: onErrors})
			_, got, _ = strings.Cut(got, "EXPOSE 8000\n")
			got, _, _ = strings.Cut(got, "\n? unknown")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
