// SPDX-License-Identifier: Apache-2.0

package rules

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
