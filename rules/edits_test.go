// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/report"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/rules"
)

// TestEdits applies the fixes of the SARIF report to a Dockerfile: each is the
// text that it should be, and its rule fails no more.
func TestEdits(t *testing.T) {
	for _, c := range []struct{ rule, before, after string }{
		{"FG503", "ENV A=日 GROU_NAME=app B=1", "ENV A=日 GROUP_NAME=app B=1"},
		{"FG503", `ENV GROU_NAME="app"`, ""}, // The quotes are not known.
		{"FG503", "ENV GROU_NAME app", ""},
		{"FG503", "ENV GROU_NAME=$X", ""},
		{"FG502", "ENV A=1 \\\n    GROUP_ID=app", "ENV A=1 \\\n    GROUP_ID=1003"},
		{"FG502", "ENV GROUP_ID=", "ENV GROUP_ID=1003"},
		{"FG504", "ENV USER_ID=app", "ENV USER_ID=1003"},
		{"FG504", "ARG ID=app\nENV USER_ID=$ID", ""},
		{"FG103", "EXPOSE 8000/udp", "EXPOSE 8000/tcp"},
		{"FG103", "EXPOSE 8080", ""}, // It may be the right port of something else.
		{"FG202", "USER 0", ""},      // A RUN behind it may need root.
	} {
		t.Run(c.rule+" "+c.before, func(t *testing.T) {
			text := "FROM scratch\n" + c.before + "\n"
			got, edits := edited(t, c.rule, text)
			if c.after == "" {
				if edits > 0 {
					t.Errorf("the text becomes %q", got)
				}
				return
			}
			if want := "FROM scratch\n" + c.after + "\n"; got != want || edits != 1 {
				t.Errorf("with %d edits the text becomes %q, want %q", edits, got, want)
			}
			if r := checkText(t, c.rule, got); r.Results[0].Outcome == check.Fail {
				t.Errorf("the rule fails still: %s", r.Results[0].Message)
			}
		})
	}
}

// checkText returns the report of one rule on a Dockerfile.
func checkText(t *testing.T, rule, text string) *check.Report {
	t.Helper()
	file := filepath.Join(t.TempDir(), "Dockerfile")
	checktest.WriteFile(t, file, []byte(text))
	subject, closer, err := source.Open(t.Context(), file, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	return check.Run(t.Context(), subject, []*check.Rule{check.Find(rules.All, rule)}, check.Policy{})
}

// edited returns the text with the fixes of the rule's failure applied, and how
// many there were.
func edited(t *testing.T, rule, text string) (string, int) {
	t.Helper()
	r := checkText(t, rule, text)
	if r.Results[0].Outcome != check.Fail {
		t.Fatalf("the rule says %+v", r.Results[0].Verdict)
	}
	var b bytes.Buffer
	if err := report.SARIF(&b, []*check.Report{r}, report.Options{}); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				Fixes []struct {
					Changes []struct {
						Replacements []struct {
							Deleted  struct{ StartLine, StartColumn, EndColumn int } `json:"deletedRegion"`
							Inserted struct{ Text string }                           `json:"insertedContent"`
						}
					} `json:"artifactChanges"`
				}
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	fixes := log.Runs[0].Results[0].Fixes
	lines := strings.Split(text, "\n")
	for _, fix := range fixes {
		change := fix.Changes[0].Replacements[0]
		line := []rune(lines[change.Deleted.StartLine-1])
		lines[change.Deleted.StartLine-1] = string(line[:change.Deleted.StartColumn-1]) + change.Inserted.Text + string(line[change.Deleted.EndColumn-1:])
	}
	return strings.Join(lines, "\n"), len(fixes)
}
