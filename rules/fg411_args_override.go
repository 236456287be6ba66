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
	args := f.Args.Or(nil)
	switch {
	case len(args) == 0:
		return check.NotApplicablef("the function overrides no arguments"), nil
	case len(f.Command.Or(nil)) > 0:
		return check.NotApplicablef("the function overrides the command as well, so that ENTRYPOINT and CMD are both replaced"), nil
	}
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	dropped, _, err := config.Cmd.Get()
	if err != nil {
		return check.Verdict{}, err
	}
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	script := droppedScript(cmd, args, dropped)
	if script == "" {
		return check.Passf(f.Args.At(), "the arguments drop no script of CMD"), nil
	}
	return check.Failf(f.Args.At(), "the arguments replace CMD, which names the script %s", brief(script)).Also(config.Cmd.At()).
		WithFix("repeat the script before the arguments:\n\n%s", jsonArray(slices.Concat([]string{script}, args)...)), nil
}

// droppedScript returns the script that the image's own arguments name where
// the command with the function's arguments names none, or "".
func droppedScript(cmd *check.Command, args, dropped []string) string {
	if cmd.Shell != "" {
		return ""
	}
	now := cmd.Calls[0]
	kept := len(now.Args) - len(args) // words of ENTRYPOINT, wrappers taken off
	after := recognise(now)
	if kept <= 0 || after.known == nil || !after.known.isInterpreter() || after.script != "" || after.module != "" || after.inline {
		return ""
	}
	before := recognise(check.Call{Args: slices.Concat(now.Args[:kept], dropped)})
	return before.script
}
