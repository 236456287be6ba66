// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"cmp"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

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
	b.putGroup(group, group.GIDErr == nil && !c.shared)
}

// isGroup does the same for a group.
func (b *accountBook) isGroup(gid int64) bool {
	return slices.ContainsFunc(b.groups, func(g check.Group) bool { return g.GIDErr != nil || g.GID == gid })
}

// putGroup does what putUser does.
func (b *accountBook) putGroup(group check.Group, first bool) {
	b.groups = slices.DeleteFunc(b.groups, func(g check.Group) bool { return g.Name == group.Name })
	if first {
		b.groups = slices.Insert(b.groups, 0, group)
		return
	}
	b.groups = append(b.groups, group)
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
	b.putGroup(group, c.shared || group.Err == nil && group.GIDErr == nil)
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
	g, found, err := b.view().GroupByID(gid)
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
