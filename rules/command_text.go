// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// How many bytes of an image's own text are shown: of a value in a message, and
// of a mend, which is there to be copied.
const (
	maxShown = 80
	maxMend  = 1000
)

// brief returns a value for a message, its end cut off when it is long.
func brief(text string) string { return cut(text, maxShown) }

// cut returns at most limit bytes of the text, and a mark when there is more.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// jsonArray returns the words as a Dockerfile writes them in exec form:
// ["node", "/app/main.js"].
func jsonArray(args ...string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = strconv.Quote(arg)
	}
	return cut("["+strings.Join(quoted, ", ")+"]", maxMend)
}

// startedAt returns where the last program that the command starts is written,
// or the first of what is started where no program is known.
func startedAt(cmd *check.Command) check.Location {
	for _, call := range slices.Backward(cmd.Calls) {
		if !call.At.IsZero() {
			return call.At
		}
	}
	return firstOf(cmd.At)
}

// inText returns the place of a setting where that is a line of a text, else the
// other place.
func inText(setting, other check.Location) check.Location {
	if setting.Line > 0 {
		return setting
	}
	return other
}

// replacement introduces the line that gives a setting another value: it takes
// the place of what is written there, but for a value that a base image brings.
func replacement(at check.Location, written string) string {
	if at.Base != "" {
		return "write in the Dockerfile, over what " + brief(at.Base) + " says"
	}
	return "write in the Dockerfile, in place of " + written
}

// furtherOf returns the locations behind the first that are not the same.
func furtherOf(at []check.Location) []check.Location {
	if len(at) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(at[1:]), func(l check.Location) bool { return l == at[0] })
}

// firstOf returns the first location, or none.
func firstOf(at []check.Location) check.Location {
	if len(at) == 0 {
		return check.Location{}
	}
	return at[0]
}
