// SPDX-License-Identifier: Apache-2.0

package report

import (
	"go/doc/comment"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

	// sourceRoot is the base of relative addresses that the specification
	// proposes for the root of the repository.
	sourceRoot = "%SRCROOT%"

	projectURI = "https://github.com/fgpreflight/fgpreflight"
	rulesURI   = projectURI + "/blob/main/rules/README.md"
)

// SARIF writes the reports as a log of SARIF 2.1.0 with one run, as GitHub's
// code scanning wants it. Its results are the failures, suppressed ones marked
// as such, and the undecided rules that count as failed; with Verbose every
// row, each with its kind. GitHub shows any result as an alert, whatever its
// kind is, so that rows which need no attention stay out unless asked for.
// Every rule that was checked is described, and trouble is a notification.
//
// Each result has a physical location, since GitHub refuses a log otherwise.
// Facts of an image, which has no lines, are at the first one of an artifact
// with the image's name, and have the member of its config, or the file in it,
// as their logical location.
func SARIF(w io.Writer, reports []*check.Report, o Options) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: toolName, Version: Sanitise(o.Version, maxWord), InformationURI: projectURI, Rules: []sarifRule{},
		}},
		Invocations: []sarifInvocation{newSARIFInvocation(reports, o)},
		ColumnKind:  "unicodeCodePoints",
		Results:     []sarifResult{},
	}
	indexes := map[string]int{} // by ID
	for _, r := range reports {
		for _, result := range r.Results {
			index, known := indexes[result.Rule.ID]
			if !known {
				index = len(run.Tool.Driver.Rules)
				indexes[result.Rule.ID] = index
				run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, newSARIFRule(result.Rule))
			}
			if o.Verbose || result.Outcome == check.Fail || result.Err == nil && o.Gate.Counts(result) {
				run.Results = append(run.Results, newSARIFResult(r, result, index, o))
			}
		}
	}
	return encodeJSON(w, sarifLog{Schema: sarifSchema, Version: sarifVersion, Runs: []sarifRun{run}}, "  ")
}

func newSARIFRule(r *check.Rule) sarifRule {
	why, _, _ := strings.Cut(plainDoc(r.Why), "\n\n")
	return sarifRule{
		ID: r.ID, Name: r.Name,
		ShortDescription: sarifMessage{Text: r.Title},
		FullDescription:  sarifMessage{Text: strings.TrimSpace(why)},
		Default:          sarifConfiguration{Level: r.Severity.String()},
		Help: sarifMessage{
			Text:     plainDoc(r.Why) + "\nHow to mend it:\n\n" + plainDoc(r.Fix),
			Markdown: string(markdown(r.Why)) + "\n**How to mend it**\n\n" + string(markdown(r.Fix)),
		},
		HelpURI: ruleURI(r),
		Properties: sarifRuleBag{
			Tags: []string{"functiongraph"}, Severity: problemSeverity(r.Severity),
		},
	}
}

// ruleURI returns the address of a rule's documentation: GitHub makes the
// anchor out of the heading that [ExplainMarkdown] writes.
func ruleURI(r *check.Rule) string { return rulesURI + "#" + strings.ToLower(r.ID) + "-" + r.Name }

// problemSeverity returns the word that GitHub sorts alerts by.
func problemSeverity(s check.Severity) string {
	if s == check.Note {
		return "recommendation"
	}
	return s.String()
}

func newSARIFInvocation(reports []*check.Report, o Options) sarifInvocation {
	code := ExitCode(reports, o.Gate)
	out := sarifInvocation{
		ExecutionSuccessful: code != check.ExitIncomplete,
		ExitCode:            code,
		ExitCodeDescription: exitReason(newLines(reports, o.Gate)),
		Execution:           []sarifNotification{},
		Configuration:       []sarifNotification{},
	}
	for _, r := range reports {
		whole := []sarifLocation{newSARIFLocation(r.Info, check.Location{}, o)}
		for _, err := range r.Errors() {
			message := sarifMessage{Text: sarifText(Sanitise(err.Error(), maxMessage))}
			out.Execution = append(out.Execution, sarifNotification{"error", message, whole})
		}
		for _, n := range r.Info.Notices[:min(maxLocations, len(r.Info.Notices))] {
			message := sarifMessage{Text: sarifText(Sanitise(n.Message, maxMessage))}
			at := []sarifLocation{newSARIFLocation(r.Info, n.At, o)}
			out.Configuration = append(out.Configuration, sarifNotification{"warning", message, at})
		}
	}
	return out
}

func newSARIFResult(r *check.Report, result check.Result, index int, o Options) sarifResult {
	f := newFinding(r, result, o)
	out := sarifResult{
		RuleID: result.Rule.ID, RuleIndex: index,
		Kind: sarifKind(result.Outcome), Level: "none",
		Message:      sarifMessage{Text: sarifText(strings.Join(f.lines(), "\n")), Markdown: f.markdown()},
		Locations:    []sarifLocation{newSARIFLocation(r.Info, primary(result), o)},
		Fingerprints: map[string]string{"ruleAndLine/v1": f.fingerprint},
		Suppressions: []sarifSuppression{},
		Fixes:        newSARIFFixes(r.Info, result, o),
	}
	if result.Outcome == check.Fail {
		out.Level = result.Severity.String()
		if result.Suppressed != "" {
			out.Suppressions = append(out.Suppressions, newSARIFSuppression(r, result))
		}
	}
	if !f.place.file {
		// GitHub's action computes this one from the file, which is not there.
		out.Fingerprints["primaryLocationLineHash"] = f.fingerprint + ":1"
	}
	for i, at := range result.At[min(1, len(result.At)):min(maxLocations, len(result.At))] {
		related := newSARIFLocation(r.Info, at, o)
		related.ID = i + 1
		related.Message = &sarifMessage{Text: sarifText(Sanitise(at.Place(), maxWord))}
		out.Related = append(out.Related, related)
	}
	return out
}

// newSARIFFixes returns the fix of a result where it is a change of the text.
func newSARIFFixes(info check.Info, result check.Result, o Options) []sarifFix {
	e := result.Edit
	if !info.Editable(e) || Sanitise(e.New, maxWord) != e.New {
		return nil
	}
	at := newSARIFLocation(info, e.At, o).Physical
	return []sarifFix{{
		Description: sarifMessage{Text: sarifText("write " + e.New)},
		Changes:     []sarifChange{{at.Artifact, []sarifReplacement{{at.Region, sarifContent{e.New}}}}},
	}}
}

func sarifKind(o check.Outcome) string {
	switch o {
	case check.Pass:
		return "pass"
	case check.Fail:
		return "fail"
	case check.NotApplicable:
		return "notApplicable"
	case check.Unknown:
	}
	return "open"
}

// newSARIFSuppression tells a comment in the Dockerfile from the user's
// settings and baseline.
func newSARIFSuppression(r *check.Report, result check.Result) sarifSuppression {
	kind := "inSource"
	if result.Baseline || r.Policy.Skip[result.Rule.ID] != "" {
		kind = "external"
	}
	return sarifSuppression{kind, Sanitise(result.Suppressed, maxMessage)}
}

func newSARIFLocation(info check.Info, l check.Location, o Options) sarifLocation {
	p := newPlace(info, l, o)
	out := sarifLocation{Physical: sarifPhysicalLocation{
		Artifact: sarifArtifact{URI: relativeURI(p.path)},
		Region:   sarifRegion{StartLine: max(p.line, 1), StartColumn: p.column, EndColumn: p.end},
	}}
	if p.file {
		out.Physical.Artifact = newSARIFArtifact(p.path)
	}
	if p.within != "" {
		out.Logical = []sarifLogicalLocation{{FullyQualifiedName: p.within, Kind: "member"}}
	}
	return out
}

// newSARIFArtifact returns the address of a file: relative to the root of the
// repository, or that of the file where it lies elsewhere.
func newSARIFArtifact(path string) sarifArtifact {
	if filepath.IsAbs(filepath.FromSlash(path)) {
		return sarifArtifact{URI: "file:///" + relativeURI(strings.TrimPrefix(path, "/"))}
	}
	return sarifArtifact{URI: relativeURI(path), URIBaseID: sourceRoot}
}

// relativeURI returns the path with everything encoded that is not part of a
// relative reference; a colon would make the first segment a scheme.
func relativeURI(path string) string {
	uri := (&url.URL{Path: path[:min(maxPath, len(path))]}).EscapedPath()
	return strings.ReplaceAll(uri, ":", "%3A")
}

// sarifText returns the text for a plain message, in which [this](1) would be a
// link.
func sarifText(s string) string {
	if strings.Contains(s, "](") {
		return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(s)
	}
	return s
}

func plainDoc(text string) string {
	printer := comment.Printer{TextWidth: -1, TextCodePrefix: "    "}
	return string(printer.Text(parseDoc(text)))
}
