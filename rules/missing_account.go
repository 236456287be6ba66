// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// absence is a name in USER that the image does not have.
type absence struct {
	kind  string     // "account" or "group"
	name  string     // as USER writes it
	names []string   // those in the image that a function may run as
	taken string     // the one among all that has the proposed ID; "" for none
	make  newAccount // what would create it
}

// missingUser returns the mend for a USER whose account the image lacks; group
// is what USER has behind the colon.
func missingUser(ctx context.Context, s *check.Subject, name, group string) (string, error) {
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return "", err
	}
	who := proposedUser(s.Function())
	a := absence{kind: "account", name: name}
	for _, account := range accounts.Users {
		if isAllowed(account.UID) {
			a.names = append(a.names, account.Name)
		}
	}
	taken, _, err := accounts.UserByID(who.UID)
	if err != nil {
		return "", err
	}
	a.taken = taken.Name
	a.make, err = accountNamed(accounts, who, name, group)
	if err != nil {
		return "", err
	}
	return a.mend(ctx, s)
}

// accountNamed returns what the image needs for a user of that name, whose group
// is the one that USER names, or one of the same name.
func accountNamed(accounts *check.Accounts, who check.Identity, user, group string) (newAccount, error) {
	there, hasGroup, err := accounts.GroupByID(who.GID)
	if err != nil {
		return newAccount{}, err
	}
	if hasGroup {
		return newAccount{who: who, user: user, group: there.Name, hasGroup: true}, nil
	}
	if isNumber(group) || !typeable(group) {
		group = user
	}
	if _, isTaken, _ := accounts.GroupByName(group); isTaken { // by another GID
		group = freeGroup(accounts)
	}
	return newAccount{who: who, user: user, group: group}, nil
}

// missingGroup returns the mend for a USER whose group the image lacks.
func missingGroup(ctx context.Context, s *check.Subject, name string) (string, error) {
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return "", err
	}
	who := proposedUser(s.Function())
	a := absence{kind: "group", name: name, make: newAccount{who: who, group: name}}
	for _, group := range accounts.Groups {
		if isAllowed(group.GID) {
			a.names = append(a.names, group.Name)
		}
	}
	taken, _, err := accounts.GroupByID(who.GID)
	if err != nil {
		return "", err
	}
	a.taken = taken.Name
	return a.mend(ctx, s)
}

// mend returns what to change: to the name that was probably meant, to the
// number where the name cannot be had, or to an image that has the name.
func (a absence) mend(ctx context.Context, s *check.Subject) (string, error) {
	meant := similar(a.name, a.names)
	numbers := fmt.Sprintf("write numbers, which need no %s:\n\nUSER %s", a.kind, a.make.who)
	switch {
	case meant != "":
		return fmt.Sprintf("write %s in USER, if that %s was meant, or numbers:\n\nUSER %s", meant, a.kind, a.make.who), nil
	case a.taken != "":
		return fmt.Sprintf("write numbers, which stand for the %s %q here:\n\nUSER %s", a.kind, brief(a.taken), a.make.who), nil
	case !typeable(a.name):
		return numbers, nil
	}
	by, err := makerOf(ctx, s)
	if by == noMaker {
		return numbers, err
	}
	return a.make.mend(by), err
}

// similar returns the first of the names that differs from name in case, or in
// one letter that was changed, left out or added; "" when there is none. A name
// of one letter is similar to none.
func similar(name string, names []string) string {
	for _, candidate := range names {
		if typeable(candidate) && len(candidate) > 1 && len(name) > 1 && oneSlip(strings.ToLower(name), strings.ToLower(candidate)) {
			return candidate
		}
	}
	return ""
}

// oneSlip reports whether a and b differ in one byte at most.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	same := 0
	for same < len(a) && a[same] == b[same] {
		same++
	}
	switch len(b) - len(a) {
	case 0:
		return same == len(a) || a[same+1:] == b[same+1:]
	case 1:
		return a[same:] == b[same+1:]
	default:
		return false
	}
}
