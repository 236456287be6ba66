// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var userMatchesFunction = &check.Rule{
	ID:    "FG203",
	Name:  "user-matches-function",
	Title: "The image's USER is the user that the function runs as",
	Why: `FunctionGraph starts the image as 1003:1003, or as the User ID and Group ID that
the function sets, and ignores USER. An image whose USER is another one was
built and tested for a user that it never meets on the platform: files that
belong to that user alone are closed.`,
	Fix: `Make the two agree, most simply by the platform's default:

	USER 1003:1003`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Warning,
	Levels:   "DCR",
	Bad: `-- config.json --
{"User": "2000:2000"}
`,
	Good: `-- config.json --
{"User": "1003:1003"}
`,
	Check: checkUserMatchesFunction,
}

func checkUserMatchesFunction(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	u, err := s.User(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	switch u.Problem {
	case check.NoSuchUser, check.NoSuchGroup, check.GroupOutOfRange:
		return check.SeeRule("FG206", "user-resolves"), nil
	case check.UserOutOfRange:
		return check.SeeRule("FG202", "nonroot-user"), nil
	case check.Resolved:
	}
	if u.UID == 0 {
		return check.NotApplicablef("USER is root; FG202 (nonroot-user) has the mend"), nil
	}
	who := s.Function().RunsAs()
	if u.UID != who.UID && (isReserved(u.UID) || isOutOfRange(u.UID)) {
		return check.Failf(u.At, "USER %s is UID %d, but the function runs as %d and cannot be set to it", u.Spec, u.UID, who.UID).
			WithFix("write the function's user in the Dockerfile:\n\nUSER %s", who), nil
	}
	if u.UID != who.UID {
		return check.Failf(u.At, "USER %s is UID %d, but the function runs as %d", u.Spec, u.UID, who.UID).
			WithFix("write USER %s in the Dockerfile, or set the function's User ID to %d (--uid %d)", who, u.UID, u.UID), nil
	}
	gid, set, err := u.GID.Get()
	switch {
	case err != nil:
		return check.Verdict{}, err
	case set && gid != who.GID:
		return check.Failf(u.At, "USER %s has the group %d, but the function runs with %d", u.Spec, gid, who.GID).
			WithFix("write USER %s in the Dockerfile, or set the function's Group ID to %d (--gid %d)", who, gid, gid), nil
	case !set:
		return check.Passf(u.At, "USER %s is the UID that the function runs as", u.Spec), nil
	default:
		return check.Passf(u.At, "USER %s is the user that the function runs as, %s", u.Spec, who), nil
	}
}
