// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// user resolves the image's USER as container runtimes do, by the rules of
// moby/sys/user. Only names need the accounts.
func user(ctx context.Context, s *check.Subject) (*check.User, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return nil, err
	}
	spec, _, err := config.User.Get()
	if err != nil {
		return nil, err
	}
	return resolveUser(spec, config.User.At(), func() (*check.Accounts, error) { return s.Accounts(ctx) })
}

// resolveUser resolves spec, which was seen at the location. It calls accounts
// only for a name.
func resolveUser(spec string, at check.Location, accounts func() (*check.Accounts, error)) (*check.User, error) {
	owner, group, _ := strings.Cut(spec, ":")
	uid, isUID := parseID(owner)
	gid, isGID := parseID(group)
	u := &check.User{Spec: spec, At: at, UID: uid, GID: check.NotSet[int64](at)}
	if isGID {
		u.GID = check.Known(gid, at)
	}
	needUser, needGroup := owner != "" && !isUID, group != "" && !isGID
	switch {
	case !validID(uid):
		u.Problem = check.UserOutOfRange
		return u, nil
	case !validID(gid):
		u.Problem = check.GroupOutOfRange
		return u, nil
	case !needUser && !needGroup:
		return u, nil
	}
	known, err := accounts()
	if err != nil {
		return nil, err
	}
	if needUser {
		err = lookUpUser(u, owner, group == "", known)
	}
	if needGroup && err == nil && u.Problem == check.Resolved {
		err = lookUpGroup(u, group, known)
	}
	return u, err
}

// lookUpUser takes the UID from the account called name, and the GID unless
// USER holds a group.
func lookUpUser(u *check.User, name string, withGroup bool, known *check.Accounts) error {
	account, found, err := known.UserByName(name)
	u.Name = name
	switch {
	case err != nil:
		return err
	case !found:
		u.Problem = check.NoSuchUser
		return nil
	case !validID(account.UID):
		u.Problem = check.UserOutOfRange
	case withGroup && account.GIDErr == nil && !validID(account.GID):
		u.Problem = check.GroupOutOfRange
	}
	u.UID, u.AccountAt = account.UID, account.At
	switch {
	case withGroup && account.GIDErr != nil:
		u.GID = check.Missing[int64](account.GIDErr)
	case withGroup:
		u.GID = check.Known(account.GID, account.At)
	}
	return nil
}

// lookUpGroup takes the GID from the group called name.
func lookUpGroup(u *check.User, name string, known *check.Accounts) error {
	group, found, err := known.GroupByName(name)
	u.GroupName = name
	switch {
	case err != nil:
		return err
	case !found:
		u.Problem = check.NoSuchGroup
		return nil
	case !validID(group.GID):
		u.Problem = check.GroupOutOfRange
	}
	u.GID = check.Known(group.GID, group.At)
	return nil
}

// parseID returns the number in one half of a USER, and whether it is one. It
// is 0 for a name, and the nearest representable number for one beyond.
func parseID(half string) (id int64, isNumber bool) {
	id, err := strconv.ParseInt(half, 10, 64)
	return id, err == nil || errors.Is(err, strconv.ErrRange)
}

// validID reports whether a container can have the UID or GID. The kernel
// takes larger ones, runtimes do not.
func validID(id int64) bool { return id >= 0 && id <= math.MaxInt32 }
