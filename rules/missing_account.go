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
	kind   string   // "account" or "group"
	name   string   // as USER writes it
	names  []string // those in the image that a function may run as
	taken  string   // the one among all that has the proposed ID; "" for none
	tools  bool     // the image has accounts at all, so probably the tools that make them
	create string   // the line that creates it
}

// missingUser returns the mend for a USER whose account the image lacks.
func missingUser(ctx context.Context, s *check.Subject, name string) (string, error) {
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return "", err
	}
	who := proposedUser(s.Function())
	a := absence{kind: "account", name: name, tools: len(accounts.Users) > 0}
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
	_, hasGroup, err := accounts.GroupByID(who.GID)
	a.create = fmt.Sprintf("RUN groupadd -g %d %s && useradd -u %d -g %d -m %s", who.GID, name, who.UID, who.GID, name)
	if hasGroup {
		a.create = fmt.Sprintf("RUN useradd -u %d -g %d -m %s", who.UID, who.GID, name)
	}
	return a.mend(who), err
}

// missingGroup returns the mend for a USER whose group the image lacks.
func missingGroup(ctx context.Context, s *check.Subject, name string) (string, error) {
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return "", err
	}
	who := proposedUser(s.Function())
	a := absence{kind: "group", name: name, tools: len(accounts.Groups) > 0}
	for _, group := range accounts.Groups {
		if isAllowed(group.GID) {
			a.names = append(a.names, group.Name)
		}
	}
	taken, _, err := accounts.GroupByID(who.GID)
	a.taken, a.create = taken.Name, fmt.Sprintf("RUN groupadd -g %d %s", who.GID, name)
	return a.mend(who), err
}

// mend returns what to change: to the name that was probably meant, to the
// number where the name cannot be had, or to an image that has the name.
func (a absence) mend(who check.Identity) string {
	meant := similar(a.name, a.names)
	switch {
	case meant != "":
		return fmt.Sprintf("write %s in USER, if that %s was meant, or numbers:\n\nUSER %s", meant, a.kind, who)
	case a.taken != "":
		return fmt.Sprintf("write numbers, which stand for the %s %q here:\n\nUSER %s", a.kind, brief(a.taken), who)
	case !a.tools || !typeable(a.name):
		return fmt.Sprintf("write numbers, which need no %s:\n\nUSER %s", a.kind, who)
	default:
		return fmt.Sprintf("create the %s before the USER line; on Alpine with addgroup -g and adduser -D -u:\n\n%s", a.kind, a.create)
	}
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
