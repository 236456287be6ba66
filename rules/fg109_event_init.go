// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var eventInit = &check.Rule{
	ID:    "FG109",
	Name:  "event-init",
	Title: "An event function with initialization answers POST /init",
	Why: `With initialization switched on, FunctionGraph sends POST /init once before the
first event. Its status is not looked at, but a connection that fails or an
answer that takes longer than the initializer timeout ends the instance with
4201, init failed.`,
	Fix: `Serve POST /init and answer when the function is ready, or switch
initialization off in the function's settings.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0104.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Error,
	Levels:   "XF",
	Check:    whenInitializing(needsRun),
}
