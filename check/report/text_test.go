// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

var onErrors = check.Gate{FailOn: check.Error}

func TestText(t *testing.T) {
	event := withSWR()
	event.Info = check.Info{Target: "app", Source: "podman", Name: "localhost/app:1.0", Reference: "localhost/app:1.0", Platform: "linux/amd64"}
	event.Function.Type = check.Known(check.Event, check.Location{})
	event.Function.UID = check.Known(int64(1100), check.Location{})
	event.Function.Memory = check.Known(int64(512), check.Location{})
	event.Function.Trigger = check.Known("timer", check.Location{})
	event.Policy.Profile = check.Observed

	clean := &check.Report{Info: event.Info, Function: &check.Function{
		Type: event.Function.Type, SWRName: event.Function.SWRName,
	}, Results: []check.Result{
		suppressed(row(exposes, check.Passf(check.At("config", "ExposedPorts"), "8000/tcp is declared"), "config"), "the proxy in front maps it"),
		row(functionMemory, check.NotApplicablef("the function's memory is not set")),
	}}

	for name, c := range map[string]struct {
		report  *check.Report
		options report.TextOptions
	}{
		"passing-color.txt":      {passing(), report.TextOptions{Style: report.Style{Color: true}, Gate: onErrors}},
		"incomplete-verbose.txt": {incomplete(), report.TextOptions{Gate: onErrors, Verbose: true}},
		"clean-verbose.txt":      {clean, report.TextOptions{Gate: onErrors, Verbose: true}},
		"failing-80.txt":         {failing(), report.TextOptions{Gate: onErrors}},
		"failing-120.txt":        {failing(), report.TextOptions{Style: report.Style{Width: 120}, Gate: onErrors}},
		"failing-40.txt":         {failing(), report.TextOptions{Style: report.Style{Width: 1}, Gate: onErrors}},
		"failing-color.txt":      {failing(), report.TextOptions{Style: report.Style{Color: true}, Gate: onErrors}},
		"failing-verbose.txt":    {failing(), report.TextOptions{Gate: onErrors, Verbose: true}},
		"failing-strict.txt":     {failing(), report.TextOptions{Gate: check.Gate{FailOn: check.Note, Strict: true}}},
		"failing-never.txt":      {failing(), report.TextOptions{}},
		"passing.txt":            {passing(), report.TextOptions{Gate: onErrors}},
		"next-steps.txt":         {withSWR(), report.TextOptions{Gate: onErrors}},
		"next-steps-event.txt":   {event, report.TextOptions{Gate: onErrors}},
		"unreadable.txt":         {unreadable(), report.TextOptions{Gate: onErrors}},
		"incomplete.txt":         {incomplete(), report.TextOptions{Gate: onErrors}},
		"hostile.txt":            {hostile(), report.TextOptions{Gate: onErrors}},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, func(w io.Writer) error { return report.Text(w, c.report, c.options) })
		})
	}
}

// A hostile string must neither reach the terminal raw nor begin a line: lines
// at the left edge are the report's own.
func FuzzText(f *testing.F) {
	f.Add(evil, false, 80)
	f.Add("a\n✓ passed   FG202\n", true, 40)
	f.Add("lead:\n\ncode:\n\n\n\nmore", true, 120)
	f.Add("", false, 0)
	f.Fuzz(func(t *testing.T, s string, verbose bool, width int) {
		o := report.TextOptions{Style: report.Style{Width: width}, Gate: onErrors, Verbose: verbose}
		got := text(t, planted(s), o)
		for _, r := range got {
			if r != '\n' && !strconv.IsPrint(r) {
				t.Fatalf("%q is left in the report", r)
			}
		}
		if strings.ContainsRune(got, utf8.RuneError) && !strings.ContainsRune(s, utf8.RuneError) {
			t.Fatal("the report is not valid UTF-8")
		}
		want := leftEdge(text(t, planted("x"), o))
		if diff := cmp.Diff(want, leftEdge(got)); diff != "" {
			t.Fatalf("lines at the left edge (-want +got):\n%s", diff)
		}
	})
}

// planted returns a report with s wherever an image, a Dockerfile, a registry
// or a defect can put a string. The target is the user's own.
func planted(s string) *check.Report {
	inherited := check.Location{Artifact: "a" + s, Key: s, Line: 1, Base: s}
	at := check.Location{Artifact: "a" + s, Key: s, Line: 1}
	return &check.Report{
		Info: check.Info{
			Target: "app", Source: "oci", Name: s, Digest: s, Platform: s, Text: "FROM " + s, Artifact: "a" + s,
			Notices: []check.Notice{{At: at, Message: s}, {Message: "on " + s}},
		},
		Function: &check.Function{},
		Results: []check.Result{
			row(nonroot, check.Failf(at, "USER %s", s).Also(inherited).WithFix("write %s:\n\n%s", s, s), "a"+s),
			suppressed(row(exposes, check.Failf(at, "port %s", s).WithFix("%s", s)), "as "+s),
			row(home, check.Unknownf(s, "%s", s), "a"+s),
			row(listens, check.Unknownf(s, "%s", s)),
			row(foreground, check.Passf(at, "%s", s)),
			row(argsOverride, check.NotApplicablef("%s", s)),
			broken(executable, errors.New("reading "+s)),
		},
		Trial: &check.TrialSummary{Engine: s, Log: []string{"wrote " + s, "and " + s}},
	}
}

// leftEdge returns the first word of each line that begins at the left edge.
func leftEdge(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " "); word != "" {
			out = append(out, word)
		}
	}
	return out
}

func TestTextIsBounded(t *testing.T) {
	for _, huge := range []string{strings.Repeat("\x1b", 1<<20), strings.Repeat("a\n", 1<<20)} {
		r := planted(huge)
		for range 1000 {
			r.Results[0].At = append(r.Results[0].At, check.Location{Artifact: huge})
		}
		for _, verbose := range []bool{false, true} {
			if got := len(text(t, r, report.TextOptions{Verbose: verbose})); got > 1<<18 {
				t.Errorf("verbose %t: the report has %d bytes", verbose, got)
			}
		}
	}
}

func TestTextSaysWhyItFails(t *testing.T) {
	unknown := &check.Report{Info: archive, Function: &check.Function{}, Results: []check.Result{
		row(executable, check.Unknownf("pass --full", "the layers were not read")),
	}}
	warned := &check.Report{Info: archive, Function: &check.Function{}, Results: []check.Result{
		row(exposes, check.Failf(check.At("config", "ExposedPorts"), "nothing is declared").WithFix("EXPOSE 8000")),
	}}
	both := incomplete()
	both.Results = append(both.Results, row(exposes, check.Failf(check.Location{}, "nothing is declared")))
	for _, c := range []struct {
		name   string
		report *check.Report
		gate   check.Gate
		want   string
	}{
		{"an unknown error is let through", unknown, onErrors, `
nothing failed; 1 unknown
passed: as far as this target can tell
next: give the image's name in SWR with --swr-name to see how to push it
`},
		{"an unknown error under --strict", unknown, check.Gate{FailOn: check.Error, Strict: true}, `
nothing failed; 1 unknown
failed: 1 undecided error (--strict)
next: let the unknown rules be decided as shown, or leave --strict out
`},
		{"a warning is let through", warned, onErrors, `
1 warning
passed: no failure reaches --fail-on error
next: apply the fixes and check again; why: fgpreflight explain FG103
`},
		{"a warning under --fail-on warning", warned, check.Gate{FailOn: check.Warning}, `
1 warning
failed: 1 warning (--fail-on warning)
next: apply the fixes and check again; why: fgpreflight explain FG103
`},
		{"nothing failed under --fail-on never", unknown, check.Gate{}, `
nothing failed; 1 unknown
passed: as far as this target can tell
next: give the image's name in SWR with --swr-name to see how to push it
`},
		{"trouble and a failure", both, check.Gate{FailOn: check.Warning}, `
1 warning; 5 passed, 3 unknown, 3 not checked, 2 n/a
incomplete: 3 rules could not be checked, besides 1 warning (--fail-on warning)
next: see to the trouble above and check again
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := text(t, c.report, report.TextOptions{Gate: c.gate})
			if !strings.HasSuffix(got, c.want) {
				t.Errorf("the report ends in:\n%s\nwant:\n%s", got[max(0, len(got)-len(c.want)):], c.want)
			}
		})
	}
}

func TestColorIsNotTheEnvironments(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	if got := text(t, failing(), report.TextOptions{Style: report.Style{Color: true}}); !strings.Contains(got, "\x1b[") {
		t.Error("colour was asked for and is missing")
	}
	t.Setenv("NO_COLOR", "")
	if got := text(t, failing(), report.TextOptions{}); strings.Contains(got, "\x1b") {
		t.Error("colour is there and was not asked for")
	}
}

// Colour adds nothing but colour.
func TestColorTellsNothing(t *testing.T) {
	for _, r := range []*check.Report{failing(), withSWR(), incomplete(), hostile(), dockerfile(), started(), crashed()} {
		o := report.TextOptions{Gate: onErrors}
		plain := text(t, r, o)
		o.Color = true
		if diff := cmp.Diff(plain, regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(text(t, r, o), "")); diff != "" {
			t.Errorf("without its colours the report differs:\n%s", diff)
		}
	}
}

// Only lines to be typed may be wider than the page.
func TestTextKeepsItsWidth(t *testing.T) {
	for _, width := range []int{40, 60, 80, 120} {
		o := report.TextOptions{Style: report.Style{Width: width}}
		for line := range strings.Lines(text(t, failing(), o) + text(t, dockerfile(), o) + text(t, started(), o) + text(t, crashed(), o)) {
			line = strings.TrimSuffix(line, "\n")
			typed := strings.HasPrefix(line, "         RUN ") || strings.HasPrefix(line, "      fgpreflight ")
			if report.Columns(line) > width && !typed {
				t.Errorf("width %d: %q", width, line)
			}
		}
	}
}

func TestSummary(t *testing.T) {
	warned := passing()
	warned.Info.Target = swrImage
	for name, reports := range map[string][]*check.Report{
		"summary-incomplete.txt": {failing(), warned, unreadable()},
		"summary-failed.txt":     {warned, failing()},
		"summary-passed.txt":     {warned, passing()},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, func(w io.Writer) error {
				return report.Summary(w, lines(reports), report.Style{})
			})
		})
	}
}

func lines(reports []*check.Report) []report.Line {
	var out []report.Line
	for _, r := range reports {
		out = append(out, report.NewLine(r, onErrors))
	}
	return out
}

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		name    string
		reports []*check.Report
		want    int
	}{
		{"none", nil, check.ExitOK},
		{"passed", []*check.Report{passing()}, check.ExitOK},
		{"one failed", []*check.Report{passing(), failing(), passing()}, check.ExitFailed},
		{"incomplete wins", []*check.Report{incomplete(), failing()}, check.ExitIncomplete},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := report.ExitCode(c.reports, onErrors); got != c.want {
				t.Errorf("ExitCode = %d, want %d", got, c.want)
			}
		})
	}
}

type fullDisk struct{ err error }

func (f fullDisk) Write([]byte) (int, error) { return 0, f.err }

func TestWriteErrors(t *testing.T) {
	rules := []*check.Rule{nonroot}
	for name, write := range map[string]func(io.Writer) error{
		"Text":            func(w io.Writer) error { return report.Text(w, failing(), report.TextOptions{}) },
		"Summary":         func(w io.Writer) error { return report.Summary(w, nil, report.Style{}) },
		"JSON":            func(w io.Writer) error { return report.JSON(w, nil, onErrors, "1.0") },
		"JSONLine":        func(w io.Writer) error { return report.JSONLine(w, failing(), onErrors) },
		"Explain":         func(w io.Writer) error { return report.Explain(w, nonroot, report.Style{}) },
		"ExplainMarkdown": func(w io.Writer) error { return report.ExplainMarkdown(w, nonroot) },
		"RulesText":       func(w io.Writer) error { return report.RulesText(w, rules) },
		"RulesMarkdown":   func(w io.Writer) error { return report.RulesMarkdown(w, rules) },
		"RulesJSON":       func(w io.Writer) error { return report.RulesJSON(w, rules) },
	} {
		t.Run(name, func(t *testing.T) {
			full := errors.New("no space left")
			if err := write(fullDisk{full}); !errors.Is(err, full) {
				t.Errorf("the error is %v, want %v", err, full)
			}
		})
	}
}

func TestTextUsesItsWholeWidth(t *testing.T) {
	for _, line := range []string{
		"app.tar (docker-archive app:1.0, linux/amd64, sha256:1f0c4b2d9a3e)\n",
		"\n✗ error    FG202 nonroot-user   config.User\n",
	} {
		width := utf8.RuneCountInString(strings.TrimSpace(line))
		for _, c := range []struct {
			width int
			want  bool
		}{{width, true}, {width - 1, false}} {
			got := text(t, failing(), report.TextOptions{Style: report.Style{Width: c.width}})
			if strings.Contains(got, line) != c.want {
				t.Errorf("in %d columns the report holds %q: %t", c.width, line, !c.want)
			}
		}
	}
}

func TestTextShowsSomePlaces(t *testing.T) {
	v := check.Failf(check.AtFile("/a"), "closed").Also(check.AtFile("/b"), check.AtFile("/c"), check.AtFile("/d"))
	r := &check.Report{Info: archive, Function: &check.Function{}, Results: []check.Result{row(executable, v)}}
	for verbose, want := range map[bool]string{false: "  /a, /b, /c and 1 more\n", true: "  /a, /b, /c, /d\n"} {
		if got := text(t, r, report.TextOptions{Verbose: verbose}); !strings.Contains(got, want) {
			t.Errorf("verbose %t: %q is missing in:\n%s", verbose, want, got)
		}
	}
}

func TestFix(t *testing.T) {
	for _, c := range []struct{ name, fix, want string }{
		{"none", "", ""},
		{"a sentence", "choose another name", "  fix: choose another name\n"},
		{"prose in two lines", "choose\nanother", "  fix: choose another\n"},
		{"lines to type", "add:\n\nUSER 1\nENV A=b", "  fix: add:\n         USER 1\n         ENV A=b\n"},
		{"a typed line ends in a colon", "add:\n\nUSER 1:", "  fix: add:\n         USER 1:\n"},
		{"two leads", "add:\n\na\n\nor:\n\nb", "  fix: add:\n         a\n       or:\n         b\n"},
		{"a lead behind a typed colon", "add:\n\na:\n\nor:\n\nb", "  fix: add:\n         a:\n       or:\n         b\n"},
		{"typed lines with a gap", "add:\n\na\n\nb", "  fix: add:\n         a\n         b\n"},
		{"a lead behind a sentence", "either.\n\nor:\n\nb:", "  fix: either.\n       or:\n         b:\n"},
		{"typed without a lead", "as follows\n\na", "  fix: as follows\n         a\n"},
		{"many empty lines, tabs and carriage returns", "add:\r\n\n\n\ta\r\n\n", "  fix: add:\n             a\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &check.Report{Info: archive, Function: &check.Function{}, Results: []check.Result{
				row(executable, check.Failf(check.Location{}, "MESSAGE").WithFix("%s", c.fix)),
			}}
			_, after, _ := strings.Cut(text(t, r, report.TextOptions{}), "MESSAGE\n")
			got, _, _ := strings.Cut(after, "\n1 error")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
