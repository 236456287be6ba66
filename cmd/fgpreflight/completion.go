// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/fgpreflight/fgpreflight/rules"
)

// completeCheck lets shells complete the values of the flags of check. Targets
// are completed as files.
func completeCheck(cmd *cobra.Command) {
	mustComplete(cmd, "format", completeFormats)
	completeWords(cmd, "color", "auto", "always", "never")
	completeWords(cmd, "fail-on", "error", "warning", "note", "never")
	completeWords(cmd, "profile", "documented", "observed")
	completeWords(cmd, "function", "http", "event")
	completeWords(cmd, "network", "none", "bridge")
	completeWords(cmd, "target") // The shell would offer files.
	completeWords(cmd, "build-arg")
	completeWords(cmd, "base")
	for _, name := range []string{"only", "skip", "severity"} {
		mustComplete(cmd, name, completeRules)
	}
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
	var out []string
	for _, r := range rules.All {
		out = append(out, cobra.CompletionWithDesc(r.ID, r.Title), cobra.CompletionWithDesc(r.Name, r.ID+": "+r.Title))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
