// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"errors"

	"github.com/fgpreflight/fgpreflight/check"
)

// isUnavailable reports whether the error only says that something cannot be
// learnt from this target, so that what is known may still decide.
func isUnavailable(err error) bool {
	_, ok := errors.AsType[*check.UnavailableError](err)
	return ok
}
