// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// ignoreComment is a comment that lets the failure of rules pass:
//
//	# fgpreflight:ignore=FG103,FG104 the port is opened by the base image
var ignoreComment = regexp.MustCompile(`^\s*#\s*fgpreflight:\s*(\S*)\s*(.*?)\s*$`)

// ignores returns the suppressions in the text, and what is wrong with them.
// One before the first instruction is about the whole file, any other about
// the instruction that it stands in or above.
func (f *file) ignores() (list []check.Ignore, notices []check.Notice) {
	spans := f.spans()
	for i, line := range f.lines {
		number := i + 1
		match := ignoreComment.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		for len(spans) > 0 && spans[0].last < number {
			spans = spans[1:]
		}
		if len(spans) > 0 && spans[0].first <= number && spans[0].heredoc {
			continue // It is part of a script or a file.
		}
		rules, ok := strings.CutPrefix(match[1], "ignore=")
		switch {
		case !ok || strings.Trim(rules, ",") == "":
			notices = append(notices, f.notice(number, `the comment is not understood: write "# fgpreflight:ignore=FG103 REASON"`))
			continue
		case match[2] == "":
			notices = append(notices, f.notice(number, fmt.Sprintf("fgpreflight:ignore=%s counts only with a reason behind it", brief(rules))))
			continue
		}
		at := check.Ignore{Reason: match[2], At: f.line(number)}
		switch {
		case number < f.firstInstruction():
		case len(spans) == 0:
			notices = append(notices, f.notice(number, fmt.Sprintf("fgpreflight:ignore=%s has no instruction below it", brief(rules))))
			continue
		default:
			at.First, at.Last = spans[0].first, spans[0].last
		}
		for rule := range strings.SplitSeq(rules, ",") {
			if rule != "" {
				at.Rule = rule
				list = append(list, at)
			}
		}
	}
	return list, notices
}

func (f *file) notice(line int, message string) check.Notice {
	return check.Notice{At: f.line(line), Message: message}
}

// spans returns the instructions in the order of their lines.
func (f *file) spans() []*instruction {
	out := append([]*instruction{}, f.args...)
	for _, s := range f.stages {
		out = append(append(out, s.instruction), s.commands...)
	}
	return out
}

// firstInstruction returns the line of the first instruction.
func (f *file) firstInstruction() int {
	for _, in := range f.spans() {
		return in.first
	}
	return len(f.lines) + 1
}
