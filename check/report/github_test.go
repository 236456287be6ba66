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

// The escapes are those of GitHub's own toolkit, so that its runner gets back
// what was meant.
func TestGitHubEscapes(t *testing.T) {
	info := check.Info{Source: "dockerfile", Artifact: "a,b:c/50%.Dockerfile", Text: "USER 50%0A"}
	at := check.Location{Artifact: info.Artifact, Line: 1, Column: 6, Width: 5}
	r := &check.Report{Info: info, Function: &check.Function{}, Results: []check.Result{
		row(nonroot, check.Failf(at, "USER 50%%0A::x, y").WithFix("write:\n\nUSER 1003")),
	}}
	image := &check.Report{Info: check.Info{Source: "docker", Target: "app:1,2%"}, Function: &check.Function{}, Results: []check.Result{
		row(accountEntry, check.Failf(check.AtFile("/etc/passwd"), "no entry")),
	}}
	got := write(t, func(w io.Writer) error { return report.GitHub(w, []*check.Report{r, image}, plain) })
	want := strings.Join([]string{
		"::error file=a%2Cb%3Ac/50%25.Dockerfile,line=1,col=6,endColumn=10,title=FG202 nonroot-user::USER 50%250A::x, y%0Afix: write:%0A%0AUSER 1003",
		"::notice title=FG205 account-entry%3A app%3A1%2C2%25::no entry (/etc/passwd)",
		"",
	}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
