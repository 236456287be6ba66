// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var accountEntry = &check.Rule{
	ID:    "FG205",
	Name:  "account-entry",
	Title: "The function's UID and GID have entries in /etc/passwd and /etc/group",
	Why: `The platform needs no account: it starts the image by number. Programs may: ssh,
git, npm, PostgreSQL's client and Java's user.home ask for the name or the home
of their UID, and fail or fall back to / where /etc/passwd has no line for it.`,
	Fix: `Create the account before the USER line:

	RUN groupadd -g 1003 app && useradd -u 1003 -g 1003 -m app

On Alpine: addgroup -g 1003 app && adduser -D -u 1003 -G app app.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://man7.org/linux/man-pages/man5/passwd.5.html",
	},
	Severity: check.Note,
	Levels:   "DR",
	Bad: `-- rootfs/etc/passwd --
root:x:0:0:root:/root:/bin/sh
-- rootfs/etc/group --
root:x:0:
`,
	Good: `-- rootfs/etc/passwd --
app:x:1003:1003::/home/app:/bin/sh
-- rootfs/etc/group --
app:x:1003:
`,
	Check: checkAccountEntry,
}

func checkAccountEntry(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	who := s.Function().RunsAs()
	switch {
	case !isAllowed(who.UID):
		return check.SeeRule("FG201", "function-uid"), nil
	case !isAllowed(who.GID):
		return check.SeeRule("FG204", "function-gid"), nil
	}
	user, hasUser, err := accounts.UserByID(who.UID)
	if err != nil {
		return check.Verdict{}, err
	}
	group, hasGroup, err := accounts.GroupByID(who.GID)
	if err != nil {
		return check.Verdict{}, err
	}
	if hasUser && hasGroup {
		return check.Passf(user.At, "UID %d is %s, GID %d is %s", who.UID, brief(user.Name), who.GID, brief(group.Name)).Also(group.At), nil
	}
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	account := newAccount{who: who, group: group.Name, hasGroup: hasGroup}
	if !hasGroup {
		account.group = freeGroup(accounts)
	}
	if !hasUser {
		account.user = freeUser(accounts)
	}
	isEmpty := len(accounts.Users) == 0 && len(accounts.Groups) == 0 && accounts.Rest == nil
	mend, err := entryMend(ctx, s, account, isEmpty)
	if err != nil {
		return check.Verdict{}, err
	}
	at := inText(config.User.At(), check.AtFile("/etc/passwd"))
	switch {
	case isEmpty:
		return check.Failf(at, "the image has no accounts at all, so none for UID %d and GID %d", who.UID, who.GID).WithFix("%s", mend), nil
	case !hasUser && !hasGroup:
		return check.Failf(at, "UID %d has no entry in /etc/passwd, and GID %d none in /etc/group", who.UID, who.GID).WithFix("%s", mend), nil
	case !hasUser:
		return check.Failf(at, "UID %d has no entry in /etc/passwd", who.UID).WithFix("%s", mend), nil
	default:
		return check.Failf(inText(at, check.AtFile("/etc/group")), "GID %d has no entry in /etc/group", who.GID).WithFix("%s", mend), nil
	}
}

// entryMend returns how to give the image the entries; isEmpty is set for one
// without any.
func entryMend(ctx context.Context, s *check.Subject, account newAccount, isEmpty bool) (string, error) {
	if isEmpty {
		return account.byHand(true), nil
	}
	by, err := makerOf(ctx, s)
	if by == noMaker {
		return account.byHand(false), err
	}
	return account.mend(by), err
}
