// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"encoding/json"
	"io"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// documented is a rule with all the documentation that a rule may have.
var documented = &check.Rule{
	ID: "FG202", Name: "nonroot-user", Title: "The image's USER is not root | or *any* <other>",
	Why: `FunctionGraph refuses root as the user of a function and starts the image as 1003:1003, whatever USER says.

Root hides behind many spellings:

  - no USER at all
  - an account whose UID is 0`,
	Fix: `Create the account and name it by number:

	RUN groupadd -g 1003 app && useradd -u 1003 -g 1003 -m app
	USER 1003:1003

On Alpine use addgroup and adduser.`,
	Source:   []string{"https://example.com/a", "https://example.com/b"},
	Severity: check.Error, Observed: check.Warning, Levels: "DCR",
	Bad:  "-- config.json --\n{\"User\": \"0:1003\"}\n",
	Good: "-- config.json --\n{\"User\": \"1003:1003\"}",
}

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		rule  *check.Rule
		style report.Style
	}{
		"explain-80.txt":       {documented, report.Style{}},
		"explain-50-color.txt": {documented, report.Style{Width: 50, Color: true}},
		"explain-run.txt":      {listens, report.Style{}},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, func(w io.Writer) error { return report.Explain(w, c.rule, c.style) })
		})
	}
}

func TestExplainMarkdown(t *testing.T) {
	golden(t, "explain.md", func(w io.Writer) error { return report.ExplainMarkdown(w, documented) })
}

func TestRules(t *testing.T) {
	rules := []*check.Rule{documented, listens, functionMemory, swrTag}
	for name, write := range map[string]func(io.Writer) error{
		"rules.txt":  func(w io.Writer) error { return report.RulesText(w, rules) },
		"rules.md":   func(w io.Writer) error { return report.RulesMarkdown(w, rules) },
		"rules.json": func(w io.Writer) error { return report.RulesJSON(w, rules) },
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, write) })
	}
}

func TestRulesJSONOfNone(t *testing.T) {
	var got []any
	out := write(t, func(w io.Writer) error { return report.RulesJSON(w, nil) })
	if err := json.Unmarshal([]byte(out), &got); err != nil || got == nil {
		t.Errorf("%q is not an empty array: %v", out, err)
	}
}
