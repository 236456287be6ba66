// SPDX-License-Identifier: Apache-2.0

package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// toolName is this program's name, and that of trouble that no rule is about.
const toolName = "fgpreflight"

// finding is what a format for problems lists: a failure, an undecided rule
// that counts as one, or trouble. Its texts are sanitised.
type finding struct {
	rule        *check.Rule // nil for trouble
	level       check.Severity
	message     string
	fix         []string // lines; for an undecided rule what decides it
	place       place
	fingerprint string // see [fingerprint]
}

// findings returns the findings of a report: trouble first, then by falling
// severity. Suppressed failures are not among them.
func findings(r *check.Report, o Options) []finding {
	var out []finding
	for _, err := range r.Errors() {
		out = append(out, finding{
			level: check.Error, message: Sanitise(err.Error(), maxMessage),
			place: newPlace(r.Info, check.Location{}, o), fingerprint: digest(toolName, subjectPath(r.Info, o), err.Error()),
		})
	}
	parts := sortRows(r)
	for _, result := range parts.failed {
		out = append(out, newFinding(r, result, o))
	}
	for _, result := range counting(parts.unknown, o.Gate) {
		out = append(out, newFinding(r, result, o))
	}
	return out
}

func newFinding(r *check.Report, result check.Result, o Options) finding {
	out := finding{
		rule: result.Rule, level: result.Severity, message: Sanitise(result.Message, maxMessage),
		place: newPlace(r.Info, primary(result), o), fingerprint: fingerprint(r, result, o),
	}
	switch {
	case result.Fix != "":
		out.fix = sanitiseLines("fix: "+result.Fix, maxFix)
	case result.Hint != "":
		out.fix = sanitiseLines("to decide: "+result.Hint, maxMessage)
	}
	return out
}

// primary returns the location of the most important evidence; zero for none.
func primary(r check.Result) check.Location {
	if len(r.At) == 0 {
		return check.Location{}
	}
	return r.At[0]
}

// title returns the rule, or this program for trouble.
func (f finding) title() string {
	if f.rule == nil {
		return toolName
	}
	return ruleName(f.rule)
}

// id returns the rule's ID, or this program for trouble.
func (f finding) id() string {
	if f.rule == nil {
		return toolName
	}
	return f.rule.ID
}

// text returns the message with what its place does not show.
func (f finding) text() string {
	if f.place.within == "" {
		return f.message
	}
	return f.message + " (" + f.place.within + ")"
}

// lines returns the text and how to mend it.
func (f finding) lines() []string { return append([]string{f.text()}, f.fix...) }

// evidence returns the lines that follow the text where no place is told
// apart: the line of the Dockerfile, and how to mend it.
func (f finding) evidence() []string {
	if at := f.place.at(); at != "" {
		return append([]string{"at: " + at}, f.fix...)
	}
	return f.fix
}

// fingerprint identifies a result from run to run. It stays when lines are
// added or removed elsewhere, and changes with the line that it is about: it
// is made of the rule, the target, the build stage, the member of the config
// and the text of the line. What a base image brings along is not about the
// line that names it, and is known again under a newer base image.
func fingerprint(r *check.Report, result check.Result, o Options) string {
	at := primary(result)
	stage, line := "", ""
	if r.Info.Source == sourceDockerfile {
		stage = r.Info.Name
	}
	if r.Info.InText(at) {
		lines := r.Info.Lines()
		if at.Base == "" && at.Line <= len(lines) {
			line = strings.Join(strings.Fields(lines[at.Line-1]), " ")
		}
		at.Artifact = ""
	}
	return digest(result.Rule.ID, subjectPath(r.Info, o), stage, at.Artifact, at.Key, line)
}

// digest returns a short hash of the strings, each told from the next.
func digest(parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(hash, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}
