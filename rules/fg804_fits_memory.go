// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var fitsMemory = &check.Rule{
	ID:    "FG804",
	Name:  "fits-memory",
	Title: "The function fits its memory",
	Why: `A process that needs more memory than the function has is killed: 4205, runtime
memory limit exceeded, or 4204, "runtime process is exited", when the kernel is
faster than the platform.`,
	Fix: `Give the function the next memory size that fits with some room, or limit what
the program takes (worker count, heap size, caches).`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Levels:   "XF",
	Check:    needsRun,
}
