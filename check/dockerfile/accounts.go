// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"cmp"
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
	return &check.Accounts{Users: slices.Clone(b.users), Groups: slices.Clone(b.groups), Rest: b.rest, OnlyServices: b.ids == nil}
}

// toolUses returns the calls of programs that manage accounts, those of the
// stages before included.
func (b *accountBook) toolUses() []check.ToolUse { return slices.Clone(b.uses) }

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
		Fact: "accounts", Why: fmt.Sprintf("line %d ", at.Line) + fmt.Sprintf(format, args...), Hint: "check the built image",
	}
}

// chosen returns the reason for a number that a tool chooses.
func chosen(kind, name string, at check.Location) error {
	return &check.UnavailableError{
		Fact: kind + " of " + brief(name), Why: fmt.Sprintf("line %d leaves it to the tool", at.Line),
		Hint: "give the number, or check the built image",
	}
}

// hasUser reports whether there certainly is an account of the name, or
// certainly none.
func (b *accountBook) hasUser(name string) (has, known bool) {
	_, found, err := b.accounts().UserByName(name)
	return found, found || err == nil
}

// hasGroup does the same for a group.
func (b *accountBook) hasGroup(name string) (has, known bool) {
	_, found, err := b.accounts().GroupByName(name)
	return found, found || err == nil
}

func (b *accountBook) addUser(c *change, how certainty, at check.Location) {
	name := c.name.text
	has, known := b.hasUser(name)
	if has {
		return // It failed, or had nothing to do.
	}
	if how == certain && c.lenient && !known {
		how = either
	}
	account := check.Account{Name: name, At: at}
	if c.home.known && how != either {
		account.Home = c.home.text
	}
	account.UID, account.UIDErr = b.ownID("UID", c.uid, c, at)
	if how == either && (!c.lenient || !c.uid.known) {
		account.UIDErr = chosen("UID", name, at)
	}
	account.GID, account.GIDErr = b.primaryGroup(c, account.UIDErr == nil, how, at)
	if how == possible {
		account.Err = unsure(at, "may add the account %s", brief(name))
		b.users = append(b.users, account)
		return
	}
	b.putUser(account, c.shared)
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

// primaryGroup returns the GID of a user that is added, and adds the user's own
// group if there is one.
func (b *accountBook) primaryGroup(c *change, hasUID bool, how certainty, at check.Location) (int64, error) {
	unknown := chosen("GID", c.name.text, at)
	group := *c
	group.lenient, group.gid = false, number{}
	switch {
	case how == either || c.ownGroup == unknownGroup:
		if c.ownGroup != noGroup {
			b.addGroup(&group, possible, at)
		}
		return 0, unknown
	case c.ownGroup == noGroup:
		return b.givenGroup(c, unknown)
	case c.ownGroup == reusedGroup:
		if g, found, err := b.accounts().GroupByName(c.name.text); found || err != nil {
			return g.GID, cmp.Or(err, g.GIDErr)
		}
	case c.ownGroup == anyIDGroup && !b.fits(c):
		b.addGroup(&group, how, at)
		return 0, unknown
	}
	group.gid = number{value: c.uid.value, given: true, known: hasUID}
	b.addGroup(&group, how, at)
	if !hasUID {
		return 0, unknown
	}
	return c.uid.value, nil
}

// givenGroup returns the GID of the primary group that the command names.
func (b *accountBook) givenGroup(c *change, unknown error) (int64, error) {
	if c.gid.known {
		return c.gid.value, nil
	}
	if !c.group.known {
		return 0, unknown
	}
	g, found, err := b.accounts().GroupByName(c.group.text)
	if err == nil && !found {
		err = unknown
	}
	return g.GID, err
}

// fits reports whether useradd gives a user's own group the UID as its GID: it
// must not be taken, nor one of a service's where the user is none.
// Source: https://github.com/shadow-maint/shadow/blob/master/src/find_new_gid.c
func (b *accountBook) fits(c *change) bool {
	id := c.uid
	if c.system || !id.known || id.value < firstUserID || id.value > lastUserID || b.ids != nil {
		return false
	}
	return !slices.ContainsFunc(b.groups, func(g check.Group) bool {
		if g.Name == c.name.text {
			return false // Else the command fails.
		}
		return g.GID == id.value || g.GIDErr != nil && !slices.Contains(b.services, g.Name)
	})
}

func (b *accountBook) addGroup(c *change, how certainty, at check.Location) {
	name := c.name.text
	has, known := b.hasGroup(name)
	if has {
		return
	}
	if how == certain && c.lenient && !known {
		how = either
	}
	group := check.Group{Name: name, At: at}
	group.GID, group.GIDErr = b.ownID("GID", c.gid, c, at)
	if how == either || c.lenient && (b.isGroup(group.GID) || !b.lists(group.GID)) { // A GID that is taken is no failure to groupadd -f.
		group.GIDErr = chosen("GID", name, at)
	}
	if c.system && !c.gid.given {
		b.services = append(b.services, name)
	}
	if how == possible {
		group.Err = unsure(at, "may add the group %s", brief(name))
		b.groups = append(b.groups, group)
		return
	}
	b.putGroup(group, c.shared)
}

// isUser reports whether there may be an account with the UID among those that
// are listed.
func (b *accountBook) isUser(uid int64) bool {
	return slices.ContainsFunc(b.users, func(u check.Account) bool { return u.UIDErr != nil || u.UID == uid })
}

// isGroup does the same for a group.
func (b *accountBook) isGroup(gid int64) bool {
	return slices.ContainsFunc(b.groups, func(g check.Group) bool { return g.GIDErr != nil || g.GID == gid })
}

// putUser puts an account in its place, instead of what was not certain of it.
// One with a number that others may have is the last.
func (b *accountBook) putUser(account check.Account, shared bool) {
	certain := account.Err == nil && account.UIDErr == nil
	same := func(u check.Account) bool {
		return u.Name == account.Name && u.UID == account.UID && u.Err == nil && u.UIDErr == nil
	}
	if i := slices.IndexFunc(b.users, same); i >= 0 && certain {
		b.users[i] = account
		return
	}
	b.users = slices.DeleteFunc(b.users, func(u check.Account) bool { return u.Name == account.Name })
	if !certain || shared {
		b.users = append(b.users, account)
		return
	}
	b.users = slices.Insert(b.users, 0, account)
}

func (b *accountBook) putGroup(group check.Group, shared bool) {
	b.groups = slices.DeleteFunc(b.groups, func(g check.Group) bool { return g.Name == group.Name })
	if group.Err != nil || group.GIDErr != nil || shared {
		b.groups = append(b.groups, group)
		return
	}
	b.groups = slices.Insert(b.groups, 0, group)
}

// user returns the account of that name if there certainly is one, else one of
// which nothing is known.
func (b *accountBook) user(name string, at check.Location) check.Account {
	for _, u := range b.users {
		if u.Name == name && u.Err == nil {
			return u
		}
	}
	unknown := unsure(at, "changes the account %s, which is not known", brief(name))
	return check.Account{Name: name, At: at, Err: unknown, UIDErr: unknown, GIDErr: unknown}
}

func (b *accountBook) group(name string, at check.Location) check.Group {
	for _, g := range b.groups {
		if g.Name == name && g.Err == nil {
			return g
		}
	}
	unknown := unsure(at, "changes the group %s, which is not known", brief(name))
	return check.Group{Name: name, At: at, Err: unknown, GIDErr: unknown}
}

func (b *accountBook) changeUser(c *change, how certainty, at check.Location) {
	if c.newName.text == "" && !c.uid.given && !c.gid.given && c.home.text == "" {
		return
	}
	account := b.user(c.name.text, at)
	doubt := unsure(at, "may change the account %s", brief(c.name.text))
	if how == certain {
		doubt, account.Err, account.At = nil, nil, at // The command would have failed without the account.
	}
	if c.home.text != "" {
		account.Home = ""
		if c.home.known && doubt == nil {
			account.Home = c.home.text
		}
	}
	if c.uid.given {
		account.UID, account.UIDErr = b.ownID("UID", c.uid, c, at)
		if c.shared && b.isUser(account.UID) {
			account.UIDErr = chosen("UID", c.name.text, at) // The one in the first line counts, which may be either.
		}
		account.UIDErr = cmp.Or(doubt, account.UIDErr)
	}
	if c.gid.given {
		account.GID, account.GIDErr = b.givenGroup(c, chosen("GID", c.name.text, at))
		account.GIDErr = cmp.Or(doubt, account.GIDErr)
	}
	if c.newName.text != "" {
		account = b.renamedUser(account, c.newName, doubt, at)
	}
	b.putUser(account, false)
}

// renamedUser returns the account under another name, which it certainly has if
// doubt is nil.
func (b *accountBook) renamedUser(account check.Account, to argument, doubt error, at check.Location) check.Account {
	why := unsure(at, "may rename the account %s", brief(account.Name))
	switch {
	case !to.known:
		b.doubt(why)
		account.Err = why
	case doubt == nil:
		b.users = slices.DeleteFunc(b.users, func(u check.Account) bool { return u.Name == account.Name })
		account.Name = to.text
	default:
		account.Err = why
		b.putUser(account, false)
		account.Name = to.text
	}
	return account
}

func (b *accountBook) changeGroup(c *change, how certainty, at check.Location) {
	if c.newName.text == "" && !c.gid.given {
		return
	}
	group := b.group(c.name.text, at)
	doubt := unsure(at, "may change the group %s", brief(c.name.text))
	if how == certain {
		doubt, group.Err, group.At = nil, nil, at
	}
	if c.gid.given {
		old := group
		group.GID, group.GIDErr = b.ownID("GID", c.gid, c, at)
		if c.shared && b.isGroup(group.GID) {
			group.GIDErr = chosen("GID", c.name.text, at)
		}
		group.GIDErr = cmp.Or(doubt, group.GIDErr)
		b.followGroup(old, group)
	}
	if c.newName.text != "" {
		group = b.renamedGroup(group, c.newName, doubt, at)
	}
	b.putGroup(group, false)
}

// followGroup changes the GID of the users whose primary group it is.
func (b *accountBook) followGroup(old, group check.Group) {
	for i := range b.users {
		u := &b.users[i]
		switch {
		case u.GIDErr != nil:
		case old.GIDErr != nil && group.GIDErr == nil && !b.ofOtherGroup(u.GID, old.Name):
			u.GIDErr = unsure(group.At, "may change the GID of the account %s", brief(u.Name))
		case old.GIDErr == nil && u.GID == old.GID:
			u.GID, u.GIDErr = group.GID, group.GIDErr
		}
	}
}

// ofOtherGroup reports whether the GID is that of a group of another name.
func (b *accountBook) ofOtherGroup(gid int64, name string) bool {
	g, found, err := b.accounts().GroupByID(gid)
	return found && err == nil && g.Name != name
}

// renamedGroup does the same for a group.
func (b *accountBook) renamedGroup(group check.Group, to argument, doubt error, at check.Location) check.Group {
	why := unsure(at, "may rename the group %s", brief(group.Name))
	switch {
	case !to.known:
		b.doubt(why)
		group.Err = why
	case doubt == nil:
		b.groups = slices.DeleteFunc(b.groups, func(g check.Group) bool { return g.Name == group.Name })
		group.Name = to.text
	default:
		group.Err = why
		b.putGroup(group, false)
		group.Name = to.text
	}
	return group
}

// removeUser removes an account. Its own group goes as well unless others need
// it.
func (b *accountBook) removeUser(name string, how certainty, at check.Location) {
	doubt := unsure(at, "may remove the account %s", brief(name))
	for i, u := range b.users {
		if u.Name == name {
			b.users[i].Err = doubt
		}
	}
	if how == certain {
		b.users = slices.DeleteFunc(b.users, func(u check.Account) bool { return u.Name == name })
	}
	b.removeGroup(name, possible, at)
}

func (b *accountBook) removeGroup(name string, how certainty, at check.Location) {
	doubt := unsure(at, "may remove the group %s", brief(name))
	for i, g := range b.groups {
		if g.Name == name {
			b.groups[i].Err = doubt
		}
	}
	if how == certain {
		b.groups = slices.DeleteFunc(b.groups, func(g check.Group) bool { return g.Name == name })
	}
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
