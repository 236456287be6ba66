// SPDX-License-Identifier: Apache-2.0

package check

// User is the image's USER, resolved as a container runtime resolves it.
// FunctionGraph itself starts the image as [Function.RunsAs].
type User struct {
	Spec string // as written; "" when USER is not set
	At   Location
	UID  int64
	Name string // the account in Spec; "" for a number
	// GID is the group that Spec decides by itself: the one after the colon,
	// or the primary group of the account it names. It is not set for a bare
	// number, whose group only the accounts tell ([Subject.PrimaryGroup]).
	GID       Setting[int64]
	GroupName string // the group's name in Spec; "" for a number or none
	// AccountAt is the line of /etc/passwd that Spec was resolved by; zero for
	// a number.
	AccountAt Location
	// Problem says why Spec does not resolve; UID and GID mean nothing then,
	// but UID stays valid for NoSuchGroup.
	Problem UserProblem
}

// UserProblem is a reason why a container with this USER does not start.
type UserProblem int

// The reasons. The zero value is none of them.
const (
	Resolved        UserProblem = iota
	NoSuchUser                  // the name has no entry in /etc/passwd
	NoSuchGroup                 // the name has no entry in /etc/group
	UserOutOfRange              // the number is not in 0..2147483647
	GroupOutOfRange             // the number is not in 0..2147483647
)

// Accounts is the users and groups of an image, as far as known.
type Accounts struct {
	Users  []Account
	Groups []Group
	Rest   error // why further accounts cannot be known; nil when these are all
	// OnlyServices is set where these would be those of services, which
	// packages add and whose numbers are below 1000 or from 60000 on.
	// Source: https://www.debian.org/doc/debian-policy/ch-opersys.html#uid-and-gid-classes
	OnlyServices bool
}

// restWith says why further accounts of that number cannot be known.
func (a *Accounts) restWith(id int64) error {
	if a.OnlyServices && id >= 1000 && id < 60000 {
		return nil
	}
	return a.Rest
}

// Account is one line of /etc/passwd.
type Account struct {
	Name     string
	UID, GID int64
	Home     string
	At       Location

	// Err says why it cannot be known whether there is such a line, UIDErr and
	// GIDErr why its number cannot be. All are nil for a line that was read.
	Err, UIDErr, GIDErr error
	// NotRoot is set where the UID cannot be known, but is certainly not 0.
	NotRoot bool
}

// Group is one line of /etc/group; Err and GIDErr are as in [Account].
type Group struct {
	Name        string
	GID         int64
	At          Location
	Err, GIDErr error
}

// UserByID returns the first account with the UID. The error is not nil when
// that cannot be known: others may have it, or there may be others.
func (a *Accounts) UserByID(uid int64) (account Account, found bool, err error) {
	return first(a.Users, a.restWith(uid), func(u Account) (bool, error) { return byID(uid, u.UID, u.UIDErr, u.Err) })
}

// UserByName returns the first account called name; see UserByID for the
// error. With an error, found says that there certainly is one, but its UID
// cannot be known. The GID is known only if its GIDErr is nil.
func (a *Accounts) UserByName(name string) (account Account, found bool, err error) {
	return first(a.Users, a.Rest, func(u Account) (bool, error) { return byName(name, u.Name, u.UIDErr, u.Err) })
}

// GroupByID returns the first group with the GID; see UserByID for the error.
func (a *Accounts) GroupByID(gid int64) (group Group, found bool, err error) {
	return first(a.Groups, a.restWith(gid), func(g Group) (bool, error) { return byID(gid, g.GID, g.GIDErr, g.Err) })
}

// GroupByName returns the first group called name; see UserByName for the
// error.
func (a *Accounts) GroupByName(name string) (group Group, found bool, err error) {
	return first(a.Groups, a.Rest, func(g Group) (bool, error) { return byName(name, g.Name, g.GIDErr, g.Err) })
}

func byID(want, id int64, idErr, lineErr error) (bool, error) {
	switch {
	case idErr != nil:
		return false, idErr
	case id != want:
		return false, nil
	}
	return lineErr == nil, lineErr
}

func byName(want, name string, idErr, lineErr error) (bool, error) {
	switch {
	case name != want:
		return false, nil
	case lineErr != nil:
		return false, lineErr
	}
	return true, idErr
}

// first returns the first item that matches, or may match.
func first[T any](list []T, rest error, match func(T) (bool, error)) (T, bool, error) {
	for _, item := range list {
		if found, err := match(item); found || err != nil {
			return item, found, err
		}
	}
	var zero T
	return zero, false, rest
}
