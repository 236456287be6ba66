// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/fgpreflight/fgpreflight/check"
)

var overrideLength = &check.Rule{
	ID:    "FG406",
	Name:  "override-length",
	Title: "Command, arguments and working directory of the function have at most 5,120 characters together",
	Why: `FunctionGraph takes at most 5,120 characters for the overrides of command,
arguments and working directory together, the commas between the items
included. A function with more cannot be created or updated.`,
	Fix: `Put the command into a script of the image, and name that:

	COPY --chmod=755 start.sh /app/start.sh
	ENTRYPOINT ["/app/start.sh"]`,
	Source:   []string{"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html"},
	Severity: check.Error,
	Levels:   "F",
	Bad:      "-- function.yaml --\nfunction:\n  args: [" + strings.Repeat("x", maxOverride+1) + "]\n",
	Good: `-- function.yaml --
function:
  command: [node, /app/main.js]
`,
	Check: checkOverrideLength,
}

// maxOverride is how many characters the overrides may have together.
const maxOverride = 5120

func checkOverrideLength(_ context.Context, s *check.Subject) (check.Verdict, error) {
	f := s.Function()
	total := utf8.RuneCountInString(f.WorkingDir.Or(""))
	at := f.WorkingDir.At()
	set := f.WorkingDir.IsSet()
	for _, o := range overrides(f) {
		if o.items.IsSet() {
			total, at, set = total+o.length(), o.items.At(), true
		}
	}
	switch {
	case !set:
		return check.NotApplicablef("the function overrides neither command nor arguments nor working directory"), nil
	case total > maxOverride:
		return check.Failf(at, "the overrides have %d characters, %d more than the limit of %d", total, total-maxOverride, maxOverride).
			WithFix("move at least %s of the command into a script of the image", counted(total-maxOverride, "character")), nil
	default:
		return check.Passf(at, "the overrides have %d of %d characters", total, maxOverride), nil
	}
}
