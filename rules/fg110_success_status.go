// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var successStatus = &check.Rule{
	ID:    "FG110",
	Name:  "success-status",
	Title: "The probes are not answered with a server error",
	Why: `Every status outside 2xx counts as a failure of the function in its metrics and
alarms. A 5xx answer to a plain request most often means that the function
starts but cannot work: a variable is missing, a folder is closed to it.`,
	Fix: `Read the container's log for the request, and mend what it names.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    needsRun,
}
