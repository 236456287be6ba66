// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// ParseFunctionType returns the function type called name: http or event.
func ParseFunctionType(name string) (check.FunctionType, error) {
	for _, t := range []check.FunctionType{check.HTTP, check.Event} {
		if t.String() == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("unknown function type %s: want http or event", quote(name))
}

// ParseFailOn returns the least severity that fails the build; "never" gives 0.
func ParseFailOn(name string) (check.Severity, error) {
	if name == "never" {
		return 0, nil
	}
	severity, err := check.ParseSeverity(name)
	if err != nil {
		return 0, fmt.Errorf("unknown threshold %s: want error, warning, note or never", quote(name))
	}
	return severity, nil
}

// FindRule returns the rule whose ID or name is key, in any case. The error
// proposes the rule that may have been meant.
func FindRule(rules []*check.Rule, key string) (*check.Rule, error) {
	if r := check.Find(rules, key); r != nil {
		return r, nil
	}
	keys := make([]string, 0, 2*len(rules))
	for _, r := range rules {
		keys = append(keys, r.ID, r.Name)
	}
	return nil, fmt.Errorf("unknown rule %s%s", quote(key), DidYouMean(key, keys))
}

// DidYouMean returns "; did you mean WORD?" with the word that is nearest to
// the one given, or "" when none is near. Case does not count.
func DidYouMean(word string, words []string) string {
	if len(word) > maxShown {
		return ""
	}
	least, nearest := len(word)/3+2, ""
	for _, w := range words {
		if d := distance(strings.ToLower(word), strings.ToLower(w)); d < least {
			least, nearest = d, w
		}
	}
	if nearest == "" {
		return ""
	}
	return "; did you mean " + nearest + "?"
}

// distance returns how many bytes must be inserted, dropped, replaced or
// swapped with the next one to make b of a.
func distance(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
