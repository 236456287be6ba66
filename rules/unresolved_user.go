// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

// namesInUser returns USER, which must be known, and the accounts that its names
// are looked up in. It is for a USER that does not resolve to numbers, whose
// names may tell something nevertheless.
func namesInUser(ctx context.Context, s *check.Subject) (spec check.Setting[string], accounts *check.Accounts, err error) {
	config, err := s.Config(ctx)
	if err != nil {
		return spec, nil, err
	}
	if _, _, err := config.User.Get(); err != nil {
		return spec, nil, err
	}
	accounts, err = s.Accounts(ctx)
	return config.User, accounts, err
}

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
