// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var stopsOnSigterm = &check.Rule{
	ID:    "FG807",
	Name:  "stops-on-sigterm",
	Title: "The program ends within 10 s of SIGTERM",
	Why: `An instance that is no longer needed is asked to end. A process that ignores
SIGTERM, as a shell in front of the server or a program without a handler as
process 1 does, is killed in the middle of its work.`,
	Fix: `Start the server itself as process 1, with the exec form of ENTRYPOINT or CMD
or exec in the start script, and end on SIGTERM.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Note,
	Levels:   "X",
	Check:    needsRun,
}
