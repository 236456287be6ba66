// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"regexp"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var nonrootUser = &check.Rule{
	ID:    "FG202",
	Name:  "nonroot-user",
	Title: "The image's USER is not root",
	Why: `FunctionGraph refuses root as the user of a function and starts the image as
1003:1003, whatever USER says. An image that was built and tested as root meets
the platform's user for the first time in production, where its files and
folders are closed to it. Huawei's guide to functions from container images
(under Source) therefore demands a USER that is not root.

Root hides behind many spellings: no USER at all, root, 0, 00, 0:1003, or any
account whose UID in /etc/passwd is 0. In a Dockerfile also a variable that is
not set: USER $APP_USER is then a line that says nothing.`,
	Fix: `Create the account that the platform uses and name it by number:

	RUN groupadd -g 1003 app && useradd -u 1003 -g 1003 -m app
	USER 1003:1003

On Alpine: addgroup -g 1003 app && adduser -D -u 1003 -G app app.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Observed: check.Warning,
	Levels:   "DCR",
	Bad: `-- config.json --
{"User": "0:1003"}
`,
	Good: `-- config.json --
{"User": "1003:1003"}
`,
	Check: checkNonrootUser,
}

func checkNonrootUser(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	u, err := s.User(ctx)
	if isUnavailable(err) {
		return certainlyNotRoot(ctx, s, err)
	}
	if err != nil {
		return check.Verdict{}, err
	}
	spec, who := brief(u.Spec), proposedUser(s.Function())
	switch {
	case u.Problem == check.NoSuchUser || u.Problem == check.GroupOutOfRange:
		return check.SeeRule("FG206", "user-resolves"), nil
	case u.Problem == check.UserOutOfRange && u.Name != "":
		return check.Failf(u.At, "USER %s is an account with the UID %d, outside 0 to 2147483647", spec, u.UID).Also(u.AccountAt).
			WithFix("give the account %q a UID that the system has, or write:\n\nUSER %s", brief(u.Name), who), nil
	case u.Problem == check.UserOutOfRange:
		return check.Failf(u.At, "USER %s is not a UID: they go from 0 to 2147483647", spec).
			WithFix("replace %q by a UID the system has:\n\nUSER %s", spec, who), nil
	case u.UID != 0:
		return check.Passf(u.At, "USER %s is UID %d, not root", spec, u.UID), nil
	}
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	return asRoot(u, config.UserWritten, who), nil
}

// certainlyNotRoot is about a USER whose UID is not known, for the reason
// unknown: it may be an account that a tool has given a UID to, which is never 0.
func certainlyNotRoot(ctx context.Context, s *check.Subject, unknown error) (check.Verdict, error) {
	user, accounts, err := namesInUser(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	spec := user.Or("")
	name, _, _ := strings.Cut(spec, ":")
	if account, found, _ := accounts.UserByName(name); found && account.NotRoot {
		return check.Passf(user.At(), "USER %s is an account whose UID a tool has chosen, which is never 0", brief(spec)).Also(account.At), nil
	}
	return check.Verdict{}, unknown
}

// asRoot is the failure of a USER that is root; written is the line before its
// variables were expanded.
func asRoot(u *check.User, written string, who check.Identity) check.Verdict {
	spec := brief(u.Spec)
	switch {
	case variableInUser.MatchString(written) && (u.Spec == "" || u.Spec[0] == ':'):
		return emptyUser(u, written, who)
	case u.Spec == "" && u.At.Base != "":
		return check.Failf(u.At, "neither the Dockerfile nor %s sets USER, so the image runs as root", brief(u.At.Base)).
			WithFix("add as the last USER line:\n\nUSER %s", who)
	case u.Spec == "":
		return check.Failf(u.At, "USER is not set, so the image runs as root").
			WithFix("add as the last USER line of the Dockerfile:\n\nUSER %s", who)
	case strings.HasPrefix(u.Spec, ":"):
		return check.Failf(u.At, "USER %s names a group and no user, so the image runs as root", spec).
			WithFix("put a user in front of %q:\n\nUSER %s", spec, who)
	case u.Name == "root":
		return check.Failf(u.At, "USER %s is the root user", spec).
			WithFix("replace USER %q by:\n\nUSER %s", spec, who)
	case u.Name != "":
		return check.Failf(u.At, "USER %s is root under another name: the account %s has UID 0", spec, brief(u.Name)).Also(u.AccountAt).
			WithFix("give %q a UID of its own, or replace USER %q by:\n\nUSER %s", brief(u.Name), spec, who)
	default:
		return check.Failf(u.At, "USER %s is UID 0, which is root", spec).
			WithFix("replace the number in USER %s:\n\nUSER %s", spec, who)
	}
}

// variableInUser is a variable of a Dockerfile's USER line.
var variableInUser = regexp.MustCompile(`\$\{?(\w+)`)

// emptyUser is the failure of a USER line whose variables leave no user.
func emptyUser(u *check.User, written string, who check.Identity) check.Verdict {
	name := brief(variableInUser.FindStringSubmatch(written)[1])
	return check.Failf(u.At, "USER %s names nobody, as %s has no value there, so the image runs as root", brief(written), name).
		WithFix("write the user itself, or give %s a value in this build stage, where an ARG before FROM is not seen:\n\nUSER %s", name, who)
}
