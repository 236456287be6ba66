// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fgpreflight/fgpreflight/check"
)

var functionVariables = &check.Rule{
	ID:    "FG508",
	Name:  "function-variables",
	Title: "The function's own variables keep FunctionGraph's rules",
	Why: `The variables of a function are letters, digits and underscores with a letter in
front, no preset name, and together at most 4,096 characters. The API refuses
others. It also counts at most 20 entries, and an older limit was 2,048
characters.`,
	Fix: `Rename or shorten them; put large settings into a file or a configuration service.`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
	},
	Severity: check.Error,
	Levels:   "F",
	Bad: `-- function.yaml --
function: {env: {my-key: "1"}}
`,
	Good: `-- function.yaml --
function: {env: {my_key: "1"}}
`,
	Check: checkFunctionVariables,
}

// Limits on a function's variables (contract K10): names and values together,
// in characters, and those that older or other pages give.
const (
	maxVariableCharacters  = 4096
	olderMaxCharacters     = 2048
	maxVariablesOfTheAPI   = 20
	variableNameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
)

func checkFunctionVariables(_ context.Context, s *check.Subject) (check.Verdict, error) {
	vars := s.Function().Env.All()
	if len(vars) == 0 {
		return check.NotApplicablef("the function sets no variables"), nil
	}
	total := 0
	for _, v := range vars {
		total += utf8.RuneCountInString(v.Name) + utf8.RuneCountInString(v.Value)
		switch {
		case v.Name == "" || !isLetter(rune(v.Name[0])):
			return check.Failf(v.At, "the variable %q does not begin with a letter", brief(v.Name)).
				WithFix("put a letter in front of %q", brief(v.Name)), nil
		case strings.Trim(v.Name, variableNameCharacters) != "":
			return check.Failf(v.At, "the variable %q has characters other than letters, digits and underscores", brief(v.Name)).
				WithFix("rename %q with letters, digits and underscores", brief(v.Name)), nil
		case slices.Contains(presetVariables, v.Name):
			return check.Failf(v.At, "the function sets %s, which FunctionGraph presets", brief(v.Name)).
				WithFix("remove %s from the function's variables, or rename it", brief(v.Name)), nil
		}
	}
	at := vars[0].At
	switch {
	case total > maxVariableCharacters:
		return check.Failf(at, "names and values have %d characters, more than %d", total, maxVariableCharacters).
			WithFix("shorten them by %s, or move a large value out of the variables", counted(total-maxVariableCharacters, "character")), nil
	case total > olderMaxCharacters || len(vars) > maxVariablesOfTheAPI:
		return check.Passf(at, "%s with %s: at most %d may be; older regions stop at %d characters, the API at %d variables",
			counted(len(vars), "variable"), counted(total, "character"), maxVariableCharacters, olderMaxCharacters, maxVariablesOfTheAPI), nil
	default:
		return check.Passf(at, "the rules are kept by %s with %s", counted(len(vars), "variable"), counted(total, "character")), nil
	}
}
