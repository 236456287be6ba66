// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// ending writes the figures, the verdict with its reason, and what to do next.
func (t *textReport) ending() {
	t.line()
	t.indented(0, t.rows.counts())
	v := judge(t.report, t.options.Gate)
	t.verdict(v)
	if name, ok := swrName(t.report); ok && t.rows.inBaseline() == 0 && ready(t.report, v) {
		t.steps(nextSteps(t.report, name))
		return
	}
	t.paragraph(t.paint.bold.Sprint("next:")+" ", len("next: "), t.next(v))
}

func (t *textReport) verdict(v verdict) {
	paint := t.paint.red
	if v.code == check.ExitOK {
		paint = t.paint.green
	}
	if v.why == "" {
		t.line(paint.Sprint(v.word))
		return
	}
	t.paragraph(paint.Sprint(v.word+":")+" ", len(v.word)+2, v.why)
}

// maxExplained is how many rules the line about explain names.
const maxExplained = 5

// next returns what to do next with a report that does not lead to a push.
func (t *textReport) next(v verdict) string {
	failed := counting(t.rows.failed, t.options.Gate)
	if len(failed) == 0 {
		failed = t.rows.failed
	}
	switch {
	case v.code == check.ExitIncomplete:
		return "see to the trouble above and check again"
	case len(failed) > 0:
		why := ids(failed[:min(maxExplained, len(failed))])
		return "apply the fixes and check again; why: " + together("fgpreflight explain "+strings.Join(why, " "))
	case v.code == check.ExitFailed:
		return "let the unknown rules be decided as shown, or leave --strict out"
	case t.rows.inBaseline() > 0:
		return "mend what the baseline hides when there is time; -v shows it"
	default:
		return "give the image's name in SWR with --swr-name to see how to push it"
	}
}

// ready reports whether the image may be pushed: the build passes, and not
// only since --fail-on lets errors through.
func ready(r *check.Report, v verdict) bool {
	return v.code == check.ExitOK && r.ExitCode(check.Gate{FailOn: check.Error}) == check.ExitOK
}

// steps writes a numbered list.
func (t *textReport) steps(steps []step) {
	t.line()
	t.line(t.paint.bold.Sprint("next steps"))
	for i, s := range steps {
		t.paragraph(fmt.Sprintf("  %d. ", i+1), 5, s.text)
		for _, command := range s.commands {
			t.line("       ", command)
		}
	}
}
