// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
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

func compareUserID(_ context.Context, s *check.Subject, u *check.User, env check.Env) (check.Verdict, error) {
	setting := env.Lookup("USER_ID")
	id, ok, err := numberIn(setting)
	switch {
	case err != nil || !ok:
		return nothingToCompare(), err
	case id != u.UID:
		return check.Failf(setting.At(), "USER_ID is %d, but USER %s is UID %d", id, brief(u.Spec), u.UID).Also(u.At).
			WithFix("set USER_ID to the user's UID:\n\n%s", setLine(s.Function(), "USER_ID", strconv.FormatInt(u.UID, 10))), nil
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
		return check.Failf(setting.At(), "GROUP_ID is %d, but USER %s has no entry in /etc/passwd, so its group is 0", id, brief(u.Spec)).Also(u.At).
			WithFix("name the group in USER:\n\nUSER %s", withGroup(s.Function(), u.UID, id)), nil
	default:
		return check.Failf(setting.At(), "GROUP_ID is %d, but USER %s has the group %d", id, brief(u.Spec), gid).Also(at).
			WithFix("set GROUP_ID to the user's group:\n\n%s", setLine(s.Function(), "GROUP_ID", strconv.FormatInt(gid, 10))), nil
	}
}

// withGroup returns the user for a USER line that lacks its group: the
// function's own where that has the group, as FG203 asks for it too.
func withGroup(f *check.Function, uid, gid int64) check.Identity {
	if who := proposedUser(f); who.GID == gid {
		return who
	}
	return check.Identity{UID: uid, GID: gid}
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
	own, has, err := accounts.UserByID(u.UID)
	if err != nil {
		return check.Verdict{}, err
	}
	account, found, err := accounts.UserByName(name)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case found && account.UID != u.UID:
		return check.Failf(setting.At(), "USER_NAME is %s, which is UID %d, but USER %s is UID %d", brief(name), account.UID, brief(u.Spec), u.UID).Also(account.At, u.At).
			WithFix("let USER_NAME name UID %d:\n\n%s", u.UID, setLine(s.Function(), "USER_NAME", brief(cmp.Or(own.Name, freeUser(accounts))))), nil
	case found:
		return check.Passf(setting.At(), "USER_NAME is %s", brief(name)), nil
	case !has:
		return nothingToCompare(), nil
	}
	return check.Failf(setting.At(), "USER_NAME is %s, but UID %d is called %s", brief(name), u.UID, brief(own.Name)).Also(own.At).
		WithFix("set USER_NAME to the account's name:\n\n%s", setLine(s.Function(), "USER_NAME", brief(own.Name))), nil
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
	own, has, err := accounts.GroupByID(gid)
	if err != nil {
		return check.Verdict{}, err
	}
	group, found, err := accounts.GroupByName(name)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case found && group.GID != gid:
		return check.Failf(setting.At(), "GROUP_NAME is %s, which is GID %d, but USER %s has the group %d", brief(name), group.GID, brief(u.Spec), gid).Also(group.At, u.At).
			WithFix("let GROUP_NAME name GID %d:\n\n%s", gid, setLine(s.Function(), "GROUP_NAME", brief(cmp.Or(own.Name, freeGroup(accounts))))), nil
	case found:
		return check.Passf(setting.At(), "GROUP_NAME is %s", brief(name)), nil
	case !has:
		return nothingToCompare(), nil
	}
	return check.Failf(setting.At(), "GROUP_NAME is %s, but GID %d is called %s", brief(name), gid, brief(own.Name)).Also(own.At).
		WithFix("set GROUP_NAME to the group's name:\n\n%s", setLine(s.Function(), "GROUP_NAME", brief(own.Name))), nil
}

func compareHome(ctx context.Context, s *check.Subject, _ *check.User, env check.Env) (check.Verdict, error) {
	setting := env.Lookup("HOME")
	home, set, err := setting.Get()
	if err != nil || !set || !path.IsAbs(home) {
		return nothingToCompare(), err
	}
	if isMounted(s.Function(), home) {
		return check.Passf(setting.At(), "HOME is %s, which is mounted", brief(home)), nil
	}
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	file, obstacle, err := check.Reach(fsys, home, s.Function().RunsAs(), 0)
	switch {
	case errors.Is(err, check.ErrTooManyLinks):
		return check.Failf(setting.At(), "HOME is %s, whose symbolic links lead in a circle", brief(home)).
			WithFix("put a folder in place of the symbolic link %q", brief(file.Path)), nil
	case errors.Is(err, fs.ErrNotExist):
		mend, err := createFolder(ctx, s, home)
		return check.Failf(setting.At(), "HOME is %s, which is not in the image", brief(home)).
			WithFix("%s", mend), err
	case err != nil:
		_, err = certainFolder(fsys, home, err)
		return check.Passf(setting.At(), "HOME %s is in the image", brief(home)), err
	case file.Mode.IsDir():
		return check.Passf(setting.At(), "HOME is %s", brief(home)), nil
	case obstacle != nil:
		return nothingToCompare(), nil // behind a closed folder, which FG306 is about
	default:
		return check.Failf(setting.At(), "HOME is %s, which is a file, not a folder", brief(home)).
			WithFix("let HOME name the folder of the code:\n\n%s", setLine(s.Function(), "HOME", "/home/app")), nil
	}
}

// tmpFolder is where the platform mounts the space that a function may write to.
const tmpFolder = "/tmp"

// isMounted reports whether the platform puts something over the folder: a
// file system of the function, or /tmp.
func isMounted(f *check.Function, name string) bool {
	name = path.Clean(name)
	return name == tmpFolder || slices.ContainsFunc(f.Mounts.Or(nil), func(mount string) bool {
		mount = path.Clean(mount)
		return name == mount || strings.HasPrefix(name, mount+"/")
	})
}

// createFolder returns the mend for a HOME that the image lacks.
func createFolder(ctx context.Context, s *check.Subject, name string) (string, error) {
	const mend = "create the folder for the function's user"
	switch {
	case strings.HasPrefix(path.Clean(name), tmpFolder+"/"):
		return "let HOME name a folder outside " + tmpFolder + ", which is empty when the function starts", nil
	case !typeable(name):
		return mend + ", under a name of letters and digits", nil
	}
	switch noShell, err := lacksShell(ctx, s); {
	case err != nil:
		return "", err
	case noShell:
		return "let HOME name a folder that is there, as the image has no shell to create one:\n\n" + setLine(s.Function(), "HOME", tmpFolder), nil
	}
	owner := proposedUser(s.Function())
	return fmt.Sprintf("%s"+beforeUser+"RUN mkdir -p %s && chown %s %s", mend, name, owner, name), nil
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
