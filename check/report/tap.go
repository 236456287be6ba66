// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// TAP writes the reports in version 13 of the Test Anything Protocol, each rule
// of a target a test. What fails the build is not ok; a failure that does not
// is marked as TODO, and what was not decided as SKIP, so that the tests agree
// with the exit code.
func TAP(w io.Writer, reports []*check.Report, o Options) error {
	var b bytes.Buffer
	n := 0
	for _, r := range reports {
		target := Sanitise(r.Info.Target, maxWord)
		if r.Trouble != nil {
			n++
			writeTest(&b, tapTest{number: n, name: target, details: []tapDetail{{"message", Sanitise(r.Trouble.Error(), maxMessage)}}})
		}
		for _, result := range r.Results {
			n++
			test := newTAPTest(r, result, o)
			test.number, test.name = n, ruleName(result.Rule)+" "+target
			writeTest(&b, test)
		}
	}
	return writeAll(w, append(fmt.Appendf(nil, "TAP version 13\n1..%d\n", n), b.Bytes()...))
}

type (
	tapTest struct {
		number    int
		ok        bool
		name      string
		directive string // "TODO" or "SKIP" and the reason; "" for none
		details   []tapDetail
	}
	tapDetail struct{ key, value string }
)

func newTAPTest(r *check.Report, result check.Result, o Options) tapTest {
	f := newFinding(r, result, o)
	details := []tapDetail{{"message", f.text()}, {"severity", result.Severity.String()}}
	if at := f.place.at(); at != "" {
		details = append(details, tapDetail{"at", at})
	}
	if len(f.fix) > 0 {
		details = append(details, tapDetail{"help", strings.Join(f.fix, "\n")})
	}
	switch {
	case result.Err != nil:
		return tapTest{details: []tapDetail{{"message", Sanitise(result.Err.Error(), maxMessage)}}}
	case o.Gate.Counts(result):
		return tapTest{details: details}
	case result.Outcome == check.Fail:
		return tapTest{directive: "TODO " + uncounted(result), details: details}
	case result.Outcome == check.Pass:
		return tapTest{ok: true}
	}
	return tapTest{ok: true, directive: "SKIP " + uncounted(result) + ", " + f.text()}
}

// writeTest writes a line for the test and its details as a block of YAML,
// whose strings are those of JSON.
func writeTest(b *bytes.Buffer, t tapTest) {
	word := "not ok"
	if t.ok {
		word = "ok"
	}
	fmt.Fprintf(b, "%s %d - %s", word, t.number, tapText(t.name))
	if t.directive != "" {
		fmt.Fprintf(b, " # %s", tapText(t.directive))
	}
	b.WriteByte('\n')
	if len(t.details) == 0 {
		return
	}
	b.WriteString("  ---\n")
	for _, d := range t.details {
		fmt.Fprintf(b, "  %s: %s\n", d.key, yamlString(d.value))
	}
	b.WriteString("  ...\n")
}

// tapText escapes what would begin a directive.
func tapText(s string) string { return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(s) }

// yamlString returns the string as JSON, which is YAML too. Since it is
// sanitised, nothing but quotes, backslashes and line breaks is escaped.
func yamlString(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // A string can be encoded.
	return strings.TrimSuffix(b.String(), "\n")
}
