// SPDX-License-Identifier: Apache-2.0

package check

import "fmt"

// Outcome is the answer of a rule for one subject. Its zero value is Unknown,
// so that a forgotten answer is never a pass.
type Outcome int

// The four outcomes; they equal the SARIF result kinds open, pass, fail and
// notApplicable.
const (
	Unknown       Outcome = iota // this input cannot decide it
	Pass                         // the subject keeps the rule
	Fail                         // the subject breaks the rule
	NotApplicable                // the rule does not concern the subject
)

// String returns "unknown", "pass", "fail" or "n/a".
func (o Outcome) String() string {
	switch o {
	case Unknown:
		return "unknown"
	case Pass:
		return "pass"
	case Fail:
		return "fail"
	case NotApplicable:
		return "n/a"
	}
	return fmt.Sprintf("Outcome(%d)", int(o))
}

// Verdict is what a rule says of a subject.
type Verdict struct {
	Outcome Outcome
	Message string     // one sentence without a full stop, naming the value that was observed
	At      []Location // the evidence, most important first
	Fix     string     // for Fail: the change that mends this very subject; may have several lines
	Edit    Edit       // for Fail: Fix as a change of the Dockerfile's text; zero where it is none
	Hint    string     // for Unknown: what would decide it ("pass --run")
	// Deferred marks an Unknown that no reading of this target can decide,
	// as it takes a started container or the push. --strict spares it.
	Deferred bool
	ByStart  bool // for Unknown: a start of the image decides it
}

// Passf returns a pass that was seen at the location.
func Passf(at Location, format string, args ...any) Verdict {
	return newVerdict(Pass, at, fmt.Sprintf(format, args...))
}

// Failf returns a failure that was seen at the location. Add the mend with
// [Verdict.WithFix].
func Failf(at Location, format string, args ...any) Verdict {
	return newVerdict(Fail, at, fmt.Sprintf(format, args...))
}

// NotApplicablef returns the verdict that the rule does not concern the
// subject, with the reason.
func NotApplicablef(format string, args ...any) Verdict {
	return newVerdict(NotApplicable, Location{}, fmt.Sprintf(format, args...))
}

// Unknownf returns the verdict that the rule cannot be decided, with the
// reason; hint says what would decide it.
func Unknownf(hint, format string, args ...any) Verdict {
	v := newVerdict(Unknown, Location{}, fmt.Sprintf(format, args...))
	v.Hint = hint
	return v
}

// SeeRule returns the unknown verdict of a rule whose question another rule,
// given by ID and name, already answers with its failure.
func SeeRule(id, name string) Verdict {
	return Unknownf("mend "+id+" first", "see %s (%s)", id, name)
}

func newVerdict(o Outcome, at Location, message string) Verdict {
	v := Verdict{Outcome: o, Message: message}
	if !at.IsZero() {
		v.At = []Location{at}
	}
	return v
}

// WithFix returns the verdict with the change that mends the subject: what to
// write or to type, complete and specific.
func (v Verdict) WithFix(format string, args ...any) Verdict {
	v.Fix = fmt.Sprintf(format, args...)
	return v
}

// Edit is a change of a Dockerfile: a text takes the place of another.
type Edit struct {
	At       Location // a place in one line, with its width
	Old, New string
}

// WithEdit returns the verdict with its fix as a change of the text: that old,
// as it is written at the location, becomes text. A location that holds another
// text, such as a variable that stands for old, is left alone, see
// [Info.Editable].
func (v Verdict) WithEdit(at Location, old, text string) Verdict {
	v.Edit = Edit{At: at, Old: old, New: text}
	return v
}

// Also returns the verdict with further evidence.
func (v Verdict) Also(at ...Location) Verdict {
	v.At = append(append([]Location{}, v.At...), at...)
	return v
}

// UnavailableError says that a fact cannot be learnt from this subject. The
// runner turns it into an Unknown verdict; it is never trouble of the tool.
type UnavailableError struct {
	Fact     string // the fact that was asked for: "root file system"
	Why      string // why this subject cannot tell, as a clause: "the container was not started"
	Hint     string // what would decide it: "pass --run"
	Deferred bool   // see Verdict.Deferred
}

// Error returns the reason.
func (e *UnavailableError) Error() string { return e.Fact + " unavailable: " + e.Why }
