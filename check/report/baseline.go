// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

// BaselineSchemaID names the JSON document that holds a [Baseline], and its
// version.
const BaselineSchemaID = "fgpreflight.baseline/v1"

// maxBaseline is how many bytes a baseline may have: more than 30,000 findings.
const maxBaseline = 16 << 20

// Baseline is the findings that were there before, so that only new ones fail
// the build. One is for the targets of one call, and not safe for concurrent
// use.
type Baseline struct {
	name    string
	options Options
	known   map[string]Known // by fingerprint
	met     map[string]bool  // the fingerprints of what the targets do not keep
	decided map[spot]bool    // the rules of the targets, and whether all reports decided them
}

// Known is a finding of a [Baseline].
type Known struct {
	spot
	Message     string `json:"message"`
	Fingerprint string `json:"fingerprint"`
}

// spot is a rule of a target.
type spot struct {
	Target string `json:"target"`          // its path from the baseline's folder, or its name without tag and digest
	Stage  string `json:"stage,omitempty"` // of a Dockerfile
	Rule   string `json:"rule"`            // its ID
}

type baselineDocument struct {
	Schema   string  `json:"schema"`
	Findings []Known `json:"findings"`
}

// NewBaseline returns a baseline without findings. Reports show its name, which
// is that of its file; the root of the options is its folder, so that it means
// the same on every machine, and their gate is that of the call.
func NewBaseline(name string, o Options) *Baseline {
	o.Above = true // The file may be in a folder beside the targets.
	return &Baseline{name: name, options: o, known: map[string]Known{}, met: map[string]bool{}, decided: map[spot]bool{}}
}

// ReadBaseline reads what [Baseline.Write] wrote. The error says what is wrong
// with the text, with its line where that is known.
func ReadBaseline(r io.Reader, name string, o Options) (*Baseline, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBaseline+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxBaseline {
		return nil, fmt.Errorf("more than %d bytes", maxBaseline)
	}
	var d baselineDocument
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\ufeff")), &d); err != nil {
		return nil, withLine(raw, err)
	}
	switch {
	case d.Schema != BaselineSchemaID:
		return nil, fmt.Errorf("its schema is %q and not %q", d.Schema, BaselineSchemaID)
	case d.Findings == nil:
		return nil, errors.New("it has no findings, not even an empty list")
	}
	b := NewBaseline(name, o)
	for i, known := range d.Findings {
		if err := known.validate(); err != nil {
			return nil, fmt.Errorf("finding %d: %w", i+1, err)
		}
		b.known[known.Fingerprint] = known
	}
	return b, nil
}

// withLine says in which line of the text an error of the parser is.
func withLine(raw []byte, err error) error {
	offset := int64(len(raw))
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	before := raw[:min(max(offset, 0), int64(len(raw)))]
	return fmt.Errorf("line %d: %w", 1+bytes.Count(before, []byte("\n")), err)
}

// isFingerprint matches what digest returns.
var isFingerprint = regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString

func (k Known) validate() error {
	switch {
	case k.Rule == "":
		return errors.New("it names no rule")
	case k.Target == "":
		return errors.New("it names no target")
	case !isFingerprint(k.Fingerprint):
		return fmt.Errorf("%q is not a fingerprint", Sanitise(k.Fingerprint, maxWord))
	}
	return nil
}

// Record adds what a report holds against its target: every failure, and every
// undecided rule that fails the build, unless it is suppressed. Findings that
// differ in nothing but the tag of the image are one.
func (b *Baseline) Record(r *check.Report) {
	for _, result := range r.Results {
		if result.Suppressed == "" && b.concerns(result) {
			known := Known{b.spot(r, result), Sanitise(result.Message, maxMessage), b.fingerprint(r, result)}
			b.known[known.Fingerprint] = known
		}
	}
}

// Apply suppresses in a report what the baseline knows.
func (b *Baseline) Apply(r *check.Report) {
	for i, result := range r.Results {
		at := b.spot(r, result)
		before, again := b.decided[at]
		b.decided[at] = result.Outcome != check.Unknown && (before || !again)
		if result.Outcome != check.Fail && result.Outcome != check.Unknown {
			continue
		}
		key := b.fingerprint(r, result)
		b.met[key] = true
		if _, known := b.known[key]; known && result.Suppressed == "" && b.concerns(result) {
			r.Results[i].Suppressed = fmt.Sprintf("was there before (baseline %s)", b.name)
			r.Results[i].Baseline = true
		}
	}
}

// concerns reports whether a baseline is about the result.
func (b *Baseline) concerns(r check.Result) bool {
	if r.Err != nil {
		return false
	}
	return r.Outcome == check.Fail || r.Outcome == check.Unknown && b.options.Gate.Counts(r)
}

func (b *Baseline) spot(r *check.Report, result check.Result) spot {
	out := spot{Target: Sanitise(subjectPath(r.Info, b.options), maxPath), Rule: result.Rule.ID}
	if r.Info.Source == sourceDockerfile {
		out.Stage = Sanitise(r.Info.Name, maxWord)
	}
	return out
}

// fingerprint tells a rule that fails from one that is not decided, which may
// fail some day.
func (b *Baseline) fingerprint(r *check.Report, result check.Result) string {
	out := fingerprint(r, result, b.options)
	if result.Outcome == check.Unknown {
		out = digest(check.Unknown.String(), out)
	}
	return out
}

// Gone returns the findings that are there no longer, in their order in the
// file: those of a target that was checked, where each of its reports decided
// the rule.
func (b *Baseline) Gone() []Known {
	var out []Known
	for _, known := range b.sorted() {
		if b.decided[known.spot] && !b.met[known.Fingerprint] {
			out = append(out, known)
		}
	}
	return out
}

// String names the finding in a line, which is sanitised.
func (k Known) String() string {
	target := k.Target
	if k.Stage != "" {
		target += " (stage " + k.Stage + ")"
	}
	return Sanitise(fmt.Sprintf("%s of %s: %s", k.Rule, target, k.Message), maxMessage)
}

// Write writes the baseline as JSON, in an order that keeps the differences
// between two of them small.
func (b *Baseline) Write(w io.Writer) error {
	return encodeJSON(w, baselineDocument{BaselineSchemaID, b.sorted()}, "  ")
}

func (b *Baseline) sorted() []Known {
	out := make([]Known, 0, len(b.known))
	for _, known := range b.known {
		out = append(out, known)
	}
	slices.SortFunc(out, func(x, y Known) int {
		return cmp.Or(cmp.Compare(x.Target, y.Target), cmp.Compare(x.Stage, y.Stage), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Fingerprint, y.Fingerprint))
	})
	return out
}
