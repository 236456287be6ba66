// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	mobyuser "github.com/moby/sys/user"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/source"
)

var someAccounts = fstest.MapFS{
	"etc/passwd": {Data: []byte("root:x:0:0\ntoor:x:0:0\nfg:x:1003:44\nfg:x:5:5\n77:x:78:79\nlow:x:-1:1\nlowgroup:x:1:4294967296\n")},
	"etc/group":  {Data: []byte("root:x:0:\nweb:x:33:\nhigh:x:2147483648:\n")},
}

func TestUser(t *testing.T) {
	const unset = -100 // stands for a GID that USER does not decide
	config := check.At("config", "User")
	passwd := func(line int) check.Location { return check.Location{Artifact: "/etc/passwd", Line: line} }
	tests := []struct {
		spec  string
		want  check.User // but for Spec, At and GID
		gid   int64
		files bool // the accounts are read
	}{
		{"", check.User{}, unset, false},
		{"0", check.User{}, unset, false},
		{"00", check.User{}, unset, false},
		{"0:0", check.User{}, 0, false},
		{"1003", check.User{UID: 1003}, unset, false},
		{"1003:", check.User{UID: 1003}, unset, false},
		{"1003:44", check.User{UID: 1003}, 44, false},
		{"+5", check.User{UID: 5}, unset, false},
		{":5", check.User{}, 5, false},
		{"2147483647", check.User{UID: math.MaxInt32}, unset, false},
		{"2147483648", check.User{UID: 1 << 31, Problem: check.UserOutOfRange}, unset, false},
		{"99999999999999999999", check.User{UID: math.MaxInt64, Problem: check.UserOutOfRange}, unset, false},
		{"-1", check.User{UID: -1, Problem: check.UserOutOfRange}, unset, false},
		{"5:2147483648", check.User{UID: 5, Problem: check.GroupOutOfRange}, 1 << 31, false},
		{"nosuch:-1", check.User{Problem: check.GroupOutOfRange}, -1, false},
		{"root", check.User{Name: "root", AccountAt: passwd(1)}, 0, true},
		{"toor", check.User{Name: "toor", AccountAt: passwd(2)}, 0, true},
		{"fg", check.User{UID: 1003, Name: "fg", AccountAt: passwd(3)}, 44, true},
		{"fg:", check.User{UID: 1003, Name: "fg", AccountAt: passwd(3)}, 44, true},
		{"fg:web", check.User{UID: 1003, Name: "fg", GroupName: "web", AccountAt: passwd(3)}, 33, true},
		{"fg:7", check.User{UID: 1003, Name: "fg", AccountAt: passwd(3)}, 7, true},
		{":web", check.User{GroupName: "web"}, 33, true},
		{"77", check.User{UID: 77}, unset, false},
		{"1003:web", check.User{UID: 1003, GroupName: "web"}, 33, true},
		{"nosuch", check.User{Name: "nosuch", Problem: check.NoSuchUser}, unset, true},
		{" 5", check.User{Name: " 5", Problem: check.NoSuchUser}, unset, true},
		{"0x5", check.User{Name: "0x5", Problem: check.NoSuchUser}, unset, true},
		{"nosuch:nosuch", check.User{Name: "nosuch", Problem: check.NoSuchUser}, unset, true},
		{"root:nosuch", check.User{Name: "root", GroupName: "nosuch", AccountAt: passwd(1), Problem: check.NoSuchGroup}, unset, true},
		{"fg:a:b", check.User{UID: 1003, Name: "fg", GroupName: "a:b", AccountAt: passwd(3), Problem: check.NoSuchGroup}, unset, true},
		{"low", check.User{UID: -1, Name: "low", AccountAt: passwd(6), Problem: check.UserOutOfRange}, 1, true},
		{"lowgroup", check.User{UID: 1, Name: "lowgroup", AccountAt: passwd(7), Problem: check.GroupOutOfRange}, 1 << 32, true},
		{"lowgroup:7", check.User{UID: 1, Name: "lowgroup", AccountAt: passwd(7)}, 7, true},
		{"fg:high", check.User{UID: 1003, Name: "fg", GroupName: "high", AccountAt: passwd(3), Problem: check.GroupOutOfRange}, 1 << 31, true},
	}
	for _, test := range tests {
		s, asked := subject(test.spec, someAccounts)
		got, err := s.User(t.Context())
		if err != nil {
			t.Errorf("USER %q: %v", test.spec, err)
			continue
		}
		gid, set, _ := got.GID.Get()
		if !set {
			gid = unset
		}
		got.GID = check.Setting[int64]{}
		test.want.Spec, test.want.At = test.spec, config
		if diff := cmp.Diff(test.want, *got, cmp.AllowUnexported(check.Setting[int64]{})); diff != "" {
			t.Errorf("USER %q: %s", test.spec, diff)
		}
		if gid != test.gid {
			t.Errorf("USER %q: GID %d, want %d", test.spec, gid, test.gid)
		}
		if (*asked > 0) != test.files {
			t.Errorf("USER %q asked for the file system %d times, want files read: %t", test.spec, *asked, test.files)
		}
	}
}

func TestUserErrors(t *testing.T) {
	why := errors.New("why")
	s := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{
		Config: func(context.Context) (*check.Config, error) {
			return &check.Config{User: check.Missing[string](why)}, nil
		},
		User: source.User,
	})
	if _, err := s.User(t.Context()); !errors.Is(err, why) {
		t.Errorf("unknown USER: got %v, want %v", err, why)
	}
	accounts := func() (*check.Accounts, error) { return &check.Accounts{Rest: why}, nil }
	for _, spec := range []string{"fg", "5:web"} {
		if _, err := source.ResolveUser(spec, check.Location{}, accounts); !errors.Is(err, why) {
			t.Errorf("USER %s with unknown accounts: got %v, want %v", spec, err, why)
		}
	}
	failing := func() (*check.Accounts, error) { return nil, why }
	if _, err := source.ResolveUser("fg", check.Location{}, failing); !errors.Is(err, why) {
		t.Errorf("broken accounts: got %v, want %v", err, why)
	}
}

// FuzzUser compares with moby/sys/user, by which runc and the engines go. Only
// one thing is stricter here: an account whose own number is out of range.
func FuzzUser(f *testing.F) {
	for _, spec := range []string{"", "root", "0:0", "00", ":5", "1003:", "+5", "-1", "4294967296", "fg:web", "a:b:c", "1003:nosuch"} {
		f.Add(spec, someAccounts["etc/passwd"].Data, someAccounts["etc/group"].Data)
	}
	f.Fuzz(func(t *testing.T, spec string, passwd, group []byte) {
		known, err := source.ParseAccounts(passwd, group)
		if err != nil {
			return
		}
		s := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{
			Accounts: func(context.Context, *check.Subject) (*check.Accounts, error) { return known, nil },
		})
		got, err := source.ResolveUser(spec, check.Location{}, func() (*check.Accounts, error) { return known, nil })
		if err != nil {
			t.Fatal(err)
		}
		want, err := mobyuser.GetExecUser(spec, nil, bytes.NewReader(passwd), bytes.NewReader(group))
		if problem := problemOf(want, err, got); got.Problem != problem {
			t.Fatalf("problem %d, want %d (%v, %v)", got.Problem, problem, want, err)
		}
		if got.Problem != check.Resolved {
			return
		}
		gid, _, err := s.PrimaryGroup(t.Context(), got)
		if err != nil {
			t.Fatal(err)
		}
		if got.UID != int64(want.Uid) || gid != int64(want.Gid) {
			t.Errorf("got %d:%d, want %d:%d", got.UID, gid, want.Uid, want.Gid)
		}
	})
}

// problemOf translates the answer of moby/sys/user. It does not tell which half
// of a USER is out of range, so that got decides; and a bare number's group,
// which it takes from the account, is not part of got.
func problemOf(u *mobyuser.ExecUser, err error, got *check.User) check.UserProblem {
	outside := func(id int) bool { return id < 0 || id > math.MaxInt32 }
	outOfRange := check.UserOutOfRange
	if got.Problem == check.GroupOutOfRange {
		outOfRange = check.GroupOutOfRange
	}
	switch {
	case errors.Is(err, mobyuser.ErrNoPasswdEntries):
		return check.NoSuchUser
	case errors.Is(err, mobyuser.ErrNoGroupEntries):
		if got.Problem == check.UserOutOfRange && outside(int(got.UID)) {
			return check.UserOutOfRange // of two faults, moby tells the group's and we the user's
		}
		return check.NoSuchGroup
	case err != nil:
		return outOfRange
	case outside(u.Uid), outside(u.Gid) && got.GID.IsSet():
		return outOfRange
	}
	return check.Resolved
}
