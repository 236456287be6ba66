// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// typeable reports whether a name or path that an image holds may stand in a
// line for the user to type. Others could hold a line break or a character that
// a shell acts on, and bring a command of their own into somebody's Dockerfile.
func typeable(text string) bool {
	const others = "_./@+-"
	odd := func(r rune) bool { return !isLetter(r) && !isDigit(r) && !strings.ContainsRune(others, r) }
	return text != "" && len(text) <= maxShown && text[0] != '-' && !strings.ContainsFunc(text, odd)
}

// setLine returns the line that gives the variable its value, in the place where
// its present value comes from: the function's settings, which win, or the
// image.
func setLine(f *check.Function, name, value string) string {
	own := f.Env.Lookup(name)
	switch {
	case !own.IsSet():
		return "ENV " + name + "=" + value
	case strings.HasPrefix(own.At().Artifact, "--"):
		return own.At().Artifact + " " + name + "=" + value
	default:
		return name + ": " + strconv.Quote(value)
	}
}

// atBuildTime returns the mend that moves a command to the Dockerfile; the line
// is written out where its words are the user's to type as they stand.
func atBuildTime(args []string) string {
	mend := "run it in a RUN line before the USER line of the Dockerfile instead, where it is root"
	for _, arg := range args {
		if word := strings.TrimLeft(strings.ReplaceAll(arg, ":", ""), "-"); !typeable(word) {
			return mend // "-R" and "app:app" are as harmless as their letters
		}
	}
	return mend + ":\n\nRUN " + cut(strings.Join(args, " "), maxMend)
}
