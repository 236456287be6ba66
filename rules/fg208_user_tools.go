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
		mend, err := toolMend(ctx, s, missing[0], build)
		return withoutTools(missing).WithFix("%s", mend), err
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
// for its base image, yet without a mend.
func withoutTools(missing []check.ToolUse) check.Verdict {
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
	return check.Failf(at[0], "%s", cut(strings.Join(messages, "; "), maxMend)).Also(at[1:]...)
}

// toolMend returns the lines that do with the base image's own programs what
// the missing one is there for.
func toolMend(ctx context.Context, s *check.Subject, use check.ToolUse, build *check.Build) (string, error) {
	user := ""
	config, err := s.Config(ctx)
	switch {
	case err == nil:
		user = config.User.Or("")
	case !isUnavailable(err):
		return "", err
	}
	account := accountOf(user, proposedUser(s.Function()))
	switch use.Instead {
	case "adduser", "addgroup":
		return fmt.Sprintf("use the programs of the base image instead of %s:\n\n%s", use.Name, account.line(busyboxMaker)), nil
	case "useradd", "groupadd":
		return fmt.Sprintf("use groupadd and useradd instead of %s:\n\n%s", use.Name, account.line(shadowMaker)), nil
	case "":
		return withoutTool(use, account.who, build), nil
	default:
		return fmt.Sprintf("use %s in place of %s", use.Instead, use.Name), nil
	}
}

// withoutTool returns how to do without a program that the base image has
// nothing in place of.
func withoutTool(use check.ToolUse, who check.Identity, build *check.Build) string {
	if use.Base == build.Base && !hasShell(build) {
		return fmt.Sprintf("take the line with %s out, and name the user by number, which needs no account:\n\nUSER %s", use.Name, who)
	}
	return fmt.Sprintf("take the line with %s out and name the user by number, which needs no account, or install the package that brings it first (shadow on Alpine, shadow-utils on Red Hat):\n\nUSER %s", use.Name, who)
}

// accountOf returns the account that a USER line names, or one with the usual
// name where it names none.
func accountOf(user string, who check.Identity) newAccount {
	name, group, _ := strings.Cut(user, ":")
	if isNumber(name) || !typeable(name) || name == "root" {
		name = usualName
	}
	if isNumber(group) || !typeable(group) || group == "root" {
		group = name
	}
	return newAccount{who: who, user: name, group: group}
}
