// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var runsFromRootDirectory = &check.Rule{
	ID:    "FG802",
	Name:  "runs-from-root-directory",
	Title: "The start command works with / as working directory",
	Why: `FunctionGraph starts every image in /; the image's WORKDIR is not used. A
command that names its script or module relative to WORKDIR does not find it:
no such file, or module not found.`,
	Fix: `Name files by absolute paths, or tell the server its folder:

	CMD ["uvicorn", "--app-dir", "/app", "main:app"]`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://github.com/opentelekomcloud-docs/function-graph",
	},
	Severity: check.Error,
	Levels:   "X",
	Check:    checkRunsFromRoot,
}

func checkRunsFromRoot(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	t, err := trialOf(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	e := t.works(check.InWorkdir)
	if e == nil {
		if v, ok := t.unserved(); ok {
			return v, nil
		}
		return check.Passf(t.at, "the server came up with / as its working directory"), nil
	}
	fix, err := startFix(ctx, s, e.Change)
	if err != nil {
		return check.Verdict{}, err
	}
	return check.Failf(t.at, "the start works in %s and not in /%s", brief(e.Change), t.failure()).WithFix("%s", fix), nil
}

// changeFolderFirst is the mend for a start that works in WORKDIR alone, where
// it is not known what depends on that; change is that of the experiment.
func changeFolderFirst(change string) string {
	workdir := strings.TrimPrefix(change, "WORKDIR ")
	return "name every file of the start from the root, or change to the folder in front of the program and its arguments:\n\n" +
		`ENTRYPOINT ["sh", "-c", "cd ` + named(workdir, "<WORKDIR>") + ` && exec \"$0\" \"$@\"", "<program>"]`
}

// startFix returns the mend for a start that only works in WORKDIR: that for
// the very words of the command which FG402 finds, where it does.
func startFix(ctx context.Context, s *check.Subject, change string) (string, error) {
	v, err := readAbsoluteStart(ctx, s)
	switch {
	case err != nil && !isUnavailable(err):
		return "", err
	case v.Outcome == check.Fail:
		return v.Fix, nil
	default:
		return changeFolderFirst(change), nil
	}
}

// failure tells how a start failed, as a clause.
func (t *trial) failure() string {
	switch {
	case t.Refusal.Kind != check.Started:
		return ": the engine says " + t.refusal()
	case t.Exit.Ended:
		return ", where " + t.ending() + t.logEnd()
	default:
		return ", where port 8000 was not open within " + seconds(t.Waited) + t.logEnd()
	}
}
