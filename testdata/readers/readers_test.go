// SPDX-License-Identifier: Apache-2.0

package readers_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
	"github.com/google/go-cmp/cmp"
	"github.com/joshdk/go-junit"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	reviewdog "github.com/reviewdog/reviewdog/parser"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// sarifSchema returns the schema that OASIS publishes. The module go-sarif
// holds it as a constant that it does not export, and validates its own
// encoding of a log with it alone, which leaves out what it does not know.
func sarifSchema(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	dir, err := exec.CommandContext(tb.Context(), "go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").Output()
	if err != nil {
		tb.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		tb.Fatal(err)
	}
	literal := file.Scope.Lookup("schema").Decl.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value
	text, err := strconv.Unquote(literal)
	if err != nil {
		tb.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", value); err != nil {
		tb.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		tb.Fatal(err)
	}
	return schema
}

func TestSARIF(t *testing.T) {
	schema := sarifSchema(t)
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) {
			for _, o := range []report.Options{{}, {Verbose: true, Version: "1.0"}, {Dir: "/work tree", Root: "/"}} {
				checkSARIF(t, schema, c.reports, c.want, o)
			}
		})
	}
}

func checkSARIF(tb testing.TB, schema *jsonschema.Schema, reports []*check.Report, want want, o report.Options) {
	tb.Helper()
	text := write(tb, report.SARIF, o, reports)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		tb.Errorf("the schema does not take it: %v", err)
	}
	log, err := sarif.FromBytes(text)
	if err != nil {
		tb.Fatal(err)
	}
	results := 0
	for _, run := range log.Runs {
		results += len(run.Results)
		for _, result := range run.Results {
			if at := *result.Locations[0].PhysicalLocation; *at.ArtifactLocation.URI == "" && reports[0].Info.Target != "" || *at.Region.StartLine < 1 {
				tb.Errorf("%s has no place that GitHub takes: %+v", *result.RuleID, at)
			}
		}
	}
	rows := want.failed + want.others + want.suppressed
	if o.Verbose {
		rows = want.rows
	}
	if results != rows {
		tb.Errorf("%d results are read, want %d", results, rows)
	}
	diagnostics, err := reviewdog.NewSarifParser().Parse(bytes.NewReader(text))
	if err != nil {
		tb.Errorf("reviewdog does not take it: %v", err)
	}
	if want := rows - want.suppressed; !o.Verbose && len(diagnostics) != want && len(diagnostics) != rows {
		tb.Errorf("reviewdog reads %d results, want %d", len(diagnostics), want)
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := sarifSchema(t)
	for name, spoil := range map[string]func(result map[string]any){
		"an unknown member": func(r map[string]any) { r["more"] = 1 },
		"an unknown kind":   func(r map[string]any) { r["kind"] = "unknown" },
		"an unknown level":  func(r map[string]any) { r["level"] = "fatal" },
		"no message":        func(r map[string]any) { delete(r, "message") },
		"line 0": func(r map[string]any) {
			r["locations"].([]any)[0].(map[string]any)["physicalLocation"].(map[string]any)["region"].(map[string]any)["startLine"] = 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			var log map[string]any
			if err := json.Unmarshal(write(t, report.SARIF, report.Options{}, []*check.Report{many(1)}), &log); err != nil {
				t.Fatal(err)
			}
			spoil(log["runs"].([]any)[0].(map[string]any)["results"].([]any)[0].(map[string]any))
			if schema.Validate(log) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

func TestJUnit(t *testing.T) {
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) { checkJUnit(t, c.reports, c.want) })
	}
}

func checkJUnit(tb testing.TB, reports []*check.Report, want want) {
	tb.Helper()
	suites, err := junit.Ingest(write(tb, report.JUnit, report.Options{}, reports))
	if err != nil {
		tb.Fatal(err)
	}
	var got junit.Totals
	for _, suite := range suites {
		got.Tests += suite.Totals.Tests
		got.Passed += suite.Totals.Passed
		got.Failed += suite.Totals.Failed
		got.Error += suite.Totals.Error
		got.Skipped += suite.Totals.Skipped
	}
	tests := want.rows + want.trouble/2 // One trouble is that of a row.
	expected := junit.Totals{
		Tests: tests, Passed: want.passed, Failed: want.failed, Error: want.trouble,
		Skipped: tests - want.passed - want.failed - want.trouble,
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		tb.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCheckstyle(t *testing.T) {
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) { checkCheckstyle(t, c.reports, c.want) })
	}
}

func checkCheckstyle(tb testing.TB, reports []*check.Report, want want) {
	tb.Helper()
	found, err := reviewdog.NewCheckStyleParser().Parse(bytes.NewReader(write(tb, report.Checkstyle, report.Options{}, reports)))
	if err != nil {
		tb.Fatal(err)
	}
	if want := want.failed + want.others + want.trouble; len(found) != want {
		tb.Errorf("%d problems are read, want %d", len(found), want)
	}
}

// readTAP prints what Perl's own parser makes of a document.
const readTAP = `
	undef $/;
	my $p = TAP::Parser->new({ tap => <STDIN> });
	my ($failed, $todo) = (0, 0);
	while (my $r = $p->next) {
		$failed++ if $r->is_test && !$r->is_ok;
		$todo++ if $r->is_test && $r->has_todo;
		die "unknown: " . $r->raw if $r->is_unknown;
	}
	die join("; ", $p->parse_errors) if $p->parse_errors;
	print join(" ", $p->tests_run, $failed, $todo, scalar($p->skipped));
`

func TestTAP(t *testing.T) {
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "perl", "-MTAP::Parser", "-e", readTAP)
			cmd.Stdin = bytes.NewReader(write(t, report.TAP, report.Options{}, c.reports))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			tests := c.want.rows + c.want.trouble/2
			failed, todo := c.want.failed+c.want.trouble, c.want.others+c.want.suppressed
			want := strings.Join([]string{
				strconv.Itoa(tests), strconv.Itoa(failed), strconv.Itoa(todo), strconv.Itoa(tests - failed - todo - c.want.passed),
			}, " ")
			if string(out) != want {
				t.Errorf("Perl reads %s, want %s", out, want)
			}
		})
	}
}
