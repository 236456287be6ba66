// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var keepsRunning = &check.Rule{
	ID:    "FG801",
	Name:  "keeps-running",
	Title: "The container keeps running as the effective user",
	Why: `When the main process ends, the instance is broken: requests fail with 4204,
"runtime process is exited", and repeated ends with CrashLoopBackOff. The
platform starts the process as 1003:1003 in /, without capabilities, which is
where most images that work elsewhere end at once.`,
	Fix: `Read the exit code and the last lines of the log that a run shows. Let the
server stay in the foreground, and open what it needs to user 1003.`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Levels:   "X",
	Check:    needsRun,
}
