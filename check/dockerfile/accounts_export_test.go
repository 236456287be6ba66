// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/shell"
)

// RunAccounts returns the accounts, and the uses of the programs that manage
// them, after the scripts ran one after another on a base image: the first in
// line 1, and so on. A nil base is unknown for the reason given.
func RunAccounts(base *Base, unknown error, env check.Env, scripts ...string) (*check.Accounts, []check.ToolUse) {
	book := newAccountBook(base, unknown)
	for i, script := range scripts {
		at := check.Location{Artifact: "Dockerfile", Line: i + 1}
		words := []shell.Word{{Text: "/bin/sh", At: at}, {Text: "-c", At: at}, {Text: script, At: at}}
		book = book.clone()
		book.run(shell.AnalyseRun(words, env), at, func(word string) check.Location {
			at.Key = word
			return at
		})
	}
	return book.accounts(), book.toolUses()
}

// ToolSources returns the pages that the grammars of the account tools and what
// package managers install are from.
func ToolSources() []string {
	var out []string
	for _, d := range []dialect{shadowTools, debianTools, busyboxTools, redHatTools} {
		for _, tool := range d {
			out = append(out, tool.source)
		}
	}
	for _, m := range packageManagers {
		out = append(out, m.source)
	}
	out = append(out, alpinePlain.source, debianPlain.source)
	return out
}
