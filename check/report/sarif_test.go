// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// runOf returns the run that SARIF writes of a report.
func runOf(t *testing.T, r *check.Report, o report.Options) sarifRun {
	t.Helper()
	return sarifRunOf(t, write(t, func(w io.Writer) error { return report.SARIF(w, []*check.Report{r}, o) }))
}

// sarifPlace is where a result is.
type sarifPlace struct {
	URI, URIBaseID                 string
	StartLine, StartColumn, EndCol int
}

func placeOf(r sarifResult) sarifPlace {
	p := r.Locations[0].Physical
	return sarifPlace{p.Artifact.URI, p.Artifact.URIBaseID, p.Region.StartLine, p.Region.StartColumn, p.Region.EndColumn}
}

func TestSARIFPlaces(t *testing.T) {
	file := func(artifact string) check.Info {
		return check.Info{Source: "dockerfile", Target: artifact, Artifact: artifact, Text: "FROM a\nUSER 日\n"}
	}
	repository := report.Options{Dir: "/repo/sub", Root: "/repo"}
	user := check.Location{Line: 2, Column: 6, Width: 1}
	const root = "%SRCROOT%"
	for _, c := range []struct {
		name string
		info check.Info
		at   check.Location
		o    report.Options
		want sarifPlace
	}{
		{"a word", file("Dockerfile"), user, plain, sarifPlace{"Dockerfile", root, 2, 6, 7}},
		{"a line", file("Dockerfile"), check.Location{Line: 2}, plain, sarifPlace{"Dockerfile", root, 2, 0, 0}},
		{"a point", file("Dockerfile"), check.Location{Line: 2, Column: 6}, plain, sarifPlace{"Dockerfile", root, 2, 6, 0}},
		{"below the root", file("Dockerfile"), user, repository, sarifPlace{"sub/Dockerfile", root, 2, 6, 7}},
		{"beside the folder", file("../api/./Dockerfile"), user, repository, sarifPlace{"api/Dockerfile", root, 2, 6, 7}},
		{"an absolute path", file("/repo/api/Dockerfile"), user, repository, sarifPlace{"api/Dockerfile", root, 2, 6, 7}},
		{"outside of the root", file("/etc/Dockerfile"), user, repository, sarifPlace{"file:///etc/Dockerfile", "", 2, 6, 7}},
		{"outside, relative", file("../../Dockerfile"), user, repository, sarifPlace{"file:///Dockerfile", "", 2, 6, 7}},
		{"odd characters", file("a b/50%:#?[x]\n\xffü"), user, plain, sarifPlace{"a%20b/50%25%3A%23%3F%5Bx%5D%0A%FF%C3%BC", root, 2, 6, 7}},
		{"a flag", file("Dockerfile"), check.Location{Artifact: "--uid"}, plain, sarifPlace{"Dockerfile", root, 1, 0, 0}},
		{"no evidence", file("Dockerfile"), check.Location{}, plain, sarifPlace{"Dockerfile", root, 1, 0, 0}},
		{"standard input", file("-"), user, plain, sarifPlace{"-", "", 1, 0, 0}},
		{
			"an image of a registry",
			check.Info{Source: "registry", Target: "registry:r.example:5000/a/b:1", Name: "r.example:5000/a/b:1"},
			check.At("config", "User"), plain,
			sarifPlace{"r.example%3A5000/a/b", "", 1, 0, 0},
		},
		{
			"a digest",
			check.Info{Source: "registry", Target: "x", Name: "r.example/a:1@sha256:0123"},
			check.At("config", "User"), plain,
			sarifPlace{"r.example/a", "", 1, 0, 0},
		},
		{
			"a file of an image",
			check.Info{Source: "docker-archive", Target: "docker-archive:out/app.tar", Name: "app:1"},
			check.Location{Artifact: "/etc/passwd", Line: 3},
			repository,
			sarifPlace{"sub/out/app.tar", "", 1, 0, 0},
		},
		{
			"an archive on standard input",
			check.Info{Source: "docker-archive", Target: "-", Name: "hello:1.0"},
			check.At("config", "User"), plain,
			sarifPlace{"hello", "", 1, 0, 0},
		},
		{"what could not be opened", check.Info{Target: "missing.tar"}, check.Location{}, plain, sarifPlace{"missing.tar", "", 1, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.at.Line > 0 && c.at.Artifact == "" {
				c.at.Artifact = c.info.Artifact
			}
			r := &check.Report{Info: c.info, Function: &check.Function{}, Results: []check.Result{row(nonroot, check.Failf(c.at, "USER is root"))}}
			if diff := cmp.Diff(c.want, placeOf(runOf(t, r, c.o).Results[0])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A result is known again when lines move, and is another when its own line
// changes, in another file or for another rule.
func TestFingerprints(t *testing.T) {
	fingerprint := func(rule *check.Rule, artifact, text, line string) string {
		at := check.Location{Artifact: artifact, Column: 6, Width: 4}
		for i, candidate := range strings.Split(text, "\n") {
			if strings.TrimSpace(candidate) == line {
				at.Line = i + 1
			}
		}
		r := &check.Report{
			Info:     check.Info{Source: "dockerfile", Target: artifact, Artifact: artifact, Text: text},
			Function: &check.Function{}, Results: []check.Result{row(rule, check.Failf(at, "USER is root"))},
		}
		out := runOf(t, r, plain).Results[0].Fingerprints
		if len(out) != 1 {
			t.Fatalf("the fingerprints are %v", out)
		}
		return out["ruleAndLine/v1"]
	}
	const text = "FROM a\nUSER root\n"
	want := fingerprint(nonroot, "Dockerfile", text, "USER root")
	for name, got := range map[string]string{
		"a line before":  fingerprint(nonroot, "Dockerfile", "# moved\n\n"+text, "USER root"),
		"a line behind":  fingerprint(nonroot, "Dockerfile", text+"CMD x\n", "USER root"),
		"blanks":         fingerprint(nonroot, "./Dockerfile", "FROM a\n\tUSER root \n", "USER root"),
		"another ending": fingerprint(nonroot, "Dockerfile", "FROM a\r\nUSER root\r\n", "USER root"),
	} {
		if got != want {
			t.Errorf("%s makes it another result", name)
		}
	}
	for name, got := range map[string]string{
		"another line": fingerprint(nonroot, "Dockerfile", "FROM a\nUSER 0\n", "USER 0"),
		"another file": fingerprint(nonroot, "api/Dockerfile", text, "USER root"),
		"another rule": fingerprint(userResolves, "Dockerfile", text, "USER root"),
	} {
		if got == want {
			t.Errorf("%s makes it the same result", name)
		}
	}
}

// What an image has keeps its fingerprint from tag to tag; GitHub finds no file
// that it could compute one from.
func TestImageFingerprints(t *testing.T) {
	fingerprints := func(name, key string) map[string]string {
		r := &check.Report{
			Info:     check.Info{Source: "registry", Target: name, Name: name, Digest: name},
			Function: &check.Function{}, Results: []check.Result{row(nonroot, check.Failf(check.At("config", key), "USER is root"))},
		}
		return runOf(t, r, plain).Results[0].Fingerprints
	}
	first := fingerprints("r.example/app:1", "User")
	if first["primaryLocationLineHash"] != first["ruleAndLine/v1"]+":1" {
		t.Errorf("GitHub gets %v", first)
	}
	if diff := cmp.Diff(first, fingerprints("r.example/app:2", "User")); diff != "" {
		t.Errorf("another tag (-first +second):\n%s", diff)
	}
	for _, other := range []map[string]string{fingerprints("r.example/api:1", "User"), fingerprints("r.example/app:1", "Env.HOME")} {
		if cmp.Equal(first, other) {
			t.Errorf("two results have the fingerprints %v", first)
		}
	}
}

func TestSARIFKinds(t *testing.T) {
	r := failing()
	r.Policy.Skip = map[string]string{exposes.ID: "the proxy in front maps it, see OPS-12"}
	r.Results = append(r.Results, suppressed(row(argsOverride, check.Failf(check.At("config", "Cmd"), "it is dropped")), "on purpose"))
	type shown struct{ Kind, Level, Suppression string }
	describe := func(results []sarifResult) map[string]shown {
		out := map[string]shown{}
		for _, result := range results {
			s := shown{result.Kind, result.Level, ""}
			if len(result.Suppressions) > 0 {
				s.Suppression = result.Suppressions[0].Kind + ": " + result.Suppressions[0].Justification
			}
			out[result.RuleID] = s
		}
		return out
	}
	want := map[string]shown{
		"FG202": {"fail", "error", ""}, "FG501": {"fail", "error", ""}, "FG205": {"fail", "note", ""},
		"FG103": {"fail", "warning", "external: the proxy in front maps it, see OPS-12"},
		"FG411": {"fail", "warning", "inSource: on purpose"},
	}
	if diff := cmp.Diff(want, describe(runOf(t, r, plain).Results)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	strict := report.Options{Gate: check.Gate{FailOn: check.Error, Strict: true}}
	want["FG206"] = shown{"open", "none", ""} // FG604 is deferred.
	if diff := cmp.Diff(want, describe(runOf(t, r, strict).Results)); diff != "" {
		t.Errorf("with --strict (-want +got):\n%s", diff)
	}
	all := describe(runOf(t, r, report.Options{Gate: onErrors, Verbose: true}).Results)
	for id, want := range map[string]shown{
		"FG001": {"pass", "none", ""}, "FG604": {"open", "none", ""}, "FG901": {"notApplicable", "none", ""}, "FG202": {"fail", "error", ""},
	} {
		if all[id] != want {
			t.Errorf("with --verbose %s is %+v, want %+v", id, all[id], want)
		}
	}
}

// In a plain message, SARIF takes [this](1) for a link.
func TestSARIFMessages(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`CMD ["a\\b"] {0}`, `CMD ["a\\b"] {0}`},
		{`see [a](1) and [b] \`, `see \[a\](1) and \[b\] \\`},
	} {
		r := many(1, "")
		r.Results[0].Verdict = check.Failf(check.Location{}, "%s", c.text)
		if got := runOf(t, r, plain).Results[0].Message.Text; got != c.want {
			t.Errorf("%s becomes %s, want %s", c.text, got, c.want)
		}
	}
}
