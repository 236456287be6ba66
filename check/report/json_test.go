// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", value); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// document returns what JSON writes, decoded.
func document(t *testing.T, reports []*check.Report, g check.Gate) map[string]any {
	t.Helper()
	out := write(t, func(w io.Writer) error { return report.JSON(w, reports, g, "1.2.3") })
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return value.(map[string]any)
}

func TestJSON(t *testing.T) {
	golden(t, "report.json", func(w io.Writer) error {
		return report.JSON(w, []*check.Report{failing(), unreadable()}, check.Gate{FailOn: check.Warning, Strict: true}, "1.2.3")
	})
}

// A line is what the document has for its target, whatever the target holds.
func TestJSONLine(t *testing.T) {
	reports := []*check.Report{failing(), unreadable(), dockerfile(), started(), hostile(), planted("\n\u2028{}")}
	targets := document(t, reports, onErrors)["targets"].([]any)
	for i, r := range reports {
		line := write(t, func(w io.Writer) error { return report.JSONLine(w, r, onErrors) })
		text, ok := strings.CutSuffix(line, "\n")
		if !ok || strings.Contains(text, "\n") {
			t.Fatalf("%q is not one line", line)
		}
		got, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(targets[i], got); diff != "" {
			t.Errorf("target %d differs (-document +line):\n%s", i, diff)
		}
	}
}

func TestDockerfileJSON(t *testing.T) {
	golden(t, "dockerfile.json", func(w io.Writer) error {
		return report.JSON(w, []*check.Report{dockerfile()}, onErrors, "1.2.3")
	})
}

func TestJSONKeepsToItsSchema(t *testing.T) {
	schema := compiledSchema(t)
	for name, c := range map[string]struct {
		reports []*check.Report
		gate    check.Gate
	}{
		"none":       {nil, check.Gate{}},
		"failing":    {[]*check.Report{failing()}, onErrors},
		"passing":    {[]*check.Report{passing(), withSWR()}, check.Gate{FailOn: check.Note}},
		"unreadable": {[]*check.Report{unreadable()}, check.Gate{FailOn: check.Warning, Strict: true}},
		"incomplete": {[]*check.Report{incomplete()}, onErrors},
		"dockerfile": {[]*check.Report{dockerfile(), unbased(), noisy(1000)}, onErrors},
		"started":    {[]*check.Report{started(), crashed(), refused()}, onErrors},
		"hostile":    {[]*check.Report{hostile(), planted(""), planted(strings.Repeat("\xff", 1<<16))}, onErrors},
	} {
		t.Run(name, func(t *testing.T) {
			if err := schema.Validate(document(t, c.reports, c.gate)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSchemaRejects(t *testing.T) {
	schema := compiledSchema(t)
	target := func(d map[string]any) map[string]any { return d["targets"].([]any)[0].(map[string]any) }
	result := func(d map[string]any) map[string]any { return target(d)["results"].([]any)[0].(map[string]any) }
	at := func(d map[string]any) map[string]any { return result(d)["locations"].([]any)[0].(map[string]any) }
	notice := func(d map[string]any) map[string]any { return target(d)["notices"].([]any)[0].(map[string]any) }
	for name, spoil := range map[string]func(map[string]any){
		"another version":       func(d map[string]any) { d["schema"] = "fgpreflight.report/v2" },
		"no tool":               func(d map[string]any) { delete(d, "tool") },
		"unknown member":        func(d map[string]any) { d["more"] = true },
		"exit code of usage":    func(d map[string]any) { d["exitCode"] = 2 },
		"target without a name": func(d map[string]any) { delete(target(d), "target") },
		"unknown profile":       func(d map[string]any) { target(d)["profile"] = "strict" },
		"negative number":       func(d map[string]any) { target(d)["summary"].(map[string]any)["passed"] = -1 },
		"unknown outcome":       func(d map[string]any) { result(d)["outcome"] = "skipped" },
		"malformed ID":          func(d map[string]any) { result(d)["id"] = "FG1" },
		"empty fix":             func(d map[string]any) { result(d)["fix"] = "" },
		"location of line 0":    func(d map[string]any) { at(d)["line"] = 0 },
		"column 0":              func(d map[string]any) { at(d)["column"] = 0 },
		"width 0":               func(d map[string]any) { at(d)["width"] = 0 },
		"empty base":            func(d map[string]any) { at(d)["base"] = "" },
		"no notices":            func(d map[string]any) { delete(target(d), "notices") },
		"notice that is silent": func(d map[string]any) { delete(notice(d), "message") },
		"notice with a fix":     func(d map[string]any) { notice(d)["fix"] = "mend it" },
		"notice at nothing":     func(d map[string]any) { notice(d)["location"] = map[string]any{} },
		"unknown key of a row":  func(d map[string]any) { result(d)["level"] = "error" },
		"run without its log":   func(d map[string]any) { delete(target(d)["run"].(map[string]any), "log") },
		"size that is not sold": func(d map[string]any) { target(d)["run"].(map[string]any)["fittingMemoryMb"] = 64 },
	} {
		t.Run(name, func(t *testing.T) {
			r := dockerfile()
			r.Trial = started().Trial
			d := document(t, []*check.Report{r}, onErrors)
			spoil(d)
			if schema.Validate(d) == nil {
				t.Error("the schema takes the spoilt report")
			}
		})
	}
}

// Every object of the schema is closed, lists its members in full and
// describes each.
func TestSchemaIsComplete(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(report.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	objects := 0
	var walk func(path string, value any)
	walk = func(path string, value any) {
		node, ok := value.(map[string]any)
		if !ok {
			return
		}
		properties, _ := node["properties"].(map[string]any)
		if node["type"] == "object" {
			objects++
			if node["additionalProperties"] != false || node["required"] == nil {
				t.Errorf("%s is open", path)
			}
		}
		for key, property := range properties {
			p := property.(map[string]any)
			if text, _ := p["description"].(string); p["$ref"] == nil && !strings.HasSuffix(text, ".") {
				t.Errorf("%s.%s is not described", path, key)
			}
		}
		for key, child := range node {
			walk(path+"."+key, child)
		}
	}
	walk("", root)
	if objects < 8 {
		t.Errorf("only %d objects were seen", objects)
	}
}

func TestJSONSanitises(t *testing.T) {
	out := write(t, func(w io.Writer) error {
		return report.JSON(w, []*check.Report{hostile()}, onErrors, evil)
	})
	target := document(t, []*check.Report{hostile()}, onErrors)["targets"].([]any)[0].(map[string]any)
	row := target["results"].([]any)[0].(map[string]any)
	if got, want := row["message"], report.Sanitise("USER "+evil, 1000); got != want {
		t.Errorf("the message is %q, want %q", got, want)
	}
	if got := len(row["locations"].([]any)); got != 100 {
		t.Errorf("there are %d locations, want 100", got)
	}
	for _, escape := range []string{`\u001b`, `\ufffd`, `\u202e"`, "\u202e", `\u2028"`} {
		if strings.Contains(strings.ReplaceAll(out, `\\u`, ""), escape) {
			t.Errorf("%s is left in the document", escape)
		}
	}
}

// The numbers of a report and its exit code are those of package check.
func TestJSONCounts(t *testing.T) {
	gate := check.Gate{FailOn: check.Note, Strict: true}
	d := document(t, []*check.Report{failing(), incomplete()}, gate)
	if got := d["exitCode"]; got != json.Number("3") {
		t.Errorf("the exit code is %v, want 3", got)
	}
	target := d["targets"].([]any)[0].(map[string]any)
	want := map[string]any{
		"errors": json.Number("2"), "warnings": json.Number("0"), "notes": json.Number("1"), "suppressed": json.Number("1"),
		"passed": json.Number("3"), "unknown": json.Number("8"), "notApplicable": json.Number("2"),
	}
	if diff := cmp.Diff(want, target["summary"]); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	var counting []string
	for _, r := range target["results"].([]any) {
		if r := r.(map[string]any); r["counts"] == true {
			counting = append(counting, r["id"].(string))
		}
	}
	if diff := cmp.Diff([]string{"FG205", "FG202", "FG206", "FG501"}, counting); diff != "" {
		t.Errorf("rows that count (-want +got):\n%s", diff)
	}
}
