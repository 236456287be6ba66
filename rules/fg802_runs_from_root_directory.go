// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

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
	Check:    needsRun,
}
