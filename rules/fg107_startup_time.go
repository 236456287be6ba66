// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var startupTime = &check.Rule{
	ID:    "FG107",
	Name:  "startup-time",
	Title: "The server listens within 10 s of its start",
	Why: `A cold start lasts until the server listens, with the share of a CPU that the
function's memory brings: 0.1 core at 128 MB. Requests wait that long, and
those through the gateway end after 5 s unless the trigger says otherwise.`,
	Fix: `Do at build time what the start does now (compiling, downloading, installing),
load what is large on the first request, or give the function more memory.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong",
		"https://github.com/fg-serverless-app/fg-blender",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    needsRun,
}
