// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// formats are the writers for programs other than JSON.
var formats = map[string]func(io.Writer, []*check.Report, report.Options) error{
	"sarif.json": report.SARIF, "junit.xml": report.JUnit, "github.txt": report.GitHub, "gitlab.json": report.GitLab,
	"checkstyle.xml": report.Checkstyle, "tap.txt": report.TAP, "summary.md": report.Markdown,
}

var plain = report.Options{Gate: onErrors, Version: "1.2.3"}

func TestFormats(t *testing.T) {
	for name, f := range formats {
		t.Run(name, func(t *testing.T) {
			golden(t, "format-"+name, func(w io.Writer) error {
				return f(w, []*check.Report{failing(), dockerfile(), unreadable()}, plain)
			})
			golden(t, "format-passing-"+name, func(w io.Writer) error { return f(w, []*check.Report{passing()}, plain) })
		})
	}
}

func TestFormatsTellOfTheWriter(t *testing.T) {
	for name, f := range formats {
		if err := f(broke{}, []*check.Report{failing()}, plain); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// broke takes nothing.
type broke struct{}

func (broke) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// counts is how many rows of each kind a format shows.
type counts struct{ rows, failed, skipped, trouble int }

// readers count the rows of a document, and fail where it is not one of its
// format.
var readers = map[string]func(*testing.T, string) counts{
	"sarif.json": readSARIF, "junit.xml": readJUnit, "github.txt": readGitHub, "gitlab.json": readGitLab,
	"checkstyle.xml": readCheckstyle, "tap.txt": readTAP,
}

// sarifRun is what tests read of the run in a log.
type sarifRun struct {
	Results     []sarifResult
	Invocations []struct {
		Trouble []struct{ Level string } `json:"toolExecutionNotifications"`
	}
}

type sarifResult struct {
	RuleID       string
	Kind, Level  string
	Message      struct{ Text string }
	Suppressions []struct{ Kind, Justification string }
	Fingerprints map[string]string `json:"partialFingerprints"`
	Locations    []struct {
		Physical struct {
			Artifact struct{ URI, URIBaseID string } `json:"artifactLocation"`
			Region   struct{ StartLine, StartColumn, EndColumn int }
		} `json:"physicalLocation"`
	}
}

func sarifRunOf(t *testing.T, text string) sarifRun {
	t.Helper()
	var log struct{ Runs []sarifRun }
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 1 {
		t.Fatalf("there are %d runs", len(log.Runs))
	}
	return log.Runs[0]
}

func readSARIF(t *testing.T, text string) (out counts) {
	t.Helper()
	run := sarifRunOf(t, text)
	for _, r := range run.Results {
		out.rows++
		if r.Kind == "fail" && len(r.Suppressions) == 0 || r.Kind == "open" {
			out.failed++
		}
	}
	out.trouble = len(run.Invocations[0].Trouble)
	return out
}

func decodeXML(t *testing.T, text string, into any) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if rest, ok := token.(xml.CharData); err != nil || !ok || strings.TrimSpace(string(rest)) != "" {
			t.Fatalf("%v follows the document (%v)", token, err)
		}
	}
}

func readJUnit(t *testing.T, text string) (out counts) {
	t.Helper()
	var document struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Suites   []struct {
			Cases []struct {
				Failures []string `xml:"failure"`
				Errors   []string `xml:"error"`
				Skipped  []string `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	decodeXML(t, text, &document)
	for _, suite := range document.Suites {
		for _, test := range suite.Cases {
			out.rows++
			out.failed += len(test.Failures)
			out.trouble += len(test.Errors)
			out.skipped += len(test.Skipped)
		}
	}
	if document.Tests != out.rows || document.Failures != out.failed || document.Errors != out.trouble {
		t.Errorf("the document counts %d tests, %d failures and %d errors, and has %+v", document.Tests, document.Failures, document.Errors, out)
	}
	return out
}

// workflowCommand is a line as GitHub's runner reads one, with its own escapes
// alone: see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs.
var workflowCommand = regexp.MustCompile(`^::(error|warning|notice) ([a-zA-Z]+=` + propertyValue + `(?:,[a-zA-Z]+=` + propertyValue + `)*)::((?:[^%\r\n]|%25|%0A)*)$`)

const propertyValue = `(?:[^%:,\r\n]|%25|%0A|%3A|%2C)+`

func readGitHub(t *testing.T, text string) (out counts) {
	t.Helper()
	for line := range strings.Lines(text) {
		m := workflowCommand.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		switch {
		case m == nil:
			t.Fatalf("%q is no workflow command", line)
		case !strings.Contains(m[2], "title=fgpreflight"):
			out.failed++
		case m[1] == "notice":
			continue // It is about the call, and no row.
		default:
			out.trouble++
		}
		out.rows++
	}
	return out
}

func readGitLab(t *testing.T, text string) (out counts) {
	t.Helper()
	var issues []struct {
		Description, Fingerprint, Severity string
		CheckName                          string `json:"check_name"`
		Location                           struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := json.Unmarshal([]byte(text), &issues); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, issue := range issues {
		if seen[issue.Fingerprint] || issue.Fingerprint == "" || issue.Location.Lines.Begin < 1 ||
			!slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, issue.Severity) {
			t.Errorf("GitLab would not take %+v", issue)
		}
		seen[issue.Fingerprint] = true
		out.rows++
		if issue.CheckName == "fgpreflight" {
			out.trouble++
		} else {
			out.failed++
		}
	}
	return out
}

func readCheckstyle(t *testing.T, text string) (out counts) {
	t.Helper()
	var document struct {
		Files []struct {
			Errors []struct {
				Source string `xml:"source,attr"`
			} `xml:"error"`
		} `xml:"file"`
	}
	decodeXML(t, text, &document)
	for _, file := range document.Files {
		for _, e := range file.Errors {
			out.rows++
			if e.Source == "fgpreflight.fgpreflight" {
				out.trouble++
			} else {
				out.failed++
			}
		}
	}
	return out
}

var testLine = regexp.MustCompile(`^(not )?ok ([0-9]+) - (?:[^\\#]|\\[\\#])*?( # (?:SKIP|TODO) (?:[^\\#]|\\[\\#])*)?$`)

func readTAP(t *testing.T, text string) (out counts) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != "TAP version 13" || !strings.HasPrefix(lines[1], "1..") {
		t.Fatalf("the document begins with %q", lines[:2])
	}
	inside := false
	for _, line := range lines[2:] {
		m := testLine.FindStringSubmatch(line)
		switch {
		case line == "  ---" || line == "  ...":
			inside = line == "  ---"
		case inside:
			key, value, ok := strings.Cut(strings.TrimPrefix(line, "  "), ": ")
			if _, err := strconv.Unquote(value); !ok || err != nil || !strings.HasPrefix(line, "  ") || !regexp.MustCompile(`^[a-z]+$`).MatchString(key) {
				t.Fatalf("%q is no member of the details", line)
			}
		case m == nil:
			t.Fatalf("%q is no test", line)
		default:
			out.rows++
			if m[2] != strconv.Itoa(out.rows) {
				t.Fatalf("%q has the wrong number", line)
			}
			switch {
			case m[1] != "" && m[3] == "":
				out.failed++
			case m[3] != "":
				out.skipped++
			}
		}
	}
	if want := fmt.Sprintf("1..%d", out.rows); lines[1] != want {
		t.Errorf("the plan is %s for %d tests", lines[1], out.rows)
	}
	return out
}

// many returns a report with as many failures of one severity, all on one line
// of a Dockerfile.
func many(n int, message string) *check.Report {
	r := &check.Report{Info: dockerfileInfo, Function: &check.Function{}}
	r.Info.Notices = nil
	for i := range n {
		rule := rule(fmt.Sprintf("FG%03d", i+1), fmt.Sprintf("rule-%d", i+1), check.Error, "DC")
		r.Results = append(r.Results, row(rule, check.Failf(in(7, "root"), "%s", message).WithFix("write:\n\n%s", message)))
	}
	return r
}

// expected returns what a format has to show of the reports.
func expected(format string, reports []*check.Report, o report.Options) (out counts) {
	tests := slices.Contains([]string{"junit.xml", "tap.txt"}, format)
	for _, r := range reports {
		if r.Trouble != nil {
			out.trouble++
		}
		for _, result := range r.Results {
			counted, listed := o.Gate.Counts(result), result.Outcome == check.Fail && result.Suppressed == ""
			switch {
			case result.Err != nil:
				out.trouble++
			case counted || listed && !tests:
				out.failed++
			case tests && result.Outcome != check.Pass:
				out.skipped++
			case tests || format == "sarif.json" && result.Outcome == check.Fail:
				out.rows++
			}
		}
	}
	if !tests {
		out.trouble = 0
		for _, r := range reports {
			out.trouble += len(r.Errors()) // Each text once.
		}
	}
	out.rows += out.failed + out.skipped + out.trouble
	switch format {
	case "tap.txt":
		out.failed, out.trouble = out.failed+out.trouble, 0
	case "sarif.json":
		out.rows -= out.trouble
	}
	return out
}

// A document holds what there is to hold, and nothing that a name or a text
// brought along.
func TestFormatsCount(t *testing.T) {
	strict := check.Gate{FailOn: check.Error, Strict: true}
	for name, c := range map[string]struct {
		reports []*check.Report
		gate    check.Gate
	}{
		"no reports":   {nil, onErrors},
		"no rows":      {[]*check.Report{{Function: &check.Function{}}}, onErrors},
		"no findings":  {[]*check.Report{passing()}, onErrors},
		"one":          {[]*check.Report{many(1, "USER is root")}, onErrors},
		"five hundred": {[]*check.Report{many(500, "USER is root")}, onErrors},
		"let through":  {[]*check.Report{many(3, "USER is root"), failing()}, check.Gate{}},
		"twice":        {[]*check.Report{failing(), failing()}, onErrors},
		"strict":       {[]*check.Report{unbased(), failing()}, strict},
		"unreadable":   {[]*check.Report{unreadable(), {Function: &check.Function{}, Trouble: errors.New("no image")}}, onErrors},
		"incomplete":   {[]*check.Report{incomplete(), incomplete()}, onErrors},
		"hostile":      {[]*check.Report{hostile(), planted(evil), planted(""), many(3, strings.Repeat(evil, 2000)), many(5, strings.Repeat("\xff", 1<<16))}, strict},
	} {
		t.Run(name, func(t *testing.T) {
			o := report.Options{Gate: c.gate, Version: evil}
			for format, read := range readers {
				got := read(t, write(t, func(w io.Writer) error { return formats[format](w, c.reports, o) }))
				if diff := cmp.Diff(expected(format, c.reports, o), got, cmp.AllowUnexported(counts{})); diff != "" {
					t.Errorf("%s (-want +got):\n%s", format, diff)
				}
			}
		})
	}
}
