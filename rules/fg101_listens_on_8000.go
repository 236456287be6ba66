// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var listensOn8000 = &check.Rule{
	ID:    "FG101",
	Name:  "listens-on-8000",
	Title: "A server accepts connections on port 8000 in time",
	Why: `FunctionGraph calls the function at port 8000 and no setting changes the port.
It polls that port from the moment the container starts; where nothing answers
in time, creating the instance fails with 4211 or 4012, "timeout waiting for
http server running", and every request with it.`,
	Fix: `Let the server listen on port 8000 of all IPv4 addresses. Most servers take
the port from a flag or a variable:

	ENV PORT=8000`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Error,
	Levels:   "X",
	Check:    needsRun,
}
