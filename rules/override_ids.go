// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

// Bounds of the User ID and Group ID of a function, and the value that stands
// for the default (FSS.1075, contract K3).
const (
	defaultOverride int64 = -1
	maxOverrideID   int64 = 65534
)

// isReserved reports whether FunctionGraph keeps the ID for itself.
func isReserved(id int64) bool { return id == 1000 || id == 1002 }

// isOutOfRange reports whether no function may have the ID, reserved or not.
func isOutOfRange(id int64) bool { return id < defaultOverride || id > maxOverrideID }

// isAllowed reports whether a function may run as the ID: FG201 and FG204.
func isAllowed(id int64) bool { return id > 0 && !isReserved(id) && !isOutOfRange(id) }

// proposedUser returns the user that a mend writes into a Dockerfile: the one
// that the function runs as, with the default in place of an ID that no
// function may have.
func proposedUser(f *check.Function) check.Identity {
	who := f.RunsAs()
	if !isAllowed(who.UID) {
		who.UID = check.DefaultID
	}
	if !isAllowed(who.GID) {
		who.GID = check.DefaultID
	}
	return who
}

// judgeOverride decides whether FunctionGraph allows an ID that a function sets;
// name is the field's name in its console.
func judgeOverride(setting check.Setting[int64], name string) check.Verdict {
	id := setting.Or(defaultOverride)
	switch {
	case !setting.IsSet():
		return check.NotApplicablef("the function sets no %s, so it is %d", name, check.DefaultID)
	case id == 0:
		return check.Failf(setting.At(), "the %s 0 is root's, which no function may have", name).
			WithFix("set another %s, or leave it out for the default %d", name, check.DefaultID)
	case isReserved(id):
		return check.Failf(setting.At(), "the %s %d is reserved by FunctionGraph", name, id).
			WithFix("choose a %s that is not reserved, such as %d, and open the files to it", name, check.DefaultID)
	case isOutOfRange(id):
		return check.Failf(setting.At(), "the %s %d is outside %d to %d", name, id, defaultOverride, maxOverrideID).
			WithFix("choose a %s from 1 to %d", name, maxOverrideID)
	case id == defaultOverride:
		return check.Passf(setting.At(), "the %s is -1: the default %d", name, check.DefaultID)
	default:
		return check.Passf(setting.At(), "the %s %d is allowed", name, id)
	}
}
