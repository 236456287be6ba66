// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

var codeInHome = &check.Rule{
	ID:    "FG509",
	Name:  "code-in-home",
	Title: "The code that is started lies under HOME",
	Why: `Huawei's guide to functions from container images (under Source) calls HOME the
folder of the function's code, and Huawei's sample keeps both in one place: one
folder to hand to the function's user, one to look into. The platform itself does
not ask for it.

Only what the start command names by an absolute path is looked at: the script,
the jar or the program. Known interpreters and servers are none of the
function's code.`,
	Fix: `Copy the code to HOME, or let HOME name its folder:

	ENV HOME=/home/app
	COPY main.js /home/app/main.js`,
	Source: []string{
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Note,
	Levels:   "DCR",
	Bad: `-- config.json --
{"Env": ["HOME=/home/app"], "Entrypoint": ["node", "/srv/main.js"]}
`,
	Good: `-- config.json --
{"Env": ["HOME=/home/app"], "Entrypoint": ["node", "/home/app/main.js"]}
`,
	Check: checkCodeInHome,
}

func checkCodeInHome(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	switch {
	case cmd.Program() == "":
		return check.SeeRule("FG401", "start-command"), nil
	case isUncertain(cmd):
		return uncertainScript(cmd), nil
	}
	l := lastLaunch(cmd)
	if l != nil && l.call.IsUnexpanded(l.scriptIndex) {
		return knownToShell(l.script), nil
	}
	if l == nil || l.script == "" && l.known != nil || !path.IsAbs(codeOf(l)) {
		return check.NotApplicablef("the start command names no code by an absolute path"), nil
	}
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	setting := env.Lookup("HOME")
	home, _, err := setting.Get()
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !path.IsAbs(home):
		return check.SeeRule("FG501", "env-home"), nil
	}
	code := path.Clean(codeOf(l))
	within, err := isWithinLinks(ctx, s, code, path.Clean(home))
	switch {
	case err != nil:
		return check.Verdict{}, err
	case within:
		return check.Passf(l.call.At, "%s lies under HOME %s", brief(code), brief(home)).Also(setting.At()), nil
	case isMounted(s.Function(), home):
		return check.Failf(l.call.At, "%s does not lie under HOME %s, which holds nothing of the image when the function starts", brief(code), brief(home)).Also(setting.At()).
			WithFix("let HOME name the folder that the code is in:\n\n%s", setLine(s.Function(), "HOME", named(path.Dir(code), "<path>"))), nil
	default:
		return check.Failf(l.call.At, "%s does not lie under HOME %s", brief(code), brief(home)).Also(setting.At()).
			WithFix("keep the code under HOME, and start it there:\n\nCOPY %s %s", named(path.Base(code), "<file>"), named(path.Join(home, path.Base(code)), "<path>")), nil
	}
}

// lastLaunch returns the last call that is certain to run in the foreground,
// which is the server, or nil.
func lastLaunch(cmd *check.Command) *launch {
	for _, call := range slices.Backward(cmd.Calls) {
		if !call.Background && !call.Conditional {
			return recognise(call)
		}
	}
	return nil
}

// isWithinLinks reports whether the file lies in the folder, by its name or
// where symbolic links lead.
func isWithinLinks(ctx context.Context, s *check.Subject, file, folder string) (bool, error) {
	if isWithin(file, folder) {
		return true, nil
	}
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return false, err
	}
	var resolved [2]string
	for i, name := range []string{file, folder} {
		owned, _, err := check.Reach(fsys, name, s.Function().RunsAs(), 0)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return false, nil
			}
			return false, err
		}
		resolved[i] = owned.Path
	}
	return isWithin(resolved[0], resolved[1]), nil
}
