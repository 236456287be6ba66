// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var listeningAddress = &check.Rule{
	ID:    "FG102",
	Name:  "listening-address",
	Title: "The server listens on all interfaces",
	Why: `The platform's side process dials 127.0.0.1:8000 from inside the container's
network, so a server that listens on loopback alone probably works. The image
samples all listen on every interface, and a server on IPv6 loopback alone is
never reached.`,
	Fix: `Bind the server to 0.0.0.0, for instance

	uvicorn main:app --host 0.0.0.0 --port 8000`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    needsRun,
}
