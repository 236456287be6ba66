// SPDX-License-Identifier: Apache-2.0

package check

import "fmt"

// Profile chooses between the severities that the founding document demands
// and those that the service was observed to tolerate.
type Profile int

// The profiles.
const (
	Documented Profile = iota // severities of the founding document; the default
	Observed                  // lower where the service was seen to tolerate it
)

// String returns "documented" or "observed".
func (p Profile) String() string {
	switch p {
	case Documented:
		return "documented"
	case Observed:
		return "observed"
	}
	return fmt.Sprintf("Profile(%d)", int(p))
}

// ParseProfile returns the profile called name.
func ParseProfile(name string) (Profile, error) {
	for _, p := range []Profile{Documented, Observed} {
		if p.String() == name {
			return p, nil
		}
	}
	return 0, fmt.Errorf("unknown profile %q: want documented or observed", name)
}

// Policy is what the user decided about the rules.
type Policy struct {
	Profile  Profile
	Severity map[string]Severity // by rule ID, over the profile's
	Skip     map[string]string   // by rule ID: the reason why its failure does not count
	Only     map[string]bool     // rule IDs to run; empty for all
}

// SeverityOf returns the severity of the rule under the policy.
func (p Policy) SeverityOf(r *Rule) Severity {
	if s, ok := p.Severity[r.ID]; ok {
		return s
	}
	return r.SeverityIn(p.Profile)
}
