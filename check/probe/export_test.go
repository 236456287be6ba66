// SPDX-License-Identifier: Apache-2.0

package probe

import "github.com/fgpreflight/fgpreflight/check"

// IsValidListener is for tests of what Listeners returns.
func IsValidListener(l check.Listener) bool { return allValid([]check.Listener{l}) }
