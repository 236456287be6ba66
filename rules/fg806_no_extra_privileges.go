// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var noExtraPrivileges = &check.Rule{
	ID:    "FG806",
	Name:  "no-extra-privileges",
	Title: "The program starts without capabilities or a rise of privileges",
	Why: `The platform gives a function no capabilities, and nothing lets it gain any. A
start script that changes owners, switches users or binds a port below 1024
fails there with operation not permitted.`,
	Fix: `Do it at build time: chown in a RUN line, the account in USER, the server on
port 8000.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong-functionsystem",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    needsRun,
}
