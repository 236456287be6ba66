// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
	"github.com/fgpreflight/fgpreflight/rules"
)

// providers are targets that tell what an image's config says, nothing at all,
// and nothing for an error.
func providers() map[string]check.Provider {
	failed := errors.New("app: the registry refused; log in")
	return map[string]check.Provider{
		"config alone": {
			Config: func(context.Context) (*check.Config, error) {
				return &check.Config{Env: check.NewEnv([]check.Variable{{Name: "HOME", Value: "app", At: check.At("config", "Env.HOME")}}, nil)}, nil
			},
			User: func(context.Context, *check.Subject) (*check.User, error) {
				return &check.User{At: check.At("config", "User")}, nil
			},
		},
		"nothing": {},
		"unopened": {
			Config:  func(context.Context) (*check.Config, error) { return nil, failed },
			User:    func(context.Context, *check.Subject) (*check.User, error) { return nil, failed },
			Command: func(context.Context, *check.Subject) (*check.Command, error) { return nil, failed },
		},
	}
}

// Reports of the real rules keep to the schema, and their texts have an entry
// for each rule that fails.
func TestRealRules(t *testing.T) {
	schema := compiledSchema(t)
	for name, provider := range providers() {
		t.Run(name, func(t *testing.T) {
			s := check.NewSubject(check.Info{Target: "app"}, &check.Function{}, provider)
			r := check.Run(t.Context(), s, rules.All, check.Policy{})
			if err := schema.Validate(document(t, []*check.Report{r}, onErrors)); err != nil {
				t.Error(err)
			}
			got := text(t, r, report.TextOptions{Gate: onErrors})
			for _, row := range r.Results {
				if row.Outcome == check.Fail && !strings.Contains(got, row.Rule.ID+" "+row.Rule.Name) {
					t.Errorf("%s is missing in:\n%s", row.Rule.ID, got)
				}
			}
		})
	}
}

// Every rule's documentation can be shown, within the width but for code and
// addresses.
func TestExplainRealRules(t *testing.T) {
	for _, r := range rules.All {
		t.Run(r.ID, func(t *testing.T) {
			got := write(t, func(w io.Writer) error { return report.Explain(w, r, report.Style{}) })
			for line := range strings.Lines(got) {
				code := strings.HasPrefix(line, "      ") || strings.HasPrefix(line, "  https://")
				if len([]rune(line)) > 81 && !code {
					t.Errorf("the line is too wide: %s", line)
				}
			}
			for _, want := range append([]string{r.Title, "\nWhy\n", "\nHow to mend it\n"}, r.Source...) {
				if !strings.Contains(strings.ReplaceAll(got, "\n", " "), strings.ReplaceAll(want, "\n", " ")) {
					t.Errorf("%q is missing", want)
				}
			}
			page := write(t, func(w io.Writer) error { return report.ExplainMarkdown(w, r) })
			if !strings.HasPrefix(page, "### "+r.ID+" "+r.Name+"\n") {
				t.Errorf("the page begins with %.40q", page)
			}
		})
	}
}
