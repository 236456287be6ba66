// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"strings"
)

// nameProblem returns what breaks SWR's rule for names of organizations and
// repositories (contract 2.5), as a predicate, and what to change; both are ""
// for a good name. The name must not be empty; most is its greatest length in
// characters, and slashes says whether it may hold slashes.
func nameProblem(name string, most int, slashes bool) (problem, mend string) {
	separators := "._-"
	if slashes {
		separators += "/"
	}
	last := name[len(name)-1]
	switch odd := oddCharacter(name, separators); {
	case strings.ToLower(odd) != odd:
		return fmt.Sprintf("has the capital letter %q", odd), "write it in lower case, as " + strings.ToLower(name)
	case odd != "":
		return fmt.Sprintf("has the character %q", odd), "use a to z, 0 to 9 and the separators " + strings.Join(strings.Split(separators, ""), " ")
	case len(name) > most:
		return fmt.Sprintf("has %d characters, more than %d", len(name), most), fmt.Sprintf("shorten it by %d", len(name)-most)
	case strings.IndexByte(separators, name[0]) >= 0:
		return fmt.Sprintf("begins with %q", name[:1]), "begin it with a letter or digit"
	case strings.IndexByte(separators, last) >= 0:
		return fmt.Sprintf("ends with %q", string(last)), "end it with a letter or digit"
	}
	if pair := adjacentSeparators(name, separators); pair != "" {
		return fmt.Sprintf("has the adjacent separators %q", pair), fmt.Sprintf("put a letter or digit between %q, or leave one out", pair)
	}
	return "", ""
}

// oddCharacter returns the first character of the name that is neither a
// lower-case letter, a digit nor a separator, or "".
func oddCharacter(name, separators string) string {
	for _, r := range name {
		plain := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune(separators, r)
		if !plain {
			return string(r)
		}
	}
	return ""
}

// adjacentSeparators returns the first run of separators that is longer than
// one, or "". Two underscores count as one separator.
func adjacentSeparators(name, separators string) string {
	isSeparator := func(r rune) bool { return strings.ContainsRune(separators, r) }
	for name != "" {
		name = strings.TrimLeftFunc(name, func(r rune) bool { return !isSeparator(r) })
		rest := strings.TrimLeftFunc(name, isSeparator)
		run := name[:len(name)-len(rest)]
		if len(run) > 1 && run != "__" {
			return run
		}
		name = rest
	}
	return ""
}
