// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// maxShown is how many bytes of a value from an image a message shows.
const maxShown = 80

// brief returns the text, its end cut off when it is long.
func brief(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "…"
}

// jsonArray returns the words as a Dockerfile writes them in exec form:
// ["node", "/app/main.js"].
func jsonArray(args ...string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = strconv.Quote(arg)
	}
	return brief("[" + strings.Join(quoted, ", ") + "]")
}

// firstOf returns the first location, or none.
func firstOf(at []check.Location) check.Location {
	if len(at) == 0 {
		return check.Location{}
	}
	return at[0]
}
