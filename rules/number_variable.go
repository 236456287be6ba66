// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// checkNumberVariable decides whether a variable is set to a number; the mend
// proposes one.
func checkNumberVariable(ctx context.Context, s *check.Subject, name string, proposed int64) (check.Verdict, error) {
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	setting := env.Lookup(name)
	id, set, err := setting.Get()
	number := strconv.FormatInt(proposed, 10)
	mend := setLine(s.Function(), name, number)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set:
		return check.Failf(setting.At(), "%s is not set", name).
			WithFix("add %s to the Dockerfile:\n\n%s", name, mend), nil
	case id == "":
		return check.Failf(setting.At(), "%s is set but empty", name).
			WithFix("give %s its number:\n\n%s", name, mend).WithEdit(setting.At(), name+"=", name+"="+number), nil
	case !isNumber(id):
		return check.Failf(setting.At(), "%s is %q, not a number", name, brief(id)).
			WithFix("write the number in place of %s's value:\n\n%s", name, mend).
			WithEdit(setting.At(), name+"="+id, name+"="+number), nil
	default:
		return check.Passf(setting.At(), "%s is %s", name, brief(id)), nil
	}
}

// isNumber reports whether the text is a decimal number without a sign.
func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
