// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"cmp"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

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
	account.NotRoot = how == certain && !c.uid.given // No tool chooses 0.
	account.GID, account.GIDErr = b.primaryGroup(c, account.UIDErr == nil, how, at)
	if how == possible {
		account.Err = unsure(at, "may add the account %s", brief(name))
		b.users = append(b.users, account)
		return
	}
	b.putUser(account, account.UIDErr == nil && !c.shared)
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
		g, found, err := b.view().GroupByName(c.name.text)
		if found {
			return g.GID, err
		}
		if err != nil {
			group.gid = c.uid
			b.addGroup(&group, possible, at)
			return 0, err
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
	g, found, err := b.view().GroupByName(c.group.text)
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

// isUser reports whether there may be an account with the UID among those that
// are listed.
func (b *accountBook) isUser(uid int64) bool {
	return slices.ContainsFunc(b.users, func(u check.Account) bool { return u.UIDErr != nil || u.UID == uid })
}

// putUser puts an account before or behind all others, instead of what was known
// of it. If its number is as it was, its place stays.
func (b *accountBook) putUser(account check.Account, first bool) {
	same := func(u check.Account) bool {
		return u.Name == account.Name && u.UID == account.UID && u.Err == nil && u.UIDErr == nil
	}
	if i := slices.IndexFunc(b.users, same); i >= 0 && account.Err == nil && account.UIDErr == nil {
		b.users[i] = account
		return
	}
	b.users = slices.DeleteFunc(b.users, func(u check.Account) bool { return u.Name == account.Name })
	if first {
		b.users = slices.Insert(b.users, 0, account)
		return
	}
	b.users = append(b.users, account)
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
			account.UIDErr = chosen("UID", c.name.text, at) // Of two with one number, the first in the file counts.
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
	b.putUser(account, c.shared || account.Err == nil && account.UIDErr == nil)
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
