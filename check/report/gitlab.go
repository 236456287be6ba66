// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"

	"github.com/fgpreflight/fgpreflight/check"
)

// The members of an issue that GitLab reads, see
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
type (
	qualityIssue struct {
		Description string          `json:"description"`
		CheckName   string          `json:"check_name"`
		Fingerprint string          `json:"fingerprint"`
		Severity    string          `json:"severity"`
		Location    qualityLocation `json:"location"`
	}
	qualityLocation struct {
		Path  string       `json:"path"`
		Lines qualityLines `json:"lines"`
	}
	qualityLines struct {
		Begin int `json:"begin"`
	}
)

// GitLab writes the findings as a Code Quality report, whose fingerprints stay
// from run to run.
func GitLab(w io.Writer, reports []*check.Report, o Options) error {
	out := []qualityIssue{}
	seen := map[string]bool{}
	for _, r := range reports {
		for _, f := range findings(r, o) {
			for seen[f.fingerprint] { // The same target twice: GitLab would show one.
				f.fingerprint = digest(f.fingerprint)
			}
			seen[f.fingerprint] = true
			out = append(out, newQualityIssue(f))
		}
	}
	return encodeJSON(w, out, "  ")
}

func newQualityIssue(f finding) qualityIssue {
	return qualityIssue{
		Description: f.title() + ": " + f.text(),
		CheckName:   f.id(),
		Fingerprint: f.fingerprint,
		Severity:    qualitySeverity(f.level),
		Location:    qualityLocation{Path: f.place.shownPath(), Lines: qualityLines{Begin: max(f.place.line, 1)}},
	}
}

// qualitySeverity returns GitLab's word for a severity. A blocker is never
// claimed: what blocks is decided by the exit code.
func qualitySeverity(s check.Severity) string {
	switch s {
	case check.Error:
		return "critical"
	case check.Warning:
		return "major"
	case check.Note:
	}
	return "info"
}
