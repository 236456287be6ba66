// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what write writes with a file under testdata.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func write(t *testing.T, f func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func text(t *testing.T, r *check.Report, o report.TextOptions) string {
	t.Helper()
	return write(t, func(w io.Writer) error { return report.Text(w, r, o) })
}

// rule returns a rule with little documentation.
func rule(id, name string, severity check.Severity, levels string) *check.Rule {
	return &check.Rule{
		ID: id, Name: name, Title: "The image keeps " + id, Severity: severity, Levels: levels,
		Why: "It breaks.", Fix: "Mend it.", Source: []string{"https://example.com/" + id},
	}
}

var (
	parses         = rule("FG001", "parses", check.Error, "DC")
	listens        = rule("FG101", "listens-on-8000", check.Error, "X")
	listenAddress  = rule("FG102", "listening-address", check.Warning, "X")
	exposes        = rule("FG103", "exposes-8000", check.Warning, "DC")
	nonroot        = rule("FG202", "nonroot-user", check.Error, "DCR")
	accountEntry   = rule("FG205", "account-entry", check.Note, "DR")
	userResolves   = rule("FG206", "user-resolves", check.Error, "DR")
	executable     = rule("FG302", "command-executable", check.Error, "DR")
	tmpEmpty       = rule("FG309", "tmp-empty", check.Note, "R")
	foreground     = rule("FG405", "foreground", check.Error, "DC")
	argsOverride   = rule("FG411", "args-override", check.Warning, "FC")
	home           = rule("FG501", "env-home", check.Error, "DCF")
	manifestType   = rule("FG604", "manifest-type", check.Error, "C")
	attestations   = rule("FG605", "attestations", check.Warning, "C")
	layerType      = rule("FG608", "layer-type", check.Warning, "C")
	swrTag         = rule("FG704", "swr-tag", check.Warning, "U")
	keepsRunning   = rule("FG801", "keeps-running", check.Error, "X")
	functionMemory = rule("FG901", "memory-size", check.Error, "F")
)

// row returns the result of a rule.
func row(r *check.Rule, v check.Verdict, asked ...string) check.Result {
	return check.Result{Rule: r, Severity: r.Severity, Verdict: v, Asked: asked}
}

func deferred(v check.Verdict) check.Verdict {
	v.Deferred = true
	return v
}

func suppressed(r check.Result, reason string) check.Result {
	r.Suppressed = reason
	return r
}

func broken(r *check.Rule, err error) check.Result {
	out := row(r, check.Unknownf("see the error", "the check could not be completed"), "root file system")
	out.Err = err
	return out
}

var archive = check.Info{
	Target: "app.tar", Source: "docker-archive", Name: "app:1.0", Platform: "linux/amd64",
	Digest: "sha256:1f0c4b2d9a3e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeef",
}

var needsRun = deferred(check.Unknownf("pass --run", "%s", check.NotStarted))

// calm is rows that need no attention.
var calm = []check.Result{
	row(parses, check.Passf(check.At("config", ""), "the config is consistent with its 3 layers"), "config", "manifest"),
	row(listens, needsRun),
	row(listenAddress, needsRun),
	row(executable, check.Passf(check.AtFile("/app/server"), "/app/server has mode 0755"), "command", "program"),
	row(foreground, check.Passf(check.At("config", "Cmd"), "/app/server stays in the foreground"), "command"),
	row(argsOverride, check.NotApplicablef("the function sets no arguments")),
	row(keepsRunning, deferred(check.Unknownf("pass --run", "%s", check.NotStarted))),
	row(functionMemory, check.NotApplicablef("the function's memory is not set")),
}

func failing() *check.Report {
	return &check.Report{Info: archive, Function: &check.Function{}, Results: append(
		[]check.Result{
			row(accountEntry, check.Failf(check.AtFile("/etc/passwd"), "UID 1003 and GID 1003 have no entry").
				Also(check.AtFile("/etc/group")).
				WithFix("create the account in the Dockerfile:\n\nRUN groupadd -g 1003 app && useradd -u 1003 -g 1003 -m app\n\non Alpine:\n\nRUN addgroup -g 1003 app && adduser -D -u 1003 -G app app"), "accounts"),
			row(nonroot, check.Failf(check.At("config", "User"), "USER is not set, so the image runs as root").
				WithFix("add as the last USER line of the Dockerfile:\n\nUSER 1003:1003"), "config", "user"),
			suppressed(row(exposes, check.Failf(check.At("config", "ExposedPorts"), "8080/tcp is declared, 8000/tcp is not").
				WithFix("declare the port that the function serves:\n\nEXPOSE 8000"), "config"), "the proxy in front maps it, see OPS-12"),
			row(userResolves, check.SeeRule("FG202", "nonroot-user")),
			row(home, check.Failf(check.At("config", "Env"), "HOME is not set, while the command, /usr/bin/node /app/node_modules/.bin/serve, is known to write its settings below it").
				WithFix("add to the Dockerfile:\n\nENV HOME=/home/app"), "config"),
			row(manifestType, deferred(check.Unknownf("check the pushed image, or an OCI archive", "an archive of docker save has no manifest; the push makes one"))),
			row(attestations, deferred(check.Unknownf("check the pushed image, or an OCI archive", "an archive of docker save has no manifest; the push makes one"))),
			row(layerType, deferred(check.Unknownf("check the pushed image, or an OCI archive", "an archive of docker save has no manifest; the push makes one"))),
			row(tmpEmpty, check.Unknownf("pass --full", "listing files needs every layer of the image")),
		}, calm...)}
}

func passing() *check.Report {
	r := &check.Report{Info: archive, Function: &check.Function{}, Results: append([]check.Result{
		row(nonroot, check.Passf(check.At("config", "User"), "USER 1003 is UID 1003, not root"), "user"),
		row(home, check.Passf(check.At("config", "Env.HOME"), "HOME is /home/app"), "config"),
	}, calm...)}
	return r
}

const swrImage = "swr.sa-brazil-1.myhuaweicloud.com/functiongraph/helloworld:1.0"

// withSWR is the passing report with a name in SWR.
func withSWR() *check.Report {
	r := passing()
	r.Function.SWRName = check.Known(swrImage, check.Location{Artifact: "--swr-name"})
	return r
}

// unreadable is the report of a target that could not be opened.
func unreadable() *check.Report {
	err := errors.New("app.tar: not an archive of an image; make one with docker save -o app.tar NAME")
	return &check.Report{
		Info:     check.Info{Target: "app.tar"},
		Function: &check.Function{Memory: check.Known(int64(100), check.Location{Artifact: "--memory"})},
		Results: []check.Result{
			broken(parses, err), broken(nonroot, err), broken(executable, err), broken(home, err),
			row(listens, needsRun),
			row(argsOverride, check.NotApplicablef("the function sets no arguments")),
			row(functionMemory, check.Failf(check.Location{Artifact: "--memory"}, "100 MB is none of the sizes").
				WithFix("choose the next size:\n\n--memory 128")),
		},
	}
}

// incomplete is the report of a target with a broken layer.
func incomplete() *check.Report {
	r := passing()
	r.Results = append(r.Results,
		broken(userResolves, errors.New("app.tar: reading layer 2: unexpected EOF; make the archive again")),
		broken(accountEntry, errors.New("app.tar: reading layer 2: unexpected EOF; make the archive again")),
		broken(tmpEmpty, &check.PanicError{Rule: "FG309", Cause: "index out of range"}))
	return r
}

// evil is bytes that an image may hold to deceive whoever reads a report.
const evil = "\x1b[2K\r\x1b[1A\x1b]0;x\a✓ passed\n✓ passed   FG202\u202e\u2066\u200f\u061c\u2028\u2029\u0085\x9b31m\xff\x00\t\u200b"

func hostile() *check.Report {
	info := check.Info{
		Target: evil, Source: "oci" + evil, Name: evil, Digest: evil, Platform: evil, Reference: evil,
		Text: evil, Artifact: "/etc/" + evil, Notices: []check.Notice{{Message: evil}},
	}
	at := check.Location{Artifact: "/etc/" + evil, Key: evil, Base: evil}
	r := &check.Report{Info: info, Function: &check.Function{SWRName: check.Known(evil, at)}, Results: []check.Result{
		row(nonroot, check.Failf(at, "USER %s", evil).WithFix("write:\n\nUSER %s", evil), evil),
		suppressed(row(exposes, check.Failf(at, "port %s", evil)), evil),
		row(home, check.Unknownf(evil, "%s", evil), evil),
		row(foreground, check.Passf(at, "%s", evil)),
		row(argsOverride, check.NotApplicablef("%s", evil)),
		broken(executable, errors.New(evil)),
		row(userResolves, check.Failf(at, "%s", evil).WithFix("%s", evil)),
	}}
	r.Trial = &check.TrialSummary{Engine: evil, Log: slices.Repeat([]string{evil}, 500)}
	for i := range 500 {
		at.Line, at.Base = i+1, map[bool]string{true: evil}[i%2 == 0]
		r.Results[0].At = append(r.Results[0].At, at)
	}
	return r
}
