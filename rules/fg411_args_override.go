// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

var argsOverride = &check.Rule{
	ID:    "FG411",
	Name:  "args-override",
	Title: "The function's arguments do not drop the script that CMD names",
	Why: `Arguments set in the function replace the whole CMD of the image. Where
ENTRYPOINT is an interpreter and CMD its script, as in Huawei's own ffmpeg
images, arguments meant for the script take its place: the interpreter then
starts without it and ends ("runtime process is exited").`,
	Fix: `Put the script into ENTRYPOINT, or repeat it before the arguments:

	ENTRYPOINT ["python3", "/index.py"]`,
	Source: []string{
		"https://github.com/Ma-Chang-an/fg-ffmpeg",
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
	},
	Severity: check.Warning,
	Levels:   "FC",
	Bad: `-- config.json --
{"Entrypoint": ["python3"], "Cmd": ["/index.py"]}
-- function.yaml --
function:
  args: [--verbose]
`,
	Good: `-- config.json --
{"Entrypoint": ["python3"], "Cmd": ["/index.py"]}
-- function.yaml --
function:
  args: [/index.py, --verbose]
`,
	Check: checkArgsOverride,
}

func checkArgsOverride(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	f := s.Function()
	switch {
	case !f.Args.IsSet():
		return check.NotApplicablef("the function overrides no arguments"), nil
	case f.Command.IsSet():
		return check.NotApplicablef("the function overrides the command as well, so that ENTRYPOINT and CMD are both replaced"), nil
	}
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	entrypoint, _, err := config.Entrypoint.Get()
	if err != nil {
		return check.Verdict{}, err
	}
	cmd, _, err := config.Cmd.Get()
	if err != nil {
		return check.Verdict{}, err
	}
	args := f.Args.Or(nil)
	before := recognise(check.Call{Args: slices.Concat(entrypoint, cmd)})
	after := recognise(check.Call{Args: slices.Concat(entrypoint, args)})
	if before.script == "" || before.scriptIndex < len(entrypoint) || after.script != "" || after.module != "" {
		return check.Passf(f.Args.At(), "the arguments drop no script of CMD"), nil
	}
	return check.Failf(f.Args.At(), "the arguments replace CMD, which names the script %s", brief(before.script)).Also(config.Cmd.At()).
		WithFix("repeat the script before the arguments:\n\n%s", jsonArray(slices.Concat(cmd, args)...)), nil
}
