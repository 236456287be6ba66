// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

var strictly = check.Gate{FailOn: check.Error, Strict: true}

// recorded returns the baseline of the reports, read from what it writes.
func recorded(t *testing.T, o report.Options, reports ...*check.Report) *report.Baseline {
	t.Helper()
	b := report.NewBaseline("known.json", o)
	for _, r := range reports {
		b.Record(r)
	}
	return reread(t, b, o)
}

func reread(t *testing.T, b *report.Baseline, o report.Options) *report.Baseline {
	t.Helper()
	out, err := report.ReadBaseline(strings.NewReader(write(t, b.Write)), "known.json", o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// applied returns what becomes of the report under the baseline: the IDs of the
// rules that it suppresses, and the exit code.
func applied(b *report.Baseline, r *check.Report, g check.Gate) (hidden string, code int) {
	b.Apply(r)
	var ids []string
	for _, result := range r.Results {
		if result.Baseline {
			ids = append(ids, result.Rule.ID)
		}
	}
	return strings.Join(ids, " "), r.ExitCode(g)
}

// of returns a report of the target with these results.
func of(target string, results ...check.Result) *check.Report {
	info := check.Info{Target: target, Source: "registry", Name: target}
	return &check.Report{Info: info, Function: &check.Function{}, Results: results}
}

var (
	isRoot  = row(nonroot, check.Failf(check.At("config", "User"), "USER is root"))
	noHome  = row(home, check.Failf(check.At("config", "Env"), "HOME is not set"))
	hasHome = row(home, check.Passf(check.At("config", "Env"), "HOME is /home/app"))
)

func TestBaselineFile(t *testing.T) {
	golden(t, "baseline.json", func(w io.Writer) error {
		b := report.NewBaseline("known.json", report.Options{Gate: strictly, Dir: "/src/ci", Root: "/src"})
		for _, r := range []*check.Report{failing(), dockerfile(), hostile(), of("app:1.0", isRoot), of("app:2.0", isRoot)} {
			b.Record(r)
		}
		return b.Write(w)
	})
}

func TestBaselineHidesWhatItKnows(t *testing.T) {
	undecided := row(executable, check.Unknownf("check the image", "not known before the build"))
	lax := check.Gate{FailOn: check.Error}
	for name, c := range map[string]struct {
		before, now []check.Result
		gate        check.Gate
		hidden      string
		code        int
	}{
		"nothing":                {nil, nil, lax, "", 0},
		"all is known":           {[]check.Result{isRoot, noHome}, []check.Result{isRoot, noHome}, lax, "FG202 FG501", 0},
		"one is new":             {[]check.Result{isRoot}, []check.Result{isRoot, noHome}, lax, "FG202", 1},
		"elsewhere":              {[]check.Result{noHome}, []check.Result{row(home, check.Failf(check.At("config", "Env.HOME"), "HOME is empty"))}, lax, "", 1},
		"another message":        {[]check.Result{noHome}, []check.Result{row(home, check.Failf(check.At("config", "Env"), "no HOME"))}, lax, "FG501", 0},
		"of less severity":       {[]check.Result{row(accountEntry, check.Failf(check.Location{}, "none"))}, []check.Result{row(accountEntry, check.Failf(check.Location{}, "none"))}, check.Gate{FailOn: check.Note}, "FG205", 0},
		"suppressed otherwise":   {[]check.Result{isRoot}, []check.Result{suppressed(isRoot, "why")}, lax, "", 0},
		"was suppressed before":  {[]check.Result{suppressed(isRoot, "why")}, []check.Result{isRoot}, lax, "", 1},
		"undecided":              {[]check.Result{undecided}, []check.Result{undecided}, strictly, "FG302", 0},
		"undecided is no matter": {[]check.Result{undecided}, []check.Result{undecided}, lax, "", 0},
		"undecided and failed":   {[]check.Result{undecided}, []check.Result{row(executable, check.Failf(check.Location{}, "mode 0644"))}, strictly, "", 1},
		"trouble":                {[]check.Result{broken(home, io.ErrUnexpectedEOF)}, []check.Result{broken(home, io.ErrUnexpectedEOF)}, strictly, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			o := report.Options{Gate: c.gate}
			hidden, code := applied(recorded(t, o, of("app:1", c.before...)), of("app:2", c.now...), c.gate)
			if hidden != c.hidden || code != c.code {
				t.Errorf("hides %q and exits %d, want %q and %d", hidden, code, c.hidden, c.code)
			}
		})
	}
}

// The paths in a baseline begin in its folder, wherever the program runs.
func TestBaselineKnowsFilesFromItsFolder(t *testing.T) {
	src := filepath.Join(t.TempDir(), "src")
	fails := func(path string) *check.Report {
		r := of(path, isRoot)
		r.Info = check.Info{Target: path, Source: "dockerfile", Artifact: path}
		return r
	}
	from := func(root, dir string) report.Options {
		return report.Options{Root: filepath.Join(src, root), Dir: filepath.Join(src, dir)}
	}
	for _, c := range []struct{ root, target, dir, now string }{
		{"", "api/Dockerfile", "api", "Dockerfile"},
		{"ci", "../api/Dockerfile", "api", "./Dockerfile"},
		{"ci", "../api/Dockerfile", "", filepath.Join(src, "api", "Dockerfile")},
	} {
		b := report.NewBaseline("known.json", from(c.root, c.root))
		b.Record(fails(c.target))
		if out := write(t, b.Write); strings.Contains(out, src) {
			t.Errorf("%s holds a path of this machine", out)
		}
		if hidden, _ := applied(reread(t, b, from(c.root, c.dir)), fails(c.now), onErrors); hidden != "FG202" {
			t.Errorf("%s is not known in %q as %s", c.target, c.dir, c.now)
		}
	}
}

// A newer base image that brings the same along is nothing new, while another
// line of one's own is.
func TestBaselineOutlivesBaseImages(t *testing.T) {
	built := func(from, env string) *check.Report {
		at := func(line int, base string) check.Location {
			return check.Location{Artifact: "Dockerfile", Line: line, Base: base}
		}
		r := of("Dockerfile", row(nonroot, check.Failf(at(1, from), "%s runs as root", from)), row(home, check.Failf(at(2, ""), "HOME is relative")))
		r.Info = check.Info{Target: "Dockerfile", Source: "dockerfile", Artifact: "Dockerfile", Text: "FROM " + from + "\nENV " + env + "\n"}
		return r
	}
	before := built("python:3.12-slim", "HOME=app")
	for _, c := range []struct {
		now    *check.Report
		hidden string
	}{
		{built("python:3.12-slim", "HOME=app"), "FG202 FG501"},
		{built("python:3.13-slim", "HOME=app"), "FG202 FG501"},
		{built("python:3.12-slim", "HOME=home/app"), "FG202"},
	} {
		b := recorded(t, report.Options{}, before)
		if hidden, _ := applied(b, c.now, onErrors); hidden != c.hidden {
			t.Errorf("hides %q, want %q, in\n%s", hidden, c.hidden, c.now.Info.Text)
		}
	}
}

func TestBaselineGone(t *testing.T) {
	built := func(stage string, result check.Result) *check.Report {
		r := of("Dockerfile", result)
		r.Info = check.Info{Target: "Dockerfile", Source: "dockerfile", Artifact: "Dockerfile", Name: stage}
		return r
	}
	needsStart := row(home, needsRun)
	for name, c := range map[string]struct {
		before *check.Report
		now    []*check.Report
		gone   string
	}{
		"still there":      {of("app:1", noHome), []*check.Report{of("app:1", noHome)}, ""},
		"mended":           {of("app:1", noHome), []*check.Report{of("app:2", hasHome)}, "[FG501 of app: HOME is not set]"},
		"does not apply":   {of("app:1", noHome), []*check.Report{of("app:1", row(home, check.NotApplicablef("no home")))}, "[FG501 of app: HOME is not set]"},
		"moved":            {of("app:1", noHome), []*check.Report{of("app:1", row(home, check.Failf(check.At("config", "Env.HOME"), "empty")))}, "[FG501 of app: HOME is not set]"},
		"skipped":          {of("app:1", noHome), []*check.Report{of("app:1", suppressed(noHome, "why"))}, ""},
		"not decided":      {of("app:1", noHome), []*check.Report{of("app:1", needsStart)}, ""},
		"not checked":      {of("app:1", noHome), []*check.Report{of("web:1", hasHome), of("app:1", isRoot)}, ""},
		"in one tag":       {of("app:1", noHome), []*check.Report{of("app:1", noHome), of("app:2", hasHome)}, ""},
		"maybe in one tag": {of("app:1", noHome), []*check.Report{of("app:1", needsStart), of("app:2", hasHome)}, ""},
		"of a stage":       {built("api", noHome), []*check.Report{built("api", hasHome)}, "[FG501 of Dockerfile (stage api): HOME is not set]"},
		"of another stage": {built("api", noHome), []*check.Report{built("web", hasHome)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := recorded(t, report.Options{}, c.before)
			for _, r := range c.now {
				b.Apply(r)
			}
			if got := strings.TrimPrefix(fmt.Sprint(b.Gone()), "[]"); got != c.gone {
				t.Errorf("gone is %q, want %q", got, c.gone)
			}
		})
	}
}

func TestBaselineInReports(t *testing.T) {
	r := of("app:1", isRoot, suppressed(row(exposes, check.Failf(check.Location{}, "8080")), "the proxy maps it"), noHome, row(executable, check.Unknownf("build it", "not known")))
	recorded(t, report.Options{Gate: strictly}, r).Apply(r)

	for width, want := range map[bool][]string{
		false: {"2 findings of the baseline known.json are hidden\n", "\npassed: the baseline lets 2 findings through\n", "the proxy maps it", "  not known\n  to decide: build it\n  suppressed: was there before (baseline known.json)\n"},
		true:  {"USER is root", "HOME is not set", "suppressed: was there before (baseline known.json)\n"},
	} {
		got := text(t, r, report.TextOptions{Gate: strictly, Verbose: width, Baseline: "known.json"})
		for _, line := range want {
			if !strings.Contains(got, line) {
				t.Errorf("verbose %v: the text lacks %q:\n%s", width, line, got)
			}
		}
		if hidden := !strings.Contains(got, "USER is root"); hidden == width {
			t.Errorf("verbose %v: the row is hidden: %v", width, hidden)
		}
	}

	d := document(t, []*check.Report{r}, strictly)
	if err := compiledSchema(t).Validate(d); err != nil {
		t.Error(err)
	}
	var inJSON []any
	for _, result := range d["targets"].([]any)[0].(map[string]any)["results"].([]any) {
		inJSON = append(inJSON, result.(map[string]any)["baseline"])
	}
	if diff := cmp.Diff([]any{true, nil, true, true}, inJSON); diff != "" {
		t.Errorf("the member baseline (-want +got):\n%s", diff)
	}

	sarif := write(t, func(w io.Writer) error { return report.SARIF(w, []*check.Report{r}, report.Options{Gate: strictly}) })
	if n := strings.Count(strings.ReplaceAll(sarif, " ", ""), `"kind":"external"`); n != 2 {
		t.Errorf("SARIF has %d external suppressions, want 2:\n%s", n, sarif)
	}
}

// One finding is told in the singular, and nothing is said of a push.
func TestBaselineInTextOfOne(t *testing.T) {
	r := withSWR()
	r.Results = append(r.Results, row(userResolves, check.Failf(check.Location{}, "no such user")))
	recorded(t, report.Options{}, r).Apply(r)
	got := text(t, r, report.TextOptions{Gate: onErrors, Baseline: "known.json"})
	if !strings.Contains(got, "1 finding of the baseline known.json is hidden\n") || strings.Contains(got, "docker push") {
		t.Error(got)
	}
}

var malformedBaselines = map[string]string{
	"":                   "line 1: unexpected end of JSON input",
	"{\n<<<<<<< HEAD\n}": "line 2: invalid character '<' looking for beginning of object key string",
	`{"schema": "fgpreflight.baseline/v1", "findings": []} {}`:               "line 1: invalid character '{' after top-level value",
	`{"schema": "fgpreflight.report/v1", "targets": []}`:                     `its schema is "fgpreflight.report/v1" and not "fgpreflight.baseline/v1"`,
	`{"schema": "fgpreflight.baseline/v1"}`:                                  "it has no findings, not even an empty list",
	`[]`:                                                                     "line 1: json: cannot unmarshal array into Go value of type report.baselineDocument",
	`{"schema": "fgpreflight.baseline/v1", "findings": [{}]}`:                "finding 1: it names no rule",
	`{"schema": "fgpreflight.baseline/v1", "findings": [{"rule": "FG202"}]}`: "finding 1: it names no target",
	`{"schema": "fgpreflight.baseline/v1", "findings": [{"rule": "FG202", "target": "app", "fingerprint": "\u001b"}]}`: `finding 1: "\\x1b" is not a fingerprint`,
	strings.Repeat(" ", 16<<20) + "{}": "more than 16777216 bytes",
}

func TestReadBaselineRefuses(t *testing.T) {
	for raw, want := range malformedBaselines {
		if _, err := report.ReadBaseline(strings.NewReader(raw), "known.json", report.Options{}); err == nil || err.Error() != want {
			t.Errorf("%.60s: %v, want %s", raw, err, want)
		}
	}
	if _, err := report.ReadBaseline(failingReader{}, "known.json", report.Options{}); err == nil {
		t.Error("what cannot be read is a baseline")
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// FuzzReadBaseline checks that a baseline that can be read is written so that it
// can be read again as the same, and that what is gone is told in one line.
func FuzzReadBaseline(f *testing.F) {
	for raw := range malformedBaselines {
		f.Add(raw[:min(len(raw), 1000)])
	}
	good, err := json.Marshal(map[string]any{"schema": report.BaselineSchemaID, "findings": []any{map[string]any{
		"target": "app", "stage": evil, "rule": "FG501", "message": evil, "fingerprint": strings.Repeat("0a", 16), "since": "1.0",
	}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(good))
	f.Fuzz(func(t *testing.T, raw string) {
		b, err := report.ReadBaseline(strings.NewReader(raw), "known.json", report.Options{})
		if err != nil {
			return
		}
		b.Apply(of("app", hasHome))
		for _, known := range b.Gone() {
			if line := known.String(); line != report.Sanitise(line, len(line)) {
				t.Errorf("%q may deceive a terminal", line)
			}
		}
		first := write(t, b.Write)
		if second := write(t, reread(t, b, report.Options{}).Write); first != second {
			t.Errorf("another baseline (-first +second):\n%s", cmp.Diff(first, second))
		}
	})
}
