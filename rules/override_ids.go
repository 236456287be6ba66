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
