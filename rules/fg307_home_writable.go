// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"path"

	"github.com/fgpreflight/fgpreflight/check"
)

var homeWritable = &check.Rule{
	ID:    "FG307",
	Name:  "home-writable",
	Title: "A program that writes while it starts may do so",
	Why: `FunctionGraph promises /tmp alone as a place to write to. Huawei's sample closes
HOME to writing even for its owner (chmod 500). Some programs keep caches, logs
or settings in HOME and fail, or start slowly, where they cannot: npm, pm2, the
dotnet command line, pip, uv, go. nginx has temporary folders of its own.

The rule knows these programs by the start command; what libraries write, such
as matplotlib, it does not see.`,
	Fix: `Move what they write to /tmp:

	ENV npm_config_cache=/tmp/.npm
	ENV DOTNET_CLI_HOME=/tmp
	ENV MPLCONFIGDIR=/tmp/matplotlib`,
	Source: []string{
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
		"https://github.com/opentelekomcloud-community/otc-functiongraph-nodejs-runtime",
	},
	Severity: check.Note,
	Levels:   "R",
	Bad: `-- config.json --
{"Env": ["HOME=/home/app"], "Cmd": ["npm", "--prefix", "/home/app", "start"]}
-- files --
/home/app dir mode=0550 owner=1003:1003
`,
	Good: `-- config.json --
{"Env": ["HOME=/home/app", "npm_config_cache=/tmp/.npm"], "Cmd": ["npm", "--prefix", "/home/app", "start"]}
-- files --
/home/app dir mode=0550 owner=1003:1003
`,
	Check: checkHomeWritable,
}

func checkHomeWritable(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	w, call := findHomeWriter(cmd)
	switch {
	case cmd.Program() == "":
		return check.SeeRule("FG401", "start-command"), nil
	case isUncertain(cmd):
		return uncertainScript(cmd), nil
	case w == nil:
		return check.Passf(firstOf(cmd.At), "nothing in the start command is known to write to HOME"), nil
	case w.own != "":
		return w.judgeOwnFolders(ctx, s, call)
	}
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	for _, name := range w.vars.list() {
		value, err := variableOf(env, call, name)
		if err != nil {
			return check.Verdict{}, err
		}
		if value != "" {
			return check.Passf(call.At, "%s is set, so that %s does not write to HOME", name, call.Name()), nil
		}
	}
	home, err := variableOf(env, call, "HOME")
	if err != nil {
		return check.Verdict{}, err
	}
	switch {
	case !path.IsAbs(home):
		return check.SeeRule("FG501", "env-home"), nil
	case isMounted(s.Function(), home):
		return check.Passf(call.At, "%s writes to %s, which the platform lays over the image", call.Name(), brief(home)), nil
	}
	return w.judgeHome(ctx, s, call, home)
}
