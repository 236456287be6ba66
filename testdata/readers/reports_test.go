// SPDX-License-Identifier: Apache-2.0

package readers_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// format is one of the writers.
type format func(io.Writer, []*check.Report, report.Options) error

// gate lets warnings and notes through.
var gate = check.Gate{FailOn: check.Error, Strict: true}

func write(tb testing.TB, f format, o report.Options, reports []*check.Report) []byte {
	tb.Helper()
	o.Gate = gate
	var b bytes.Buffer
	if err := f(&b, reports, o); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func rule(i int, severity check.Severity) *check.Rule {
	return &check.Rule{
		ID: fmt.Sprintf("FG%03d", i), Name: fmt.Sprintf("rule-%d", i), Title: "The image is as it should be",
		Severity: severity, Levels: "DC", Why: "It breaks.\n\nSee [it] | there:\n\n\tRUN *all* `of` <it>\n\n[it]: https://example.com",
		Fix: "Mend it.", Source: []string{"https://example.com"},
	}
}

// texts are what images, files and people may bring along to leave the syntax
// of a format.
var texts = []string{
	"USER root is the root user",
	"",
	"]]> </failure></testcase> & &amp; <!-- \x00\x01\x1b[31m\x7f",
	"::error::x\n::stop-commands::x %0A%25,:: ##[add-mask]y",
	"a\r\nb\u2028c\u2029d\u0085e\u202ef\u2066g\u200bh\ufeffi\ufffe",
	"\xff\xfe\xc0\x80\xed\xa0\x80",
	"\"}, {\"ruleId\": \"x\"} \\\\ \\\" \\u0000 {0} [a](1) [b](http://example.com)",
	"not ok 1 # SKIP \\# TODO\n1..9\nBail out!\n  ---\n  ...\nok 2",
	"| a | b |\n| - | - |\n# c\n- d\n```\n<script>e</script> <details> </details> &lt; **f** ~~g~~ @h #1",
	"@\x00", "- a", "1. b", "    c", "> d", "===", "::add-mask::f",
	strings.Repeat("long ", 13108),
	strings.Repeat("\u202e`|", 1<<14),
}

// planted is a report with the text wherever one can come from outside.
func planted(text string) *check.Report {
	at := check.Location{Artifact: "a/" + text, Key: text, Line: 1, Column: 2, Width: 3, Base: text}
	r := &check.Report{
		Info: check.Info{
			Target: text, Source: "dockerfile", Name: text, Digest: text, Platform: text, Reference: text,
			Text: "FROM " + text, Artifact: "a/" + text, Notices: []check.Notice{{Message: text}, {At: at, Message: text}},
		},
		Function: &check.Function{},
		Policy:   check.Policy{Skip: map[string]string{"FG004": text}},
		Trouble:  errors.New("opening " + text),
	}
	add := func(severity check.Severity, v check.Verdict, suppressed string, err error) {
		r.Results = append(r.Results, check.Result{
			Rule: rule(len(r.Results)+1, severity), Severity: severity, Verdict: v, Suppressed: suppressed, Err: err, Asked: []string{text},
		})
	}
	failed := check.Failf(at, "%s", text).Also(check.At(text, text), check.AtFile(text)).WithFix("%s\n\n%s\n\n%s:\n\n%s", text, text, text, text)
	add(check.Error, failed, "", nil)
	add(check.Warning, failed, "", nil)
	add(check.Note, failed, "", nil)
	add(check.Error, failed, "for "+text, nil)
	add(check.Error, check.Unknownf(text, "%s", text), "", nil)
	add(check.Warning, check.Unknownf(text, "%s", text), "", nil)
	add(check.Error, check.Passf(at, "%s", text), "", nil)
	add(check.Error, check.NotApplicablef("%s", text), "", nil)
	add(check.Error, check.Unknownf("", "it went wrong"), "", errors.New("reading "+text))
	return r
}

// image is the same report of an image.
func image(text string) *check.Report {
	r := planted(text)
	r.Info.Source, r.Info.Text, r.Info.Artifact = "registry", "", ""
	return r
}

// What a planted report has: rows that fail the build, other failures, and
// trouble. Suppressed failures are extra.
const (
	plantedRows    = 9
	plantedFailed  = 2 // a failure, and an undecided error under --strict
	plantedOthers  = 2
	plantedTrouble = 2
	plantedPassed  = 1
)

func many(n int) *check.Report {
	r := &check.Report{Info: check.Info{Target: "app:1.0", Source: "docker", Name: "app:1.0"}, Function: &check.Function{}}
	for i := range n {
		v := check.Failf(check.At("config", "User"), "USER is not set").WithFix("add:\n\nUSER 1003:1003")
		r.Results = append(r.Results, check.Result{Rule: rule(i+1, check.Error), Severity: check.Error, Verdict: v})
	}
	return r
}

// want is what is to be read back.
type want struct{ rows, failed, others, trouble, passed, suppressed int }

// cases returns the reports that every format is tested with.
func cases() map[string]struct {
	reports []*check.Report
	want    want
} {
	type reports = []*check.Report
	out := map[string]struct {
		reports []*check.Report
		want    want
	}{
		"no reports":   {nil, want{}},
		"no findings":  {reports{many(0)}, want{}},
		"one":          {reports{many(1)}, want{rows: 1, failed: 1}},
		"five hundred": {reports{many(500)}, want{rows: 500, failed: 500}},
		"twice":        {reports{many(3), many(3)}, want{rows: 6, failed: 6}},
	}
	for i, text := range texts {
		out[fmt.Sprintf("hostile %d", i)] = struct {
			reports []*check.Report
			want    want
		}{reports{planted(text), image(text)}, want{
			2 * plantedRows, 2 * plantedFailed, 2 * plantedOthers, 2 * plantedTrouble, 2 * plantedPassed, 2,
		}}
	}
	return out
}
