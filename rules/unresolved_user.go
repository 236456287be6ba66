// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

// seeUserRule returns the verdict of a rule that needs a USER which resolves:
// it points to the rule that tells why this one does not. It is not ok for a
// USER that resolves.
func seeUserRule(p check.UserProblem) (verdict check.Verdict, ok bool) {
	switch p {
	case check.NoSuchUser, check.NoSuchGroup, check.GroupOutOfRange:
		return check.SeeRule("FG206", "user-resolves"), true
	case check.UserOutOfRange:
		return check.SeeRule("FG202", "nonroot-user"), true
	case check.Resolved:
	}
	return check.Verdict{}, false
}
