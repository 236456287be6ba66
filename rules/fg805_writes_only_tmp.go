// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var writesOnlyTmp = &check.Rule{
	ID:    "FG805",
	Name:  "writes-only-tmp",
	Title: "The program writes to /tmp and mounts alone",
	Why: `Only /tmp, 512 MB unless set otherwise, and mounted file systems are promised to
be writable. Files elsewhere count against limits of disk and inodes (4207,
4221) and are gone with the instance.`,
	Fix: `Lead caches, pid files and uploads to /tmp, for instance

	ENV XDG_CACHE_HOME=/tmp/.cache`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://support.huaweicloud.com/intl/en-us/productdesc-functiongraph/functiongraph_01_0150.html",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    needsRun,
}
