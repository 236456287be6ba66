// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var homeReadable = &check.Rule{
	ID:    "FG306",
	Name:  "home-readable",
	Title: "HOME, WORKDIR and the application's folder are open to the function's user",
	Why: `Programs read their settings in HOME, and load modules, templates and static
files from the folder of the application. With mode 700 or 750 and another owner
those are closed to 1003:1003, and what fails is found late, at the first request
("permission denied"). HOME=/root is the usual case.

The application's folder is that of the script or the program which the start
command names.`,
	Fix: `Give the folder to the function's user, or open it, before the USER line (behind it,
RUN is no longer root):

	RUN chown -R 1003:1003 /home/app
	RUN chmod -R o+rX /app`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/fg-serverless-app/fg-comfyui",
	},
	Severity: check.Warning,
	Levels:   "DR",
	Bad: `-- config.json --
{"Env": ["HOME=/home/app"]}
-- files --
/home/app dir mode=0750 owner=1000:1000
`,
	Good: `-- config.json --
{"Env": ["HOME=/home/app"]}
-- files --
/home/app dir mode=0500 owner=1003:1003
`,
	Check: checkHomeReadable,
}

func checkHomeReadable(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	places, open, err := placesOf(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	var found []check.Verdict
	var elsewhere *check.Verdict
	seen := map[string]bool{}
	for _, p := range places {
		verdict, err := p.judge(ctx, s, seen)
		switch {
		case err != nil && !isUnavailable(err):
			return check.Verdict{}, err
		case err != nil:
			open = cmp.Or(open, err)
		case verdict.Outcome == check.Fail:
			found = append(found, verdict)
		case verdict.Outcome == check.Unknown:
			elsewhere = &verdict
		}
	}
	switch {
	case len(found) > 0:
		return joined(found), nil
	case open != nil:
		return check.Verdict{}, open
	case elsewhere != nil:
		return *elsewhere, nil
	case len(places) == 0:
		return check.NotApplicablef("HOME and WORKDIR name no folder, and the start command no file by its path"), nil
	default:
		return check.Passf(places[0].at, "nothing of this is closed to %s: %s", s.Function().RunsAs(), placeList(places)), nil
	}
}

// judge returns the failure of a closed folder, or refers to the rule that tells
// of what closes it. What was seen before is not told again.
func (p place) judge(ctx context.Context, s *check.Subject, seen map[string]bool) (check.Verdict, error) {
	o, err := p.obstacle(ctx, s)
	if err != nil || o == nil || seen[o.Path] {
		return check.NotApplicablef("nothing new closes it"), err
	}
	seen[o.Path] = true
	told, err := toldOfCommand(ctx, s)
	if verdict, ok := told[o.Path]; ok && (err == nil || isUnavailable(err)) {
		return verdict, nil
	}
	if err != nil {
		return check.Verdict{}, err
	}
	verdict := p.closed(o, s.Function())
	if noShell, err := lacksShell(ctx, s); err != nil || !noShell || p.what != "HOME" {
		return verdict, err
	}
	return verdict.WithFix("let HOME name a folder that is open, as the image has no shell to open this one:\n\n%s", setLine(s.Function(), "HOME", tmpFolder)), nil
}
