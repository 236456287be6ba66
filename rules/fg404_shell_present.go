// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var shellPresent = &check.Rule{
	ID:    "FG404",
	Name:  "shell-present",
	Title: "The shell that the start command needs is in the image",
	Why: `A command in shell form is run by /bin/sh -c, and so is what is written out with
sh -c. Distroless images and those built from scratch have no shell: the
container never starts ("exec: /bin/sh: no such file or directory").`,
	Fix: `Write the command in exec form, which needs no shell:

	CMD ["/app/server", "--port", "8000"]

or bring a shell along:

	COPY --from=busybox:musl /bin/busybox /bin/sh`,
	Source: []string{
		"https://docs.docker.com/reference/dockerfile/#shell-and-exec-form",
		"https://github.com/GoogleContainerTools/distroless",
	},
	Severity: check.Error,
	Levels:   "R",
	Bad: `-- config.json --
{"Cmd": ["/bin/sh", "-c", "/app/server --port 8000"]}
-- files --
/app/server elf
`,
	Good: `-- config.json --
{"Cmd": ["/bin/sh", "-c", "/app/server --port 8000"]}
-- files --
/app/server elf
/bin/sh elf
`,
	Check: checkShellPresent,
}

func checkShellPresent(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	switch {
	case cmd.Program() == "":
		return check.SeeRule("FG401", "start-command"), nil
	case cmd.Shell == "":
		return check.NotApplicablef("no shell runs the start command"), nil
	}
	judge := func(ctx context.Context, s *check.Subject, p *started) (check.Verdict, error) {
		return judgeShell(ctx, s, cmd, p)
	}
	return starting{name: cmd.Shell, at: firstOf(cmd.At)}.judge(ctx, s, judge, shellInBase)
}

func shellInBase(p starting, base string) check.Verdict {
	return check.Passf(p.at, "%s of the base image %s runs the command", brief(p.name), brief(base))
}

func judgeShell(ctx context.Context, s *check.Subject, cmd *check.Command, p *started) (check.Verdict, error) {
	who := s.Function().RunsAs()
	switch {
	case !p.Found:
		return p.missingShell(ctx, s, cmd)
	case !p.File.Mode.IsRegular():
		return check.Failf(p.at, "%s, which should run the command, is %s", brief(p.Path), kindOf(p.File.Mode)).Also(check.AtFile(p.File.Path)).
			WithFix("leave out what makes %s, and bring a shell along:\n\n%s", brief(p.Path), shellLine(p.Path)), nil
	case p.Obstacle != nil:
		o := p.Obstacle
		return check.Failf(p.at, "%s may not run the shell %s: %s is %s", who, brief(p.Path), brief(o.Path), ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("let the function's user run the shell"+beforeUser+"%s", chmodLine(o.Owned, who, check.Execute)), nil
	default:
		return check.Passf(p.at, "%s is there to run the command", brief(p.Path)), nil
	}
}
