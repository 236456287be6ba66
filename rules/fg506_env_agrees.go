// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var envAgrees = &check.Rule{
	ID:    "FG506",
	Name:  "env-agrees",
	Title: "The account variables agree with the image's user",
	Why: `USER_ID, GROUP_ID, USER_NAME, GROUP_NAME and HOME describe the account that the
image was built for. Scripts trust them: one that disagrees with the image's
user leads to files owned by somebody else, and a HOME that does not exist
cannot hold the function's code.`,
	Fix: `Set the variables once and make the account by them:

	ENV HOME=/home/app GROUP_ID=1003 GROUP_NAME=app USER_ID=1003 USER_NAME=app
	RUN groupadd -g $GROUP_ID $GROUP_NAME && useradd -u $USER_ID -g $GROUP_ID -m -d $HOME $USER_NAME
	USER 1003:1003`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/Ma-Chang-an/fg-sdweui",
	},
	Severity: check.Warning,
	Levels:   "DCR",
	Bad: `-- config.json --
{"User": "1003:1003", "Env": ["USER_ID=1004"]}
`,
	Good: `-- config.json --
{"User": "1003:1003", "Env": ["USER_ID=1003"]}
`,
	Check: checkEnvAgrees,
}

func checkEnvAgrees(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	u, err := s.User(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if verdict, ok := seeUserRule(u.Problem); ok {
		return verdict, nil
	}
	comparisons := []comparison{compareUserID, compareGroupID, compareUserName, compareGroupName, compareHome}
	if u.UID == 0 {
		comparisons = []comparison{compareHome} // that USER is root is FG202's finding
	}
	var found []check.Verdict
	var agree []check.Location
	var open error
	compared := false
	for _, compare := range comparisons {
		verdict, err := compare(ctx, s, u, env)
		switch {
		case err != nil && !isUnavailable(err):
			return check.Verdict{}, err
		case err != nil:
			open = cmp.Or(open, err)
		case verdict.Outcome == check.Fail:
			found = append(found, verdict)
		case verdict.Outcome == check.Pass:
			agree, compared = append(agree, verdict.At...), true
		}
	}
	switch {
	case len(found) > 0:
		return joined(found), nil
	case open != nil:
		return check.Verdict{}, open
	case !compared:
		return check.NotApplicablef("no variable is set that could be compared"), nil
	case u.UID == 0:
		return check.Passf(firstOf(agree), "HOME is in the image; USER is root, see FG202 (nonroot-user)"), nil
	default:
		return check.Passf(firstOf(agree), "the variables agree with USER %s", brief(u.Spec)).Also(furtherOf(agree)...), nil
	}
}

// joined makes one finding of several contradictions.
func joined(found []check.Verdict) check.Verdict {
	verdict := found[0]
	for _, next := range found[1:] {
		verdict.Message += "; " + next.Message
		verdict.Fix += "\n\n" + next.Fix
		verdict = verdict.Also(next.At...)
	}
	return verdict
}
