// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// figures writes a line of time and one of memory, where the image was started.
func (t *textReport) figures() {
	s := t.report.Trial
	if s == nil {
		return
	}
	t.line()
	t.figure("time", startTimes(s))
	if !s.Refused {
		t.figure("memory", memoryUse(s))
	}
}

func (t *textReport) figure(name string, parts []string) {
	t.paragraph(t.paint.bold.Sprint(pad(name, markWidth)), markWidth, strings.Join(parts, " · "))
}

// startTimes tells how long the container took to serve, or that it did not.
func startTimes(s *check.TrialSummary) []string {
	ended := "ended after " + duration(s.Exit.After)
	switch {
	case s.Refused:
		return []string{"the engine could not start the program"}
	case s.Listening == 0 && s.Exit.Ended:
		return []string{"never listened on port 8000", ended}
	case s.Listening == 0:
		return []string{"never listened on port 8000 in " + duration(s.Waited)}
	}
	parts := []string{duration(s.Listening) + " to listening"}
	if s.Answering == 0 {
		parts = append(parts, "never answered")
	} else {
		parts = append(parts, duration(s.Answering)+" to the first answer")
	}
	if s.Exit.Ended {
		parts = append(parts, ended)
	}
	return parts
}

// memoryUse tells how much memory the container took, and what would do.
func memoryUse(s *check.TrialSummary) []string {
	peak := "peak unknown"
	if s.Memory.Peak != check.UnknownBytes {
		peak = "peak " + megabytes(s.Memory.Peak)
	}
	limit := ", no limit"
	if s.Memory.Limit > 0 {
		limit = " of " + megabytes(s.Memory.Limit)
	}
	parts := []string{peak + limit}
	switch {
	case isOutOfMemory(s):
		return append([]string{"out of memory"}, parts...)
	case s.FittingMemory > 0:
		return append(parts, fmt.Sprintf("%d MB would do, with 20 %% to spare", s.FittingMemory))
	default:
		return parts
	}
}

func isOutOfMemory(s *check.TrialSummary) bool { return s.Memory.Killed || s.Exit.OutOfMemory }

// duration returns a time with as many digits as matter: "0.42 s", "12 s".
func duration(d time.Duration) string {
	unit := 10 * time.Millisecond
	if d >= 10*time.Second {
		unit = time.Second
	}
	return strconv.FormatFloat(max(d.Round(unit), unit).Seconds(), 'f', -1, 64) + " s"
}

// megabytes returns a number of bytes in the unit of a function's memory,
// rounded up.
func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", (bytes+1<<20-1)>>20) }

const maxLogLinesText = 10 // of a log in a text

// log writes the last lines of a container's log, unless failures above tell
// all of them.
func (t *textReport) log() {
	if t.report.Trial == nil {
		return
	}
	var lines []string
	for _, line := range logLines(t.report.Trial) {
		if strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 || !slices.ContainsFunc(lines, func(line string) bool { return !t.quotes(line) }) {
		return
	}
	what := "of the container"
	if len(lines) > maxLogLinesText {
		lines = lines[len(lines)-maxLogLinesText:]
		what = fmt.Sprintf("of the container, its last %d lines; --logs FILE writes all", len(lines))
	}
	t.line()
	t.paragraph(t.mark(mark{"|", "log", t.paint.faint}), markWidth, what)
	const gutter = "  | "
	for _, line := range lines {
		t.paragraph(t.paint.faint.Sprint(gutter), len(gutter), line)
	}
}

// quotes reports whether the message of a failure holds the line of a log.
func (t *textReport) quotes(line string) bool {
	return slices.ContainsFunc(t.rows.failed, func(r check.Result) bool {
		return strings.Contains(Sanitise(r.Message, maxMessage), fmt.Sprintf("%q", strings.TrimSpace(line)))
	})
}

// logLines returns the last lines of the log, each fit to be shown.
func logLines(s *check.TrialSummary) []string {
	out := []string{}
	for _, line := range s.Log[max(0, len(s.Log)-check.MaxLogLines):] {
		line = strings.TrimRight(line, "\r\n")
		out = append(out, Sanitise(strings.ReplaceAll(line, "\t", "    "), maxWord))
	}
	return out
}
