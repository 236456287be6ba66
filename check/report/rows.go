// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// rows is the results of a report, sorted into the parts of a text.
type rows struct {
	failed        []check.Result // by falling severity, then in the order of the rules
	suppressed    []check.Result // failed, but do not count
	troubled      []check.Result // could not be checked, by no fault of the image
	unknown       []check.Result // cannot be decided from this target
	passed        []check.Result
	notApplicable []check.Result
}

func sortRows(r *check.Report) rows {
	var out rows
	for _, result := range r.Results {
		part := out.part(result)
		*part = append(*part, result)
	}
	slices.SortStableFunc(out.failed, func(a, b check.Result) int { return cmp.Compare(b.Severity, a.Severity) })
	return out
}

func (r *rows) part(result check.Result) *[]check.Result {
	switch result.Outcome {
	case check.Pass:
		return &r.passed
	case check.NotApplicable:
		return &r.notApplicable
	case check.Fail:
		if result.Suppressed != "" {
			return &r.suppressed
		}
		return &r.failed
	case check.Unknown:
	}
	if result.Err != nil {
		return &r.troubled
	}
	return &r.unknown
}

// inBaseline returns how many failures count no longer, as they were there
// before.
func (r *rows) inBaseline() int {
	n := 0
	for _, result := range r.suppressed {
		if result.Baseline {
			n++
		}
	}
	return n
}

// counts returns the numbers of a report in words: "2 errors, 1 warning; 31
// passed, 4 unknown".
func (r *rows) counts() string {
	out := bySeverity(r.failed)
	if out == "" {
		out = "nothing failed"
	}
	var rest []string
	for _, part := range []struct {
		rows []check.Result
		word string
	}{
		{r.suppressed, "suppressed"},
		{r.passed, "passed"},
		{r.unknown, "unknown"},
		{r.troubled, "not checked"},
		{r.notApplicable, "n/a"},
	} {
		if n := len(part.rows); n > 0 {
			rest = append(rest, fmt.Sprintf("%d %s", n, part.word))
		}
	}
	if len(rest) > 0 {
		out += "; " + strings.Join(rest, ", ")
	}
	return out
}

// bySeverity returns how many results there are of each severity: "2 errors,
// 1 note". It is empty for none.
func bySeverity(results []check.Result) string {
	var out []string
	for _, severity := range []check.Severity{check.Error, check.Warning, check.Note} {
		n := 0
		for _, result := range results {
			if result.Severity == severity {
				n++
			}
		}
		if n > 0 {
			out = append(out, plural(n, severity.String()))
		}
	}
	return strings.Join(out, ", ")
}

// plural returns "1 rule" or "2 rules".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// counting returns the results that fail the build.
func counting(results []check.Result, g check.Gate) []check.Result {
	var out []check.Result
	for _, result := range results {
		if g.Counts(result) {
			out = append(out, result)
		}
	}
	return out
}

// verdict says in a word what becomes of a report, and why.
type verdict struct {
	word string // "passed", "failed" or "incomplete"
	why  string // ""; or what counts
	code int    // the exit code
}

func judge(r *check.Report, g check.Gate) verdict {
	parts := sortRows(r)
	switch code := r.ExitCode(g); code {
	case check.ExitIncomplete:
		trouble := "see the trouble"
		if len(parts.troubled) > 0 {
			trouble = plural(len(parts.troubled), "rule") + " could not be checked"
		}
		return verdict{"incomplete", strings.Join(append([]string{trouble}, charges(parts, g)...), ", besides "), code}
	case check.ExitOK:
		return verdict{"passed", leniency(parts, g), code}
	default:
		return verdict{"failed", strings.Join(charges(parts, g), " and "), code}
	}
}

// charges names what fails the build, and by which option.
func charges(parts rows, g check.Gate) []string {
	var out []string
	if failed := counting(parts.failed, g); len(failed) > 0 {
		out = append(out, fmt.Sprintf("%s (--fail-on %s)", bySeverity(failed), g.FailOn))
	}
	if unknown := counting(parts.unknown, g); len(unknown) > 0 {
		out = append(out, plural(len(unknown), "undecided error")+" (--strict)")
	}
	return out
}

// leniency says why failures do not fail the build, and that what is unknown
// is no pass.
func leniency(parts rows, g check.Gate) string {
	switch {
	case len(parts.failed) > 0 && g.FailOn == 0:
		return "--fail-on never lets every failure through"
	case len(parts.failed) > 0:
		return "no failure reaches --fail-on " + g.FailOn.String()
	case parts.inBaseline() > 0:
		return "the baseline lets " + plural(parts.inBaseline(), "finding") + " through"
	case len(parts.unknown) > 0:
		return "as far as this target can tell"
	default:
		return ""
	}
}

// ExitCode returns the exit code of a call that made the reports: 3 when one
// is incomplete, else 1 when one failed, else 0.
func ExitCode(reports []*check.Report, g check.Gate) int {
	code := check.ExitOK
	for _, r := range reports {
		code = max(code, r.ExitCode(g))
	}
	return code
}
