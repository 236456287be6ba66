// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/fgpreflight/fgpreflight/check"
)

// RulesText writes one line for each rule: ID, name, severity, what decides it
// in letters, and the requirement; below, what the signs mean.
func RulesText(w io.Writer, rules []*check.Rule) error {
	var b bytes.Buffer
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tSEVERITY\tBY\tREQUIREMENT")
	for _, r := range rules {
		star := ""
		if r.SeverityIn(check.Observed) != r.Severity {
			star = "*"
		}
		fmt.Fprintf(table, "%s\t%s\t%s%s\t%s\t%s\n", r.ID, r.Name, r.Severity, star, r.Levels, r.Title)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("laying out the rules: %w", err)
	}
	fmt.Fprintf(&b, "\n* less severe in the profile %s\n", check.Observed)
	for _, level := range levelWords {
		fmt.Fprintf(&b, "%s %s\n", level.letter, level.words)
	}
	return writeAll(w, b.Bytes())
}

// RulesMarkdown writes the rules as a table of Markdown.
func RulesMarkdown(w io.Writer, rules []*check.Rule) error {
	var b bytes.Buffer
	b.WriteString("| ID | Name | Severity | Requirement | Decided by |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.ID, r.Name, severities(r), markdownText(r.Title), levels(r))
	}
	return writeAll(w, b.Bytes())
}

// ruleData is a rule as [RulesJSON] writes it.
type ruleData struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Severity  string   `json:"severity"`
	Observed  string   `json:"observedSeverity"` // in the profile observed
	DecidedBy string   `json:"decidedBy"`        // letters of DCRXUF
	RunOnly   bool     `json:"runOnly"`          // only a started container decides it
	Why       string   `json:"why"`              // Markdown
	Fix       string   `json:"fix"`              // Markdown
	Source    []string `json:"source"`
}

// RulesJSON writes the rules as one JSON array of objects with their whole
// documentation but the examples.
func RulesJSON(w io.Writer, rules []*check.Rule) error {
	out := []ruleData{}
	for _, r := range rules {
		out = append(out, ruleData{
			ID: r.ID, Name: r.Name, Title: r.Title,
			Severity:  r.SeverityIn(check.Documented).String(),
			Observed:  r.SeverityIn(check.Observed).String(),
			DecidedBy: r.Levels,
			RunOnly:   r.RunOnly(),
			Why:       string(markdown(r.Why)),
			Fix:       string(markdown(r.Fix)),
			Source:    r.Source,
		})
	}
	return encodeJSON(w, out, "  ")
}
