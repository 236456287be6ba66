// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// comparison holds one account variable against the image's user. It returns
// not applicable where there is nothing to compare.
type comparison func(context.Context, *check.Subject, *check.User, check.Env) (check.Verdict, error)

// nothingToCompare is the verdict where a variable or its counterpart is not
// there.
func nothingToCompare() check.Verdict { return check.NotApplicablef("nothing to compare") }

func compareUserID(_ context.Context, _ *check.Subject, u *check.User, env check.Env) (check.Verdict, error) {
	setting := env.Lookup("USER_ID")
	id, ok, err := numberIn(setting)
	switch {
	case err != nil || !ok:
		return nothingToCompare(), err
	case id != u.UID:
		return check.Failf(setting.At(), "USER_ID is %d, but USER %s is UID %d", id, u.Spec, u.UID).Also(u.At).
			WithFix("set USER_ID to the user's UID:\n\nENV USER_ID=%d", u.UID), nil
	default:
		return check.Passf(setting.At(), "USER_ID is %d", id), nil
	}
}

func compareGroupID(ctx context.Context, s *check.Subject, u *check.User, env check.Env) (check.Verdict, error) {
	setting := env.Lookup("GROUP_ID")
	id, ok, err := numberIn(setting)
	if err != nil || !ok {
		return nothingToCompare(), err
	}
	gid, at, err := s.PrimaryGroup(ctx, u)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case id == gid:
		return check.Passf(setting.At(), "GROUP_ID is %d", id), nil
	case at == u.At && !u.GID.IsSet():
		return check.Failf(setting.At(), "GROUP_ID is %d, but USER %s has no entry in /etc/passwd, so its group is 0", id, u.Spec).Also(u.At).
			WithFix("name the group in USER:\n\nUSER %d:%d", u.UID, id), nil
	default:
		return check.Failf(setting.At(), "GROUP_ID is %d, but USER %s has the group %d", id, u.Spec, gid).Also(at).
			WithFix("set GROUP_ID to the user's group:\n\nENV GROUP_ID=%d", gid), nil
	}
}

func compareUserName(ctx context.Context, s *check.Subject, u *check.User, env check.Env) (check.Verdict, error) {
	setting := env.Lookup("USER_NAME")
	name, set, err := setting.Get()
	if err != nil || !set || name == "" {
		return nothingToCompare(), err
	}
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	account, found, err := accounts.UserByName(name)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case found && account.UID != u.UID:
		return check.Failf(setting.At(), "USER_NAME is %s, which is UID %d, but USER %s is UID %d", name, account.UID, u.Spec, u.UID).Also(account.At, u.At).
			WithFix("name the account that USER names, or let USER name %s:\n\nUSER %d", name, account.UID), nil
	case found:
		return check.Passf(setting.At(), "USER_NAME is %s", name), nil
	}
	own, has, err := accounts.UserByID(u.UID)
	if err != nil || !has {
		return nothingToCompare(), err
	}
	return check.Failf(setting.At(), "USER_NAME is %s, but UID %d is called %s", name, u.UID, own.Name).Also(own.At).
		WithFix("set USER_NAME to the account's name:\n\nENV USER_NAME=%s", own.Name), nil
}

func compareGroupName(ctx context.Context, s *check.Subject, u *check.User, env check.Env) (check.Verdict, error) {
	setting := env.Lookup("GROUP_NAME")
	name, set, err := setting.Get()
	if err != nil || !set || name == "" {
		return nothingToCompare(), err
	}
	gid, _, err := s.PrimaryGroup(ctx, u)
	if err != nil {
		return check.Verdict{}, err
	}
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	group, found, err := accounts.GroupByName(name)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case found && group.GID != gid:
		return check.Failf(setting.At(), "GROUP_NAME is %s, which is GID %d, but USER %s has the group %d", name, group.GID, u.Spec, gid).Also(group.At, u.At).
			WithFix("name the group that the user has, or let USER name %s:\n\nUSER %d:%d", name, u.UID, group.GID), nil
	case found:
		return check.Passf(setting.At(), "GROUP_NAME is %s", name), nil
	}
	own, has, err := accounts.GroupByID(gid)
	if err != nil || !has {
		return nothingToCompare(), err
	}
	return check.Failf(setting.At(), "GROUP_NAME is %s, but GID %d is called %s", name, gid, own.Name).Also(own.At).
		WithFix("set GROUP_NAME to the group's name:\n\nENV GROUP_NAME=%s", own.Name), nil
}

func compareHome(ctx context.Context, s *check.Subject, _ *check.User, env check.Env) (check.Verdict, error) {
	setting := env.Lookup("HOME")
	home, set, err := setting.Get()
	if err != nil || !set || home == "" || home[0] != '/' {
		return nothingToCompare(), err
	}
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	file, err := fs.Stat(fsys, cmp.Or(strings.Trim(path.Clean(home), "/"), "."))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return check.Failf(setting.At(), "HOME is %s, which is not in the image", home).
			WithFix("create the folder for the function's user:\n\nRUN mkdir -p %s && chown %s %s", home, s.Function().RunsAs(), home), nil
	case err != nil:
		return check.Verdict{}, err
	case !file.IsDir():
		return check.Failf(setting.At(), "HOME is %s, which is a file, not a folder", home).
			WithFix("let HOME name the folder of the code:\n\nENV HOME=/home/app"), nil
	default:
		return check.Passf(setting.At(), "HOME is %s", home), nil
	}
}

// numberIn returns the number that a variable holds. One that is not set or no
// number is the business of FG502 and FG504.
func numberIn(setting check.Setting[string]) (number int64, ok bool, err error) {
	text, _, err := setting.Get()
	if err != nil || !isNumber(text) {
		return 0, false, err
	}
	number, err = strconv.ParseInt(text, 10, 64)
	return number, err == nil, nil
}
