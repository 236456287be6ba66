// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// header writes which target this is, what answered for it and as what it
// would run.
func (t *textReport) header() {
	info := t.report.Info
	target := Sanitise(info.Target, maxWord)
	digest := Sanitise(info.Digest, maxWord)
	if !t.options.Verbose {
		digest = shortDigest(digest)
	}
	var facts []string
	for _, fact := range []string{answered(info), Sanitise(info.Platform, maxWord), digest} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	t.title(target, strings.Join(facts, ", "))

	f := t.report.Function
	function := fmt.Sprintf("%s function, started as %s in /", f.Type.Or(check.HTTP), f.RunsAs())
	if p := t.report.Policy.Profile; p != check.Documented {
		function += fmt.Sprintf("; profile %s", p)
	}
	t.line(function)
}

// answered says what the target turned out to be: the image of a source, or a
// stage of a Dockerfile.
func answered(info check.Info) string {
	target, name := Sanitise(info.Target, maxWord), Sanitise(info.Name, maxWord)
	if info.Source == sourceDockerfile {
		var out []string
		if file := Sanitise(info.Artifact, maxWord); !strings.HasSuffix(target, file) {
			out = append(out, file)
		}
		if name != "" {
			out = append(out, "stage "+name)
		}
		return strings.Join(out, ", ")
	}
	source := Sanitise(info.Source, maxWord)
	if !strings.Contains(target, name) {
		source += " " + name
	}
	return source
}

// title writes the target with what is known of it on the same line, or below
// it where that is too long.
func (t *textReport) title(target, facts string) {
	name := t.paint.bold.Sprint(target)
	switch {
	case facts == "":
		t.line(name)
	case columns(target)+columns(facts)+3 <= t.width:
		t.line(name, " (", facts, ")")
	default:
		t.line(name)
		t.indented(2, "("+facts+")")
	}
}

// shortDigest returns the digest with 12 digits, as docker shows one.
func shortDigest(digest string) string {
	const prefix, digits = "sha256:", 12
	if strings.HasPrefix(digest, prefix) && len(digest) > len(prefix)+digits {
		return digest[:len(prefix)+digits]
	}
	return digest
}

// maxNotices is how many notices a text shows unless verbose.
const maxNotices = 10

// notices writes what the user should know of the call and the target.
func (t *textReport) notices() {
	all := t.report.Info.Notices
	limit := maxNotices
	if t.options.Verbose {
		limit = maxLocations
	}
	m := t.mark(mark{"!", "notice", t.paint.yellow})
	for i, notice := range all[:min(limit, len(all))] {
		if i == 0 {
			t.line()
		}
		text := Sanitise(notice.Message, maxMessage)
		if !notice.At.IsZero() {
			text = Sanitise(notice.At.Place(), maxWord) + ": " + text
		}
		t.paragraph(m, markWidth, text)
	}
	if more := len(all) - limit; more > 0 {
		t.paragraph(m, markWidth, fmt.Sprintf("and %d more", more))
	}
}

// troubles writes what kept rules from being checked.
func (t *textReport) troubles() {
	for _, err := range t.report.Errors() {
		var ids []string
		for _, result := range t.rows.troubled {
			if result.Err.Error() == err.Error() {
				ids = append(ids, result.Rule.ID)
			}
		}
		t.line()
		what := "this went wrong:"
		if len(ids) > 0 {
			what = plural(len(ids), "rule") + " could not be checked"
		}
		t.line(t.mark(mark{"✗", "trouble", t.paint.red}), what)
		t.indented(2, Sanitise(err.Error(), maxMessage))
		if t.options.Verbose && len(ids) > 0 {
			t.labelled("rules:", strings.Join(ids, " "))
		}
	}
}
