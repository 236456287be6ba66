// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"errors"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
)

// TestUncertainAccounts shows what accounts whose line or number cannot be
// known do to the answers about themselves and about others.
func TestUncertainAccounts(t *testing.T) {
	line, number := errors.New("line"), errors.New("number")
	a := &check.Accounts{
		Users: []check.Account{
			{Name: "app", UID: 1003},
			{Name: "group", UID: 7, GIDErr: number},
			{Name: "maybe", UID: 8, Err: line},
			{Name: "some", UIDErr: number},
			{Name: "late", UID: 9},
		},
		Groups: []check.Group{{Name: "app", GID: 1003}, {Name: "maybe", GID: 8, Err: line}, {Name: "some", GIDErr: number}},
	}
	for _, test := range []struct {
		name  string
		id    int64
		found bool
		err   error
		byID  bool
		idErr error
	}{
		{"app", 1003, true, nil, true, nil},
		{"maybe", 8, false, line, false, line},
		{"some", 5, true, number, false, number},
		{"other", 6, false, nil, false, number},
	} {
		_, user, err := a.UserByName(test.name)
		_, group, groupErr := a.GroupByName(test.name)
		if user != test.found || group != test.found || !errors.Is(err, test.err) || !errors.Is(groupErr, test.err) {
			t.Errorf("%s: user %v, %v, group %v, %v, want %v, %v", test.name, user, err, group, groupErr, test.found, test.err)
		}
		_, user, err = a.UserByID(test.id)
		_, group, groupErr = a.GroupByID(test.id)
		if user != test.byID || group != test.byID || !errors.Is(err, test.idErr) || !errors.Is(groupErr, test.idErr) {
			t.Errorf("%d: user %v, %v, group %v, %v, want %v, %v", test.id, user, err, group, groupErr, test.byID, test.idErr)
		}
	}
	if account, found, err := a.UserByName("group"); !errors.Is(account.GIDErr, number) || !found || err != nil {
		t.Errorf("a GID that is not known: %+v, %v, %v", account, found, err)
	}
	if _, found, err := a.UserByID(9); found || !errors.Is(err, number) {
		t.Errorf("behind an account of any UID: %v, %v, want the error", found, err)
	}
}

// TestOnlyServices shows which numbers the accounts that are not known may have.
func TestOnlyServices(t *testing.T) {
	rest := errors.New("rest")
	a := &check.Accounts{Rest: rest, OnlyServices: true}
	for id, want := range map[int64]error{0: rest, 999: rest, 1000: nil, 59999: nil, 60000: rest, 65534: rest} {
		if _, _, err := a.UserByID(id); !errors.Is(err, want) {
			t.Errorf("UID %d: %v, want %v", id, err, want)
		}
		if _, _, err := a.GroupByID(id); !errors.Is(err, want) {
			t.Errorf("GID %d: %v, want %v", id, err, want)
		}
	}
	if _, _, err := a.UserByName("app"); !errors.Is(err, rest) {
		t.Errorf("a name: %v, want %v", err, rest)
	}
}
