// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"io"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// hostileTexts is what an image, a file or a person may bring along to leave
// the syntax of a format.
var hostileTexts = []string{
	"", evil, "]]></failure>&<!--", "%0A::error::x,y:z", "\n::add-mask::x\n", "##[add-mask]x", "a\r\nnot ok 9 # SKIP\n1..2\n  ---\n  ...",
	`"}],"kind":"pass",\u0000 [a](1) {0}`, "|\n# a\n```\n<details>", "\xff\xfe\xed\xa0\x80", "\U0010ffff\ufffe\u2028", "::error::x\n::warning file=a::y", "@\x00",
}

// FuzzFormats checks that no text from outside leaves the syntax of a format,
// and that none makes a line that a pipeline takes for a command of its own.
func FuzzFormats(f *testing.F) {
	for _, text := range hostileTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reports := []*check.Report{planted(text), many(2, text)}
		reports[1].Info.Target, reports[1].Trouble = text, io.ErrUnexpectedEOF
		o := report.Options{Gate: check.Gate{FailOn: check.Error, Strict: true}, Version: text}
		for name, read := range readers {
			out := write(t, func(w io.Writer) error { return formats[name](w, reports, o) })
			if diff := cmp.Diff(expected(name, reports, o), read(t, out), cmp.AllowUnexported(counts{})); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", name, diff, out)
			}
			if name != "github.txt" {
				checkNoCommands(t, name, out)
			}
		}
		checkNoCommands(t, "summary.md", write(t, func(w io.Writer) error { return report.Markdown(w, reports, o) }))
		checkNoCommands(t, "json", write(t, func(w io.Writer) error { return report.JSON(w, reports, o.Gate, text) }))
		checkNoCommands(t, "jsonl", write(t, func(w io.Writer) error { return report.JSONLine(w, reports[1], o.Gate) }))
		for _, width := range []int{40, 120} {
			options := report.TextOptions{Style: report.Style{Width: width}, Gate: o.Gate, Verbose: width == 40}
			checkNoCommands(t, "text", write(t, func(w io.Writer) error { return report.Text(w, reports[0], options) }))
		}
	})
}

// command is what GitHub's runner obeys: at the beginning of a line, and
// anywhere in it, see
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs.
var command = regexp.MustCompile(`(?m)^\s*::[A-Za-z]|##\[`)

func checkNoCommands(t *testing.T, name, out string) {
	t.Helper()
	if found := command.FindString(out); found != "" {
		t.Errorf("%s holds the command %q:\n%s", name, found, out)
	}
}
