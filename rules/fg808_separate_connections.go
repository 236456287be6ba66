// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var separateConnections = &check.Rule{
	ID:    "FG808",
	Name:  "separate-connections",
	Title: "Requests on connections of their own are all answered",
	Why: `FunctionGraph does not keep connections alive: each request comes on a new one.
A server that serves its first connection and then no other looks healthy in a
first test and hangs afterwards.`,
	Fix: `Accept connections in a loop, each served on its own, as every web framework
does.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    needsRun,
}
