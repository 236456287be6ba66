// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"errors"
	"io/fs"

	"github.com/fgpreflight/fgpreflight/check"
)

var tmpUsable = &check.Rule{
	ID:    "FG308",
	Name:  "tmp-usable",
	Title: "The image's /tmp is absent, or a folder that everybody may write to",
	Why: `/tmp is the one place that FunctionGraph promises for writing, 512 MB unless the
function sets more. Libraries put temporary files, uploads and sockets there. With
a /tmp in the image that is closed to 1003:1003, or that is no folder, they fail
("permission denied") in every local test, and on the platform where it does not
lay a folder of its own over it.`,
	Fix: `Give it the mode that every distribution gives it, before the USER line:

	RUN chmod 1777 /tmp`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/productdesc-functiongraph/functiongraph_01_0150.html",
		"https://github.com/opentelekomcloud-docs/function-graph",
	},
	Severity: check.Warning,
	Levels:   "R",
	Bad: `-- files --
/tmp dir mode=0755
`,
	Good: `-- files --
/tmp dir mode=1777
`,
	Check: checkTmpUsable,
}

func checkTmpUsable(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	fsys, err := s.Tree(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	at, who := check.AtFile("/tmp"), s.Function().RunsAs()
	tmp, obstacle, err := check.Reach(fsys, "/tmp", who, check.Read|check.Write|check.Execute)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missingTmp(fsys, at)
	case err != nil:
		return check.Verdict{}, err
	case obstacle != nil && !obstacle.Final:
		return check.Failf(at, "%s cannot reach /tmp: %s is closed (%s)", who, brief(obstacle.Path), ownership(obstacle.Owned)).
			WithFix("open the folder around /tmp"+beforeUser+"%s", chmodLine(obstacle.Owned, who, check.Execute)), nil
	case !tmp.Mode.IsDir():
		return check.Failf(at, "/tmp is %s, not a folder", kindOf(tmp.Mode)).
			WithFix("put a folder in the place of that" + beforeUser + "RUN rm /tmp && mkdir -m 1777 /tmp"), nil
	case obstacle != nil:
		return check.Failf(at, "/tmp is closed to %s (%s)", who, ownership(tmp)).
			WithFix("open it to everybody"+beforeUser+"RUN chmod 1777 %s", named(tmp.Path, "<path>")), nil
	default:
		return check.Passf(at, "%s may write to /tmp (%s)", who, ownership(tmp)), nil
	}
}

// missingTmp is the verdict where nothing is reached under /tmp.
func missingTmp(fsys fs.FS, at check.Location) (check.Verdict, error) {
	switch _, err := fs.Lstat(fsys, "tmp"); {
	case errors.Is(err, fs.ErrNotExist):
		return check.Passf(at, "/tmp is absent, so that the platform's own is used"), nil
	case err != nil:
		return check.Verdict{}, err
	default:
		return check.Failf(at, "/tmp is a symbolic link that leads to nothing").
			WithFix("put a folder in the place of the link" + beforeUser + "RUN rm /tmp && mkdir -m 1777 /tmp"), nil
	}
}
