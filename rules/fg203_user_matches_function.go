// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"
	"strings"

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
	if verdict, ok := seeUserRule(u.Problem); ok {
		return verdict, nil
	}
	spec, who := brief(u.Spec), s.Function().RunsAs()
	gid, set, err := u.GID.Get()
	switch {
	case u.UID == 0:
		return check.NotApplicablef("USER is root; FG202 (nonroot-user) has the mend"), nil
	case !isAllowed(who.UID):
		return check.SeeRule("FG201", "function-uid"), nil
	case !isAllowed(who.GID):
		return check.SeeRule("FG204", "function-gid"), nil
	case isReserved(u.UID):
		return check.SeeRule("FG207", "unreserved-uid"), nil
	case u.UID != who.UID:
		return check.Failf(u.At, "USER %s is UID %d, but the function runs as %d", spec, u.UID, who.UID).
			WithFix("%s", agreement(u, who)), nil
	case err != nil:
		return check.Verdict{}, err
	case set && gid != who.GID:
		return check.Failf(u.At, "USER %s has the group %d, but the function runs with %d", spec, gid, who.GID).
			WithFix("%s", agreement(u, who)), nil
	case !set:
		return check.Passf(u.At, "USER %s is the UID that the function runs as", spec), nil
	default:
		return check.Passf(u.At, "USER %s is the user that the function runs as, %s", spec, who), nil
	}
}

// agreement returns the mend that makes the image's user and the one that the
// function runs as the same: in the Dockerfile, or in the function where it may
// have the image's IDs.
func agreement(u *check.User, who check.Identity) string {
	mend, line := replacement(u.At, "USER "+brief(u.Spec)), ":\n\nUSER "+who.String()
	gid := u.GID.Or(who.GID)
	if !isAllowed(u.UID) || !isAllowed(gid) {
		return mend + line
	}
	var settings, flags []string
	if u.UID != who.UID {
		settings, flags = append(settings, fmt.Sprintf("User ID to %d", u.UID)), append(flags, fmt.Sprintf("--uid %d", u.UID))
	}
	if gid != who.GID {
		settings, flags = append(settings, fmt.Sprintf("Group ID to %d", gid)), append(flags, fmt.Sprintf("--gid %d", gid))
	}
	return fmt.Sprintf("%s, or set the function's %s (%s)%s", mend, strings.Join(settings, " and "), strings.Join(flags, " "), line)
}
