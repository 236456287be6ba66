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
	Check:    onTrial(judgeLogsToConsole),
}

func judgeLogsToConsole(t *trial) check.Verdict {
	switch {
	case t.Log.Bytes > 0:
		return check.Passf(t.at, "the program wrote %d bytes to the console", t.Log.Bytes)
	case t.Refusal.Kind != check.Started:
		return check.SeeRule("FG801", "keeps-running")
	case t.Exit.Ended:
		return check.Failf(t.at, "the program ended without a word on the console").
			WithFix("write to standard error why the program ends")
	default:
		return check.Failf(t.at, "the program wrote nothing to the console").
			WithFix("log to standard output, one line a request; where the program writes a file, link that" + beforeUser + "RUN ln -sf /dev/stdout /var/log/<program>.log")
	}
}
