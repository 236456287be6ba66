// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/rules"
)

// corpusVariable names the folder with public Dockerfiles for FunctionGraph and
// the verdicts on them that people read out of their text.
const corpusVariable = "FGPREFLIGHT_CORPUS"

// corpusColumns are the labels that a text can decide, with the rules that each
// stands for.
var corpusColumns = map[string][]string{
	"FG103":       {"FG103"},
	"FG202":       {"FG202"},
	"FG205":       {"FG205"},
	"FG401":       {"FG401"},
	"FG402":       {"FG402"},
	"FG403":       {"FG403"},
	"FG501-FG505": {"FG501", "FG502", "FG503", "FG504", "FG505"},
}

// difference is a verdict that does not agree with a label, and the reason.
type difference struct{ got, reason string }

var (
	inScript = difference{"unknown", "people read the script beside the Dockerfile, which says what happens in WORKDIR"}
	built    = difference{"pass", "whether the release of Debian has adduser, FG208 leaves open; an image only comes out where the line made the account"}
)

// corpusDifferences are those of the corpus, by case and column.
var corpusDifferences = map[[2]string]difference{
	{"fg-serverless-app__fg-mcp-server__mcp-proxy_Dockerfile", "FG202"}:                                                       built,
	{"fg-serverless-app__fg-mcp-server__mcp-proxy_Dockerfile", "FG205"}:                                                       built,
	{"fg-serverless-app__fg-mcp-server__mcp-proxy_Dockerfile__at-8ecd435", "FG202"}:                                           built,
	{"fg-serverless-app__fg-mcp-server__mcp-proxy_Dockerfile__at-8ecd435", "FG205"}:                                           built,
	{"fg-serverless-app__fg-mcp-server__mcp-proxy_Dockerfile", "FG402"}:                                                       inScript,
	{"opentelekomcloud-community__otc-functiongraph-nodejs-runtime__samples-doc_container-event-express_Dockerfile", "FG402"}: inScript,
	{"opentelekomcloud-community__otc-functiongraph-php-runtime__samples-doc_container-event-flightphp_Dockerfile", "FG402"}:  inScript,
	{"opentelekomcloud-community__otc-functiongraph-python-runtime__samples-doc_container-http-fastapi_Dockerfile", "FG402"}:  inScript,
}

// TestCorpus compares the verdicts on each Dockerfile of the corpus with its
// labels. A verdict may be unknown where the base image is not one of those that
// are known without a look at them.
func TestCorpus(t *testing.T) {
	folder := os.Getenv(corpusVariable)
	if folder == "" {
		t.Logf("%s is not set: nothing to compare", corpusVariable)
		return
	}
	seen := map[[2]string]bool{}
	for _, row := range readLabels(t, filepath.Join(folder, "labels.tsv")) {
		t.Run(row["case"], func(t *testing.T) {
			report, known := checkDockerfile(t, filepath.Join(folder, row["case"], "Dockerfile"))
			for column, ids := range corpusColumns {
				got, key := outcomeOf(report, ids), [2]string{row["case"], column}
				switch {
				case got == row[column]:
				case got == corpusDifferences[key].got:
					seen[key] = true
				case got != "unknown" || known:
					t.Errorf("%s is %s, the label says %s (%s)", column, got, row[column], row["note"])
				}
			}
		})
	}
	for key, d := range corpusDifferences {
		if !seen[key] {
			t.Errorf("%s is not %s on %s any more (%s): take it out of the differences", key[0], d.got, key[1], d.reason)
		}
	}
}

// readLabels returns the rows of a table with a heading, by column.
func readLabels(t *testing.T, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	lines, err := r.ReadAll()
	if err != nil || len(lines) < 2 {
		t.Fatalf("%d lines: %v", len(lines), err)
	}
	var out []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = line[i]
		}
		out = append(out, row)
	}
	return out
}

// checkDockerfile checks a Dockerfile offline; known says whether its base image
// is one that needs no look.
func checkDockerfile(t *testing.T, file string) (report *check.Report, known bool) {
	t.Helper()
	subject, closer, err := source.Open(t.Context(), file, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	config, err := subject.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return check.Run(t.Context(), subject, rules.All, check.Policy{}), config.Env.Rest() == nil
}

// outcomeOf returns the outcome of several rules in one: fail where one fails,
// else unknown where one is.
func outcomeOf(r *check.Report, ids []string) string {
	var outcomes []string
	for _, result := range r.Results {
		if slices.Contains(ids, result.Rule.ID) {
			outcomes = append(outcomes, result.Outcome.String())
		}
	}
	for _, outcome := range []string{"fail", "unknown"} {
		if slices.Contains(outcomes, outcome) {
			return outcome
		}
	}
	return strings.Join(slices.Compact(outcomes), " ")
}
