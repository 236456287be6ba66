// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var functionName = &check.Rule{
	ID:    "FG903",
	Name:  "function-name",
	Title: "The function's name keeps FunctionGraph's rule",
	Why: `A function's name has 1 to 60 characters, begins with a letter and ends with a
letter or digit; between stand letters, digits, hyphens and underscores. The
API refuses other names.`,
	Fix: `Choose a name such as order-mailer_2.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
	},
	Severity: check.Error,
	Levels:   "F",
	Bad: `-- function.yaml --
function: {name: 2nd-mailer}
`,
	Good: `-- function.yaml --
function: {name: mailer-2}
`,
	Check: checkFunctionName,
}

// maxFunctionName is the longest name of a function, in characters.
const maxFunctionName = 60

func checkFunctionName(_ context.Context, s *check.Subject) (check.Verdict, error) {
	setting := s.Function().Name
	name := setting.Or("")
	fail := func(problem, mend string) (check.Verdict, error) {
		return check.Failf(setting.At(), "the name %q %s", name, problem).WithFix("%s", mend), nil
	}
	switch {
	case !setting.IsSet():
		return check.NotApplicablef("the function's name is not given; --function-name tells it"), nil
	case name == "":
		return fail("is empty", "give the function a name that begins with a letter")
	case strings.ContainsFunc(name, func(r rune) bool { return !isLetter(r) && !isDigit(r) && r != '-' && r != '_' }):
		return fail("has characters other than letters, digits, - and _", "use a to z, A to Z, 0 to 9, - and _ alone")
	case len(name) > maxFunctionName:
		return fail(fmt.Sprintf("has %d characters, more than %d", len(name), maxFunctionName), fmt.Sprintf("shorten it by %d", len(name)-maxFunctionName))
	case !isLetter(rune(name[0])):
		return fail("does not begin with a letter", "put a letter in front")
	case strings.HasSuffix(name, "-") || strings.HasSuffix(name, "_"):
		return fail("does not end with a letter or digit", "drop the character at the end")
	default:
		return check.Passf(setting.At(), "the name %s keeps the rule", name), nil
	}
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func isDigit(r rune) bool  { return r >= '0' && r <= '9' }
