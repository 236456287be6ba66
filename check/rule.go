// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Severity is how much a failed rule matters. It belongs to the rule, not to
// the finding.
type Severity int

// The severities, in rising order. The zero value is none of them.
const (
	Note    Severity = iota + 1 // worth knowing
	Warning                     // works today, or fails in some set-ups
	Error                       // the function does not work, or breaks the founding contract
)

// String returns "note", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Severity(%d)", int(s))
}

// ParseSeverity returns the severity called name.
func ParseSeverity(name string) (Severity, error) {
	for _, s := range []Severity{Note, Warning, Error} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q: want error, warning or note", name)
}

// Rule is one requirement of FunctionGraph: its documentation and the function
// that checks it.
type Rule struct {
	ID    string // "FG202"; for ever, never used again for something else
	Name  string // "nonroot-user"; accepted wherever an ID is
	Title string // the requirement in one line, without a full stop

	// Why and Fix are in the syntax of Go doc comments (indented lines are
	// code). Why tells what happens on the platform when the rule is broken,
	// Fix how to mend it in general.
	Why, Fix string
	Source   []string // addresses of the pages or files that the rule restates; at least one

	Severity Severity
	Observed Severity // severity in the profile "observed", where it differs; else zero
	Levels   string   // what can decide it: letters of DCRXUF, see contract: D Dockerfile, C config and manifest, R root file system, X run, U reference, F function settings

	// Bad and Good are txtar archives in the format of package checktest, or
	// empty for a rule that only a run decides. Tests execute both.
	Bad, Good string

	// Check decides the rule. It asks the subject for facts and returns the
	// error of a fact that it cannot do without.
	Check func(context.Context, *Subject) (Verdict, error)
}

// RunOnly reports whether nothing but a started container decides the rule.
func (r *Rule) RunOnly() bool {
	return strings.Trim(r.Levels, "XF") == "" && strings.Contains(r.Levels, "X")
}

// SeverityIn returns the rule's severity in the profile.
func (r *Rule) SeverityIn(p Profile) Severity {
	if p == Observed && r.Observed != 0 {
		return r.Observed
	}
	return r.Severity
}

var (
	idPattern     = regexp.MustCompile(`^FG[0-9]{3}$`)
	namePattern   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	levelsPattern = regexp.MustCompile(`^[DCRXUF]+$`)
)

// Validate returns what is wrong with the rules: metadata that is missing or
// malformed, IDs or names that occur twice.
func Validate(rules []*Rule) error {
	var errs []error
	seen := map[string]bool{}
	for _, r := range rules {
		for _, problem := range r.problems() {
			errs = append(errs, fmt.Errorf("rule %s: %s", r.ID, problem))
		}
		for _, key := range []string{r.ID, r.Name} {
			if seen[key] {
				errs = append(errs, fmt.Errorf("rule %s: %s occurs twice", r.ID, key))
			}
			seen[key] = true
		}
	}
	return errors.Join(errs...)
}

func (r *Rule) problems() []string {
	var out []string
	demand := func(ok bool, problem string) {
		if !ok {
			out = append(out, problem)
		}
	}
	demand(idPattern.MatchString(r.ID), "ID is not FG and three digits")
	demand(namePattern.MatchString(r.Name), "name is not in kebab case")
	demand(r.Title != "" && !strings.HasSuffix(r.Title, ".") && !strings.Contains(r.Title, "\n"), "title is not one line without a full stop")
	demand(strings.HasSuffix(strings.TrimSpace(r.Why), "."), "why is not whole sentences")
	demand(strings.TrimSpace(r.Fix) != "", "fix is missing")
	demand(len(r.Source) > 0, "source is missing")
	for _, source := range r.Source {
		demand(strings.HasPrefix(source, "https://"), "source is not an https address")
	}
	demand(r.Severity >= Note && r.Severity <= Error, "severity is missing")
	demand(r.Observed == 0 || r.Observed < r.Severity, "observed severity does not lower")
	demand(levelsPattern.MatchString(r.Levels), "levels are not letters of DCRXUF")
	demand(r.Check != nil, "check is missing")
	demand(r.RunOnly() || r.Bad != "" && r.Good != "", "examples are missing")
	return out
}

// Find returns the rule whose ID or name is key, in any case, or nil.
func Find(rules []*Rule, key string) *Rule {
	for _, r := range rules {
		if strings.EqualFold(r.ID, key) || strings.EqualFold(r.Name, key) {
			return r
		}
	}
	return nil
}
