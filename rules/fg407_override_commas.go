// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var overrideCommas = &check.Rule{
	ID:    "FG407",
	Name:  "override-commas",
	Title: "No item of the function's command or arguments holds a comma",
	Why: `FunctionGraph takes the overrides of command and arguments as one text each,
and splits it at every comma. An item that holds a comma itself arrives in the
container as two, and no way to quote it is documented.`,
	Fix: `Set the value in the image, in a script or by a variable:

	ENV ALLOWED_HOSTS=a.example,b.example`,
	Source:   []string{"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html"},
	Severity: check.Warning,
	Levels:   "F",
	Bad: `-- function.yaml --
function:
  args: ["--hosts=a.example,b.example"]
`,
	Good: `-- function.yaml --
function:
  args: ["--host=a.example", "--host=b.example"]
`,
	Check: checkOverrideCommas,
}

func checkOverrideCommas(_ context.Context, s *check.Subject) (check.Verdict, error) {
	var at []check.Location
	for _, o := range overrides(s.Function()) {
		if !o.items.IsSet() {
			continue
		}
		at = append(at, o.items.At())
		for _, item := range o.items.Or(nil) {
			if before, after, ok := strings.Cut(item, ","); ok {
				return check.Failf(o.items.At(), "the comma in %q of the function's %s splits it", brief(item), o.name).
					WithFix("set the value in the image, in a script or by a variable: the container would get %q and %q", brief(before), brief(after)), nil
			}
		}
	}
	if len(at) == 0 {
		return check.NotApplicablef("the function overrides neither command nor arguments"), nil
	}
	return check.Passf(at[0], "no item holds a comma").Also(at[1:]...), nil
}
