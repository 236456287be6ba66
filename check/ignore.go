// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"slices"
)

// applyIgnores lets the failures pass that comments in the Dockerfile are
// about, and adds a notice for each comment that certainly lets none pass.
func (r *Report) applyIgnores(rules []*Rule) {
	r.Info.Notices = slices.Clone(r.Info.Notices) // The subject keeps its own.
	for _, ignore := range r.Info.Ignores {
		if useless := r.apply(ignore, rules); useless != "" {
			r.Info.Notices = append(r.Info.Notices, Notice{At: ignore.At, Message: useless})
		}
	}
}

// apply applies one comment. It returns why that changes nothing, or "". A row
// that is unknown here may be a failure of the built image, so that a comment
// about it may well be needed.
func (r *Report) apply(ignore Ignore, rules []*Rule) (useless string) {
	rule := Find(rules, ignore.Rule)
	if rule == nil {
		return "there is no rule " + ignore.Rule
	}
	i := slices.IndexFunc(r.Results, func(result Result) bool { return result.Rule == rule })
	if i < 0 || r.Results[i].Outcome == Unknown {
		return ""
	}
	result := &r.Results[i]
	if result.Outcome != Fail || !r.Info.covers(ignore, result.At) {
		return fmt.Sprintf("fgpreflight:ignore=%s suppresses nothing: %s %s", ignore.Rule, rule.ID, whatBecameOf(*result))
	}
	if result.Suppressed == "" {
		result.Suppressed = ignore.Reason
	}
	return ""
}

// covers reports whether the comment is about a failure with this evidence.
func (i Info) covers(ignore Ignore, at []Location) bool {
	if ignore.First == 0 && ignore.Last == 0 {
		return true
	}
	return len(at) > 0 && i.InText(at[0]) && ignore.First <= at[0].Line && at[0].Line <= ignore.Last
}

// whatBecameOf says of a decided row why a comment about it is of no use.
func whatBecameOf(r Result) string {
	switch {
	case r.Outcome == Pass:
		return "passed"
	case r.Outcome == NotApplicable:
		return "does not apply"
	case len(r.At) > 0:
		return "fails at " + r.At[0].Place()
	default:
		return "fails elsewhere"
	}
}
