// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var unreservedUID = &check.Rule{
	ID:    "FG207",
	Name:  "unreserved-uid",
	Title: "The image's USER is not a UID that FunctionGraph reserves",
	Why: `FunctionGraph keeps the UIDs 1000 and 1002 for itself, and refuses them as the
User ID of a function with FSS.1075. An image made for one of them, as every
image with USER node of the Node bases is, cannot be run as it was built.`,
	Fix: `Use another UID for the account, best the platform's own:

	RUN groupmod -g 1003 node && usermod -u 1003 -g 1003 node
	USER 1003:1003`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph/blob/main/api-ref/source/appendix/error_codes.rst",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Observed: check.Warning,
	Levels:   "DCR",
	Bad: `-- config.json --
{"User": "node"}
-- rootfs/etc/passwd --
node:x:1000:1000::/home/node:/bin/bash
`,
	Good: `-- config.json --
{"User": "1001"}
`,
	Check: checkUnreservedUID,
}

func checkUnreservedUID(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	u, err := s.User(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if verdict, ok := seeUserRule(u.Problem); ok && u.Problem != check.NoSuchGroup { // whose UID is valid
		return verdict, nil
	}
	spec, who := brief(u.Spec), proposedUser(s.Function())
	switch {
	case !isReserved(u.UID):
		return check.Passf(u.At, "UID %d is not reserved", u.UID), nil
	case u.Name == "":
		return check.Failf(u.At, "USER %s is UID %d, which FunctionGraph reserves", spec, u.UID).
			WithFix("use a UID of your own, and chown the files of %d to it:\n\nUSER %s", u.UID, who), nil
	default:
		return check.Failf(u.At, "USER %s is UID %d by its account, which FunctionGraph reserves", spec, u.UID).Also(u.AccountAt).
			WithFix("leave the account %q, chown what it owns to %s, and write:\n\nUSER %s", brief(u.Name), who, who), nil
	}
}
