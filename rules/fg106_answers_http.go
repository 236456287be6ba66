// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var answersHTTP = &check.Rule{
	ID:    "FG106",
	Name:  "answers-http",
	Title: "Port 8000 answers plain HTTP/1",
	Why: `TLS ends at the gateway: FunctionGraph speaks plain HTTP/1.1 to the container.
A server that expects TLS, speaks HTTP/2 without upgrade or another protocol,
or accepts connections and stays silent, makes every request fail although the
port is open.`,
	Fix: `Serve plain HTTP on port 8000. Switch TLS off in the server, and let HTTP/2
be optional.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Error,
	Levels:   "X",
	Check:    needsRun,
}
