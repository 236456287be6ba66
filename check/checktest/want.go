// SPDX-License-Identifier: Apache-2.0

package checktest

import (
	"fmt"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// Wanted returns the IDs of the rules that the case's expectations name, in
// order.
func (c *Case) Wanted() []string {
	var ids []string
	for line := range strings.Lines(c.Want) {
		if strings.HasPrefix(line, "FG") {
			ids = append(ids, strings.Fields(line)[0])
		}
	}
	return ids
}

// Rows writes the rows of the rules with the IDs as cases expect them:
//
//	FG202 fail config.User
//		USER 0 is UID 0, which is root
//		fix: replace the number in USER 0:
//
//		USER 1003:1003
func Rows(r *check.Report, ids []string) string {
	var out strings.Builder
	for _, id := range ids {
		for _, result := range r.Results {
			if result.Rule.ID == id {
				writeRow(&out, result)
			}
		}
	}
	return out.String()
}

func writeRow(out *strings.Builder, r check.Result) {
	var places []string
	for _, at := range r.At {
		places = append(places, at.Place())
	}
	head := fmt.Sprintf("%s %s %s", r.Rule.ID, r.Outcome, strings.Join(places, ", "))
	out.WriteString(strings.TrimSpace(head) + "\n")
	writeIndented(out, "", r.Message)
	writeIndented(out, "fix: ", r.Fix)
	writeIndented(out, "hint: ", r.Hint)
	if r.Err != nil {
		writeIndented(out, "error: ", r.Err.Error())
	}
	if r.Suppressed != "" {
		writeIndented(out, "suppressed: ", r.Suppressed)
	}
}

func writeIndented(out *strings.Builder, label, text string) {
	if text == "" {
		return
	}
	for i, line := range strings.Split(label+text, "\n") {
		if i > 0 && line == "" {
			out.WriteString("\n")
			continue
		}
		out.WriteString("\t" + line + "\n")
	}
}
