// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"math"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var userResolves = &check.Rule{
	ID:    "FG206",
	Name:  "user-resolves",
	Title: "The names in USER exist in the image",
	Why: `A name in USER is looked up in the image's /etc/passwd, a group after the colon in
/etc/group, at every start. Where one is missing no container engine starts the
image: unable to find user, no matching entries in passwd file. The usual cause
is a USER line without the useradd line, or an account made in an earlier build
stage that is not part of the image.`,
	Fix: `Create the account in the stage that becomes the image, before USER:

	RUN groupadd -g 1003 app && useradd -u 1003 -g 1003 -m app
	USER app

On Alpine: addgroup -g 1003 app && adduser -D -u 1003 -G app app. Or name the user
by number, which needs no entry.`,
	Source: []string{
		"https://docs.docker.com/reference/dockerfile/#user",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Observed: check.Warning,
	Levels:   "DR",
	Bad: `-- config.json --
{"User": "app"}
`,
	Good: `-- config.json --
{"User": "app"}
-- rootfs/etc/passwd --
app:x:1003:1003::/home/app:/bin/sh
`,
	Check: checkUserResolves,
}

func checkUserResolves(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	u, err := s.User(ctx)
	switch {
	case err != nil && isUnavailable(err):
		return certainEntries(ctx, s, err)
	case err != nil:
		return check.Verdict{}, err
	}
	userName, groupName, _ := strings.Cut(u.Spec, ":")
	spec, who := brief(u.Spec), proposedUser(s.Function())
	switch u.Problem {
	case check.NoSuchUser:
		mend, err := missingUser(ctx, s, userName, groupName)
		return check.Failf(u.At, "USER %s: the user %q is not in the image's /etc/passwd", spec, brief(userName)).
			WithFix("%s", mend), err
	case check.NoSuchGroup:
		mend, err := missingGroup(ctx, s, groupName)
		return check.Failf(u.At, "USER %s: the group %q is not in the image's /etc/group", spec, brief(groupName)).
			WithFix("%s", mend), err
	case check.GroupOutOfRange:
		return check.Failf(u.At, "the group of USER %s is not a GID: they go from 0 to 2147483647", spec).
			WithFix("write a GID that the system has in place of %q:\n\nUSER %s", spec, who), nil
	case check.UserOutOfRange:
		return check.SeeRule("FG202", "nonroot-user"), nil
	case check.Resolved:
	}
	switch {
	case u.Spec == "":
		return check.NotApplicablef("USER is not set"), nil
	case u.Name == "" && u.GroupName == "":
		return check.NotApplicablef("USER %s is a number, which needs no entry", spec), nil
	case u.Name == "":
		return check.Passf(u.At, "the group %s is GID %d", brief(u.GroupName), u.GID.Or(0)), nil
	default:
		return check.Passf(u.At, "the user %s is UID %d", brief(u.Name), u.UID).Also(u.AccountAt), nil
	}
}

// certainEntries is about a USER that does not resolve to numbers, for the
// reason unknown: its names may have entries nevertheless, as when useradd was
// left to choose the UID.
func certainEntries(ctx context.Context, s *check.Subject, unknown error) (check.Verdict, error) {
	user, accounts, err := namesInUser(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	spec := user.Or("")
	userName, groupName, _ := strings.Cut(spec, ":")
	account, hasUser, userErr := accounts.UserByName(userName)
	_, hasGroup, groupErr := accounts.GroupByName(groupName)
	hasGroup = hasGroup || groupName == "" || isNumber(groupName)
	isOpen := userErr != nil || groupName != "" && groupErr != nil && account.UID <= math.MaxInt32
	if isOpen && hasUser && hasGroup {
		return check.Passf(user.At(), "USER %s names what exists, under a number that the text does not tell", brief(spec)), nil
	}
	return check.Verdict{}, unknown
}
