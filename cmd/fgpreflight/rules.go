// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/fgpreflight/fgpreflight/check/report"
	"github.com/fgpreflight/fgpreflight/rules"
)

func (p *program) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rules [flags]",
		Short:   "List all rules",
		Example: "  fgpreflight rules\n  fgpreflight rules --format markdown",
		Args:    noArguments,
	}
	format := "text"
	flags{cmd.Flags(), "Report"}.add("format", "FORMAT", "text (default), markdown or json", into(&format, oneOf("text", "markdown", "json")))
	completeWords(cmd, "format", "text", "markdown", "json")
	cmd.RunE = func(*cobra.Command, []string) error {
		switch format {
		case "markdown":
			return report.RulesMarkdown(p.stdout, rules.All)
		case "json":
			return report.RulesJSON(p.stdout, rules.All)
		}
		return report.RulesText(p.stdout, rules.All)
	}
	return cmd
}
