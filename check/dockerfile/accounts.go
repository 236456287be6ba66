// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// Numbers that the tools give by themselves: those of people's accounts are
// from firstUserID to lastUserID, those of services are below.
// Source: https://www.debian.org/doc/debian-policy/ch-opersys.html#uid-and-gid-classes
const (
	firstUserID = 1000
	lastUserID  = 60000
)

// accountBook is the users and groups of a stage as it is built, and the
// programs that manage them.
//
// What a tool certainly added comes first in its lists: the tool has made sure
// that neither name nor number is taken, even by accounts of the base image
// that are not known. What may have been added comes last.
type accountBook struct {
	users  []check.Account
	groups []check.Group
	rest   error // why there may be further accounts; nil if there are none
	ids    error // why one of these may have a number that is not a service's
	// services are the groups whose GID is not known, but a service's.
	services []string

	tools    []string
	moreTool error // why there may be further tools; nil if there are none
	family   string
	ref      string
	toolsAt  check.Location
	uses     []check.ToolUse
}

// newAccountBook returns the accounts of a base image; a nil base is one that
// is not known, for the reason given.
func newAccountBook(base *Base, unknown error) *accountBook {
	if base == nil {
		return &accountBook{rest: unknown, ids: unknown, moreTool: unknown}
	}
	b := &accountBook{
		tools: slices.Clone(base.Tools.Have), moreTool: base.Tools.Rest,
		family: base.Distribution, ref: base.Tools.At.Base, toolsAt: base.Tools.At,
	}
	b.users, b.groups, b.rest = slices.Clone(base.Accounts.Users), slices.Clone(base.Accounts.Groups), base.Accounts.Rest
	if b.family == "" && !base.Accounts.OnlyServices {
		b.ids = b.rest // Of a known distribution, the accounts that are not listed are those of services.
	}
	return b
}

func (b *accountBook) clone() *accountBook {
	c := *b
	c.users, c.groups = slices.Clone(b.users), slices.Clone(b.groups)
	c.services, c.tools, c.uses = slices.Clone(b.services), slices.Clone(b.tools), slices.Clone(b.uses)
	return &c
}

// accounts returns what is known of the users and groups.
func (b *accountBook) accounts() *check.Accounts {
	a := b.view()
	a.Users, a.Groups = slices.Clone(a.Users), slices.Clone(a.Groups)
	return a
}

// view is accounts for a look-up, without a copy.
func (b *accountBook) view() *check.Accounts {
	return &check.Accounts{Users: b.users, Groups: b.groups, Rest: b.rest, OnlyServices: b.ids == nil}
}

// toolUses returns the calls of programs that manage accounts, those of the
// stages before included.
func (b *accountBook) toolUses() []check.ToolUse { return slices.Clone(b.uses) }

// programs returns the programs that manage accounts.
func (b *accountBook) programs() check.Set {
	return check.Set{Have: slices.Clone(b.tools), At: b.toolsAt, Rest: b.moreTool}
}

// replaced notes that path, a file of accounts, may have got another content.
func (b *accountBook) replaced(path string, why error) {
	b.groups = nil
	if path != groupFile {
		b.users = nil
	}
	b.rest, b.ids = why, why
}

// The files that hold the accounts.
const (
	passwdFile = "/etc/passwd"
	groupFile  = "/etc/group"
)

// certainty is what is known of a change.
type certainty int

const (
	possible certainty = iota // it may have been made
	certain                   // it was made
	either                    // it was made, or was not needed: what it adds is there
)

// apply makes a change.
func (b *accountBook) apply(c *change, how certainty, at check.Location) {
	if !c.name.known {
		b.applyUnnamed(c, at)
		return
	}
	switch c.verb {
	case addUser:
		b.addUser(c, how, at)
	case addGroup:
		b.addGroup(c, how, at)
	case changeUser:
		b.changeUser(c, how, at)
	case changeGroup:
		b.changeGroup(c, how, at)
	case removeUser:
		b.removeUser(c.name.text, how, at)
	case removeGroup:
		b.removeGroup(c.name.text, how, at)
	case addMember:
	}
}

// applyUnnamed makes a change to an account whose name is known only to the
// running shell.
func (b *accountBook) applyUnnamed(c *change, at check.Location) {
	why := unsure(at, "changes an account whose name is known only when it runs")
	switch c.verb {
	case addUser, addGroup:
		b.rest, b.ids = why, why
	case changeUser, changeGroup, removeUser, removeGroup:
		b.replaced(passwdFile, why)
	case addMember:
	}
}

// unsure returns the reason for what a line leaves open.
func unsure(at check.Location, format string, args ...any) error {
	return &check.UnavailableError{
		Fact: "accounts", Why: fmt.Sprintf("line %d ", at.Line) + fmt.Sprintf(format, args...), Hint: hintBuilt,
	}
}

// chosen returns the reason for a number that a tool chooses.
func chosen(kind, name string, at check.Location) error {
	return &check.UnavailableError{
		Fact: kind + " of " + brief(name), Why: fmt.Sprintf("line %d leaves the %s of %s to the tool", at.Line, kind, brief(name)),
		Hint: "give the number, or " + hintBuilt,
	}
}

// hasUser reports whether there certainly is an account of the name, or
// certainly none.
func (b *accountBook) hasUser(name string) (has, known bool) {
	_, found, err := b.view().UserByName(name)
	return found, found || err == nil
}

// hasGroup does the same for a group.
func (b *accountBook) hasGroup(name string) (has, known bool) {
	_, found, err := b.view().GroupByName(name)
	return found, found || err == nil
}

// ownID returns the number that an account gets.
func (b *accountBook) ownID(kind string, id number, c *change, at check.Location) (int64, error) {
	if !id.known || c.shared && !b.lists(id.value) {
		return 0, chosen(kind, c.name.text, at)
	}
	return id.value, nil
}

// lists reports whether every account that has the number is known.
func (b *accountBook) lists(id int64) bool {
	return b.rest == nil || b.ids == nil && id >= firstUserID && id < lastUserID
}

// addLine adds a line that a script appends to a file of accounts, or makes its
// whole content. It reports whether the line is one that it understands.
func (b *accountBook) addLine(file, line string, whole bool, at check.Location) bool {
	field := strings.Split(line, ":")
	if strings.ContainsAny(line, "\n\\%$`") || len(field) < 4 || field[0] == "" {
		return false
	}
	id, isNumber := plainNumber(field[2])
	gid, isGroup := plainNumber(field[3])
	var earlier error // A line before it with the same name wins.
	if !whole && b.rest != nil {
		earlier = unsure(at, "adds a line for %s, which may not be the first", brief(field[0]))
	}
	switch {
	case file == groupFile && len(field) == 4 && isNumber:
		b.groups = append(kept(b.groups, !whole), check.Group{Name: field[0], GID: id, At: at, GIDErr: earlier})
	case file == passwdFile && len(field) == 7 && isNumber && isGroup:
		b.users = append(kept(b.users, !whole), check.Account{
			Name: field[0], UID: id, GID: gid, Home: field[5], At: at, UIDErr: earlier, GIDErr: earlier,
		})
	default:
		return false
	}
	return true
}

// kept returns the list if it stays, else an empty one.
func kept[T any](list []T, stays bool) []T {
	if stays {
		return list
	}
	return nil
}
