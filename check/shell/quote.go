// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"fmt"
	"strings"
)

// maxShown is how many bytes of a command get into a message.
const maxShown = 80

// quote returns a part of a command as Go quotes strings, shortened.
func quote(s string) string {
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
