// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// unknowns writes the rules that this target cannot decide: those of one
// reason together, and those of a started container in one line.
func (t *textReport) unknowns() {
	for _, group := range groupUnknown(t.rows.unknown, t.options) {
		first := group[0]
		switch {
		case t.options.Verbose:
			t.entry(t.unknownMark(), first)
		case first.Message == check.NotStarted:
			t.line()
			t.paragraph(t.mark(t.unknownMark()), markWidth, plural(len(group), "rule")+" of a started container: "+Sanitise(first.Hint, maxMessage))
			continue
		default:
			t.line()
			t.paragraph(t.mark(t.unknownMark()), markWidth, names(group))
		}
		t.indented(2, Sanitise(first.Message, maxMessage))
		if t.options.Verbose {
			t.excerpts(first.At, t.unknownMark().paint)
		}
		if first.Hint != "" {
			t.labelled("to decide:", Sanitise(first.Hint, maxMessage))
		}
		if t.options.Gate.Counts(first) {
			t.labelled("--strict:", "counts as failed")
		}
		if first.Baseline {
			t.labelled("suppressed:", Sanitise(first.Suppressed, maxMessage))
		}
		t.asked(first)
	}
}

func (t *textReport) unknownMark() mark { return mark{"?", "unknown", t.paint.magenta} }

// maxNamed is how many rules an entry names; for more, their IDs must do.
const maxNamed = 4

func names(results []check.Result) string {
	if len(results) > maxNamed {
		return plural(len(results), "rule") + ": " + strings.Join(ids(results), " ")
	}
	var out []string
	for _, r := range results {
		out = append(out, together(ruleName(r.Rule)))
	}
	return strings.Join(out, ", ")
}

// groupUnknown puts the rows together that one entry can show: of one message,
// hint and weight. Verbose keeps every row by itself.
func groupUnknown(results []check.Result, o TextOptions) [][]check.Result {
	type key struct {
		message, hint string
		counts, known bool
	}
	var out [][]check.Result
	groups := map[key]int{}
	for _, r := range results {
		k := key{r.Message, r.Hint, o.Gate.Counts(r), r.Baseline}
		i, ok := groups[k]
		if !ok || o.Verbose {
			i = len(out)
			groups[k] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], r)
	}
	return out
}
