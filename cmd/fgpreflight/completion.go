// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fgpreflight/fgpreflight/rules"
)

// completeCheck lets shells complete the targets of check and the values of its
// flags.
func completeCheck(cmd *cobra.Command, f *checkFlags) {
	cmd.ValidArgsFunction = f.completeTargets
	mustComplete(cmd, "format", completeFormats)
	completeWords(cmd, "color", colors...)
	completeWords(cmd, "fail-on", "error", "warning", "note", "never")
	completeWords(cmd, "profile", "documented", "observed")
	completeWords(cmd, "function", "http", "event")
	completeWords(cmd, "network", networks...)
	completeWords(cmd, "platform", "linux/amd64")
	mustComplete(cmd, "only", completeRuleList)
	mustComplete(cmd, "skip", completeForRule())
	mustComplete(cmd, "severity", completeForRule("error", "warning", "note"))
	// Shells would offer files where nothing else is known.
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		_, known := cmd.GetFlagCompletionFunc(flag.Name)
		if !known && flag.NoOptDefVal == "" && flag.Value.Type() != "FILE" {
			completeWords(cmd, flag.Name)
		}
	})
}

func completeWords(cmd *cobra.Command, flag string, words ...string) {
	mustComplete(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// mustComplete panics where cmd has no such flag, which every test would meet.
func mustComplete(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err)
	}
}

func completeRules(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return completedRules("", ""), cobra.ShellCompDirectiveNoFileComp
}

// completeRuleList completes the last of several rules with commas between them.
func completeRuleList(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	before := word[:strings.LastIndex(word, ",")+1]
	return completedRules(before, ""), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeForRule completes a rule, and behind an equals sign one of the words.
// Behind a name with a hyphen there are none: the scripts for zsh and fish take
// what begins at the hyphen for a flag.
func completeForRule(words ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		rule, _, chosen := strings.Cut(word, "=")
		if !chosen {
			return completedRules("", "="), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		var out []string
		for _, w := range words {
			if !strings.Contains(rule, "-") {
				out = append(out, rule+"="+w)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// completedRules returns the IDs and the names of all rules with what stands
// around them.
func completedRules(before, after string) []string {
	var out []string
	for _, r := range rules.All {
		out = append(out, described(before+r.ID+after, r.Title), described(before+r.Name+after, r.ID+": "+r.Title))
	}
	return out
}

// described returns a completion with what it means. One with a comma has to do
// without: the script for bash does not find it again by what was typed.
func described(word, about string) string {
	if strings.Contains(word, ",") {
		return word
	}
	return cobra.CompletionWithDesc(word, about)
}
