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
}

// Account is one line of /etc/passwd.
type Account struct {
	Name     string
	UID, GID int64
	Home     string
	At       Location
}

// Group is one line of /etc/group.
type Group struct {
	Name string
	GID  int64
	At   Location
}

// UserByID returns the first account with the UID. The error is not nil when
// there is none among the known and others cannot be known.
func (a *Accounts) UserByID(uid int64) (account Account, found bool, err error) {
	return first(a.Users, a.Rest, func(u Account) bool { return u.UID == uid })
}

// UserByName returns the first account called name; see UserByID for the
// error.
func (a *Accounts) UserByName(name string) (account Account, found bool, err error) {
	return first(a.Users, a.Rest, func(u Account) bool { return u.Name == name })
}

// GroupByID returns the first group with the GID; see UserByID for the error.
func (a *Accounts) GroupByID(gid int64) (group Group, found bool, err error) {
	return first(a.Groups, a.Rest, func(g Group) bool { return g.GID == gid })
}

// GroupByName returns the first group called name; see UserByID for the error.
func (a *Accounts) GroupByName(name string) (group Group, found bool, err error) {
	return first(a.Groups, a.Rest, func(g Group) bool { return g.Name == name })
}

func first[T any](list []T, rest error, match func(T) bool) (T, bool, error) {
	for _, item := range list {
		if match(item) {
			return item, true, nil
		}
	}
	var zero T
	return zero, false, rest
}
