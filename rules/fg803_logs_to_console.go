// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var logsToConsole = &check.Rule{
	ID:    "FG803",
	Name:  "logs-to-console",
	Title: "The program writes its log to the console",
	Why: `FunctionGraph collects what the container writes to standard output and standard
error. A log in a file is lost with the instance, and a failure leaves nothing
to read.`,
	Fix: `Log to standard output. For a program that insists on a file, link it:

	RUN ln -sf /dev/stdout /var/log/app.log`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Note,
	Levels:   "X",
	Check:    needsRun,
}
