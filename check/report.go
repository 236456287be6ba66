// SPDX-License-Identifier: Apache-2.0

package check

import "slices"

// Result is the row of one rule in a [Report].
type Result struct {
	Rule       *Rule
	Severity   Severity // under the policy
	Verdict             // the outcome, with its evidence
	Suppressed string   // why a failure does not count; "" when it does
	Baseline   bool     // Suppressed as it was there before, also an undecided rule that would count
	Asked      []string // the facts that the rule consulted, in order
	Err        error    // trouble of the tool, never of the image; the outcome is Unknown then
}

// Report is what [Run] found out about one target.
type Report struct {
	Info     Info
	Function *Function
	Policy   Policy
	Results  []Result      // in the order of the rules
	Trial    *TrialSummary // of the start that a rule asked for; nil where there was none
	Trouble  error         // what went wrong outside of the rules: the target could not be opened, or closed; nil for nothing
}

// Exit codes of the program; 2 is a usage or configuration error.
const (
	ExitOK         = 0 // nothing failed at or above the threshold
	ExitFailed     = 1 // something did
	ExitUsage      = 2
	ExitIncomplete = 3 // a target could not be read or a check not be completed
)

// Gate is when a report fails the build.
type Gate struct {
	FailOn Severity // the least severity that counts; 0 for never
	Strict bool     // an unknown rule of severity error counts as failed, unless nothing read could decide it
}

// Counts reports whether the result fails the build.
func (g Gate) Counts(r Result) bool {
	if g.FailOn == 0 || r.Suppressed != "" {
		return false
	}
	switch r.Outcome {
	case Fail:
		return r.Severity >= g.FailOn
	case Unknown:
		return g.Strict && r.Severity == Error && !r.Deferred
	case Pass, NotApplicable:
		return false
	}
	return false
}

// ExitCode returns the exit code for the report: 3 when a check could not be
// completed, else 1 when something counts as failed, else 0.
func (r *Report) ExitCode(g Gate) int {
	if len(r.Errors()) > 0 {
		return ExitIncomplete
	}
	if slices.ContainsFunc(r.Results, g.Counts) {
		return ExitFailed
	}
	return ExitOK
}

// Errors returns what went wrong while checking, each text once, in order.
func (r *Report) Errors() []error {
	var out []error
	seen := map[string]bool{}
	note := func(err error) {
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			out = append(out, err)
		}
	}
	note(r.Trouble)
	for _, result := range r.Results {
		note(result.Err)
	}
	return out
}
