// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var userTools = &check.Rule{
	ID:    "FG208",
	Name:  "user-tools",
	Title: "The programs that create the account are in the base image",
	Why: `Each distribution has tools of its own for accounts. Huawei's sample is written
with groupadd and useradd, which Alpine does not have; Debian's adduser is gone
from the slim images of Debian 13, and small images of Red Hat have none at all.
The build then stops: groupadd: not found.`,
	Fix: `Use the tools of the base image.

Debian, Ubuntu, Red Hat:

	RUN groupadd -g 1003 app && useradd -u 1003 -g 1003 -m app

Alpine, BusyBox:

	RUN addgroup -g 1003 app && adduser -D -u 1003 -G app app`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://wiki.alpinelinux.org/wiki/Setting_up_a_new_user",
		"https://manpages.debian.org/stable/passwd/useradd.8.en.html",
	},
	Severity: check.Error,
	Levels:   "D",
	Bad: `-- Dockerfile --
FROM alpine:3.22
RUN groupadd -g 1003 app && useradd -u 1003 -g 1003 -m app
`,
	Good: `-- Dockerfile --
FROM alpine:3.22
RUN addgroup -g 1003 app && adduser -D -u 1003 -G app app
`,
	Check: checkUserTools,
}

func checkUserTools(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	build, err := s.Build(ctx)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case build == nil:
		return check.NotApplicablef("an image does not tell how its accounts were made"), nil
	case len(build.AccountTools) == 0:
		return check.NotApplicablef("no RUN line uses a program that manages accounts"), nil
	}
	var missing []check.ToolUse
	var open error
	for i, use := range build.AccountTools {
		present, _, err := use.Present.Get()
		if err == nil && !present {
			err = fallback(use, build.AccountTools[i+1:])
		}
		switch {
		case err != nil:
			open = cmp.Or(open, err)
		case !present:
			missing = append(missing, use)
		}
	}
	switch {
	case len(missing) > 0:
		return withoutTools(missing, proposedUser(s.Function())), nil
	case open != nil:
		return check.Verdict{}, open
	default:
		first := build.AccountTools[0]
		return check.Passf(first.At, "%s is there, on %s", first.Name, brief(first.Base)), nil
	}
}

// fallback returns the condition under which another program takes the place of
// one that is not there, as in "useradd … || adduser …"; nil for none.
func fallback(use check.ToolUse, later []check.ToolUse) error {
	for _, other := range later {
		if _, _, err := other.Present.Get(); err != nil && other.Name == use.Instead && other.Base == use.Base {
			return err
		}
	}
	return nil
}

// withoutTools is the failure of programs that are not there, each told once
// for its base image.
func withoutTools(missing []check.ToolUse, who check.Identity) check.Verdict {
	var at []check.Location
	names := map[string][]string{}
	var bases []string
	for _, use := range missing {
		at = append(at, use.At)
		if names[use.Base] == nil {
			bases = append(bases, use.Base)
		}
		if !slices.Contains(names[use.Base], use.Name) {
			names[use.Base] = append(names[use.Base], use.Name)
		}
	}
	var messages []string
	for _, base := range bases {
		messages = append(messages, fmt.Sprintf("there is no %s in %s", strings.Join(names[base], " and no "), brief(base)))
	}
	return check.Failf(at[0], "%s", cut(strings.Join(messages, "; "), maxMend)).Also(at[1:]...).
		WithFix("%s", toolMend(missing[0], who))
}

// toolMend returns the lines that do with the base image's own programs what
// the missing one is there for.
func toolMend(use check.ToolUse, who check.Identity) string {
	switch use.Instead {
	case "adduser", "addgroup":
		return fmt.Sprintf("use the programs of the base image instead of %s:\n\nRUN addgroup -g %d app && adduser -D -u %d -G app app", use.Name, who.GID, who.UID)
	case "useradd", "groupadd":
		return fmt.Sprintf("use groupadd and useradd instead of %s:\n\nRUN groupadd -g %d app && useradd -u %d -g %d -m app", use.Name, who.GID, who.UID, who.GID)
	case "":
		return fmt.Sprintf("install the package that brings %s first (shadow on Alpine, shadow-utils on Red Hat), or name the user by number, which needs no account:\n\nUSER %s", use.Name, who)
	default:
		return fmt.Sprintf("use %s in place of %s", use.Instead, use.Name)
	}
}
