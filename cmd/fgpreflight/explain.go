// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
	"github.com/fgpreflight/fgpreflight/check/settings"
	"github.com/fgpreflight/fgpreflight/rules"
)

func (p *program) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "explain [flags] RULE...",
		Short:   "Tell why a rule is there and how to keep it",
		Long:    "Tells why rules are there, how to keep them, and where that is said. A RULE is an\nID or a name, in any case.",
		Example: "  fgpreflight explain FG202\n  fgpreflight explain nonroot-user env-home",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return seeHelp(cmd, "name a rule, as in: fgpreflight explain FG202; fgpreflight rules lists them")
			}
			return nil
		},
	}
	markdown, color := false, "auto"
	to := flags{cmd.Flags(), "Report"}
	to.toggle("markdown", "write Markdown", func(on bool) { markdown = on })
	addColor(to, &color)
	completeWords(cmd, "color", colors...)
	cmd.ValidArgsFunction = completeRules
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		found, err := findRules(args)
		if err != nil {
			return err
		}
		return p.explain(cmd.Context(), found, markdown, color)
	}
	return cmd
}

// findRules returns the rules with these IDs or names, or what is wrong with
// each that is none.
func findRules(keys []string) ([]*check.Rule, error) {
	var found []*check.Rule
	var errs []error
	for _, key := range keys {
		rule, err := settings.FindRule(rules.All, key)
		found, errs = append(found, rule), append(errs, err)
	}
	return found, errors.Join(errs...)
}

// explain writes what there is to say about rules.
func (p *program) explain(ctx context.Context, found []*check.Rule, markdown bool, color string) error {
	var b bytes.Buffer
	for i, rule := range found {
		if i > 0 {
			b.WriteString("\n")
		}
		write := func() error { return report.Explain(&b, rule, p.style(color, false)) }
		if markdown {
			write = func() error { return report.ExplainMarkdown(&b, rule) }
		}
		if err := write(); err != nil {
			return err
		}
	}
	return p.paged(ctx, b.Bytes())
}
