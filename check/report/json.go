// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	_ "embed" // for the schema
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// SchemaID names the JSON document and its version. A version is changed by
// adding members; whatever else breaks readers makes a new one.
const SchemaID = "fgpreflight.report/v1"

//go:embed schema.json
var schema string

// Schema returns the JSON Schema (2020-12) of what [JSON] writes.
func Schema() []byte { return []byte(schema) }

// maxLocations is how many locations a row, and how many notices a target, has
// at most.
const maxLocations = 100

// The members are described in schema.json.
type (
	document struct {
		Schema   string   `json:"schema"`
		Tool     tool     `json:"tool"`
		Gate     gate     `json:"gate"`
		ExitCode int      `json:"exitCode"`
		Targets  []target `json:"targets"`
	}
	tool struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	gate struct {
		FailOn string `json:"failOn"`
		Strict bool   `json:"strict"`
	}
	target struct {
		Target    string   `json:"target"`
		Source    string   `json:"source,omitempty"`
		Name      string   `json:"name,omitempty"`
		Reference string   `json:"reference,omitempty"`
		Digest    string   `json:"digest,omitempty"`
		Platform  string   `json:"platform,omitempty"`
		Function  function `json:"function"`
		Profile   string   `json:"profile"`
		ExitCode  int      `json:"exitCode"`
		Summary   summary  `json:"summary"`
		Run       *run     `json:"run,omitempty"`
		Notices   []notice `json:"notices"`
		Errors    []string `json:"errors"`
		Results   []result `json:"results"`
	}
	run struct {
		Engine           string   `json:"engine"`
		Started          bool     `json:"started"`
		ListeningMS      *int64   `json:"listeningMs"`
		AnsweringMS      *int64   `json:"answeringMs"`
		EndedMS          *int64   `json:"endedMs"`
		EndCode          *int64   `json:"endCode"`
		OutOfMemory      bool     `json:"outOfMemory"`
		MemoryLimitBytes *int64   `json:"memoryLimitBytes"`
		MemoryPeakBytes  *int64   `json:"memoryPeakBytes"`
		FittingMemoryMB  *int64   `json:"fittingMemoryMb"`
		Log              []string `json:"log"`
	}
	notice struct {
		Message  string    `json:"message"`
		Location *location `json:"location,omitempty"`
	}
	function struct {
		Type    string `json:"type"`
		UID     int64  `json:"uid"`
		GID     int64  `json:"gid"`
		SWRName string `json:"swrName,omitempty"`
	}
	summary struct {
		Errors        int `json:"errors"`
		Warnings      int `json:"warnings"`
		Notes         int `json:"notes"`
		Suppressed    int `json:"suppressed"`
		Passed        int `json:"passed"`
		Unknown       int `json:"unknown"`
		NotApplicable int `json:"notApplicable"`
	}
	result struct {
		ID         string     `json:"id"`
		Name       string     `json:"name"`
		Title      string     `json:"title"`
		Severity   string     `json:"severity"`
		Outcome    string     `json:"outcome"`
		Counts     bool       `json:"counts"`
		Message    string     `json:"message"`
		Locations  []location `json:"locations"`
		Fix        string     `json:"fix,omitempty"`
		Hint       string     `json:"hint,omitempty"`
		Deferred   bool       `json:"deferred"`
		Suppressed string     `json:"suppressed,omitempty"`
		Baseline   bool       `json:"baseline,omitempty"`
		Error      string     `json:"error,omitempty"`
		Asked      []string   `json:"asked"`
	}
	location struct {
		Artifact string `json:"artifact"`
		Key      string `json:"key,omitempty"`
		Line     int    `json:"line,omitempty"`
		Column   int    `json:"column,omitempty"`
		Width    int    `json:"width,omitempty"`
		Base     string `json:"base,omitempty"`
	}
)

// JSON writes the reports of one call as a document that keeps to [Schema].
// The version is that of this program.
func JSON(w io.Writer, reports []*check.Report, g check.Gate, version string) error {
	d := document{
		Schema:   SchemaID,
		Tool:     tool{"fgpreflight", Sanitise(version, maxWord)},
		Gate:     gate{failOn(g), g.Strict},
		ExitCode: ExitCode(reports, g),
		Targets:  []target{},
	}
	for _, r := range reports {
		d.Targets = append(d.Targets, newTarget(r, g))
	}
	return encodeJSON(w, d, "  ")
}

// JSONLine writes one report as a line, the object that it is among the targets
// of the document that [JSON] writes.
func JSONLine(w io.Writer, r *check.Report, g check.Gate) error {
	return encodeJSON(w, newTarget(r, g), "")
}

func encodeJSON(w io.Writer, value any, indent string) error {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(value); err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	return writeAll(w, buf.Bytes())
}

func failOn(g check.Gate) string {
	if g.FailOn == 0 {
		return "never"
	}
	return g.FailOn.String()
}

func newTarget(r *check.Report, g check.Gate) target {
	runsAs := r.Function.RunsAs()
	out := target{
		Target:    Sanitise(r.Info.Target, maxWord),
		Source:    Sanitise(r.Info.Source, maxWord),
		Name:      Sanitise(r.Info.Name, maxWord),
		Reference: Sanitise(r.Info.Reference, maxWord),
		Digest:    Sanitise(r.Info.Digest, maxWord),
		Platform:  Sanitise(r.Info.Platform, maxWord),
		Function: function{
			Type: r.Function.Type.Or(check.HTTP).String(), UID: runsAs.UID, GID: runsAs.GID,
			SWRName: Sanitise(r.Function.SWRName.Or(""), maxWord),
		},
		Profile:  r.Policy.Profile.String(),
		ExitCode: r.ExitCode(g),
		Summary:  newSummary(sortRows(r)),
		Run:      newRun(r.Trial),
		Notices:  []notice{},
		Errors:   []string{},
		Results:  []result{},
	}
	for _, n := range r.Info.Notices[:min(maxLocations, len(r.Info.Notices))] {
		out.Notices = append(out.Notices, newNotice(n))
	}
	for _, err := range r.Errors() {
		out.Errors = append(out.Errors, Sanitise(err.Error(), maxMessage))
	}
	for _, row := range r.Results {
		out.Results = append(out.Results, newResult(row, g))
	}
	return out
}

// newRun returns the numbers of a start, nil where there was none.
func newRun(s *check.TrialSummary) *run {
	if s == nil {
		return nil
	}
	known := func(n int64, ok bool) *int64 {
		if !ok {
			return nil
		}
		return &n
	}
	return &run{
		Engine:           Sanitise(s.Engine, maxWord),
		Started:          !s.Refused,
		ListeningMS:      known(milliseconds(s.Listening), s.Listening > 0),
		AnsweringMS:      known(milliseconds(s.Answering), s.Answering > 0),
		EndedMS:          known(milliseconds(s.Exit.After), s.Exit.Ended),
		EndCode:          known(int64(s.Exit.Code), s.Exit.Ended),
		OutOfMemory:      isOutOfMemory(s),
		MemoryLimitBytes: known(s.Memory.Limit, s.Memory.Limit > 0),
		MemoryPeakBytes:  known(s.Memory.Peak, s.Memory.Peak != check.UnknownBytes),
		FittingMemoryMB:  known(s.FittingMemory, s.FittingMemory > 0),
		Log:              logLines(s),
	}
}

// milliseconds returns a time in whole milliseconds, rounded up.
func milliseconds(d time.Duration) int64 { return int64((d + time.Millisecond - 1) / time.Millisecond) }

func newNotice(n check.Notice) notice {
	out := notice{Message: Sanitise(n.Message, maxMessage)}
	if !n.At.IsZero() {
		at := newLocation(n.At)
		out.Location = &at
	}
	return out
}

func newLocation(l check.Location) location {
	return location{
		Artifact: Sanitise(l.Artifact, maxWord), Key: Sanitise(l.Key, maxWord),
		Line: l.Line, Column: l.Column, Width: l.Width, Base: Sanitise(l.Base, maxWord),
	}
}

func newSummary(parts rows) summary {
	out := summary{
		Suppressed:    len(parts.suppressed),
		Passed:        len(parts.passed),
		Unknown:       len(parts.unknown) + len(parts.troubled),
		NotApplicable: len(parts.notApplicable),
	}
	for _, r := range parts.failed {
		switch r.Severity {
		case check.Error:
			out.Errors++
		case check.Warning:
			out.Warnings++
		case check.Note:
			out.Notes++
		}
	}
	return out
}

func newResult(r check.Result, g check.Gate) result {
	out := result{
		ID: r.Rule.ID, Name: r.Rule.Name, Title: r.Rule.Title,
		Severity:   r.Severity.String(),
		Outcome:    r.Outcome.String(),
		Counts:     g.Counts(r),
		Message:    Sanitise(r.Message, maxMessage),
		Locations:  []location{},
		Fix:        strings.Join(sanitiseLines(r.Fix, maxFix), "\n"),
		Hint:       Sanitise(r.Hint, maxMessage),
		Deferred:   r.Deferred,
		Suppressed: Sanitise(r.Suppressed, maxMessage),
		Baseline:   r.Baseline,
		Asked:      []string{},
	}
	if r.Err != nil {
		out.Error = Sanitise(r.Err.Error(), maxMessage)
	}
	for _, l := range r.At[:min(maxLocations, len(r.At))] {
		out.Locations = append(out.Locations, newLocation(l))
	}
	for _, fact := range r.Asked {
		out.Asked = append(out.Asked, Sanitise(fact, maxWord))
	}
	return out
}
