// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"path"
	"strings"

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
	shell, err := starting{name: cmd.Shell, at: firstOf(cmd.At)}.lookUp(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	return judgeShell(ctx, s, cmd, shell)
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
			WithFix("let the function's user run the shell:\n\n%s", chmodLine(o.Owned, who, check.Execute)), nil
	default:
		return check.Passf(p.at, "%s is there to run the command", brief(p.Path)), nil
	}
}

// missingShell tells why the shell is not found, and how to do without it.
func (p *started) missingShell(ctx context.Context, s *check.Subject, cmd *check.Command) (check.Verdict, error) {
	link, target, err := p.danglingLink(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	if link != "" {
		return check.Failf(p.at, "the shell %s is a symbolic link to %s, which leads to nothing", brief(link), brief(target)).Also(check.AtFile(link)).
			WithFix("bring the program along that %s leads to:\n\n%s", brief(link), shellLine(linkTarget(link, target))), nil
	}
	v := check.Failf(p.at, "%s is not in the image, but is needed to run %q", brief(cmd.Shell), brief(cmd.Script))
	if command, ok := oneCommand(cmd); ok {
		return v.WithFix("do without a shell:\n\n%s", jsonArray(command...)), nil
	}
	place := p.Tried[0]
	if !strings.Contains(cmd.Shell, "/") {
		place = "/bin/" + cmd.Shell
	}
	return v.WithFix("start one program in exec form, or bring the shell along:\n\n%s", shellLine(place)), nil
}

// linkTarget returns the absolute path that a symbolic link names.
func linkTarget(link, target string) string {
	if path.IsAbs(target) {
		return path.Clean(target)
	}
	return path.Join(path.Dir(link), target)
}

// shellLine returns the line of a Dockerfile that puts the shell there.
func shellLine(place string) string {
	switch path.Base(place) {
	case "sh", "ash", "busybox":
		return "COPY --from=busybox:musl /bin/busybox " + named(place, "<path>")
	default:
		return "FROM <an image with " + named(path.Base(place), "that shell") + ">"
	}
}

// oneCommand returns the command that can take the place of the script.
func oneCommand(cmd *check.Command) ([]string, bool) {
	if cmd.Opaque != nil || len(cmd.Calls) != 1 {
		return nil, false
	}
	call := cmd.Calls[0]
	if call.Background || call.Conditional || call.Dir != "" || len(call.Vars)+len(call.Unexpanded) > 0 {
		return nil, false
	}
	for _, w := range call.Wrappers {
		if !shellBuiltins.has(w[0]) {
			return nil, false
		}
	}
	return call.Args, !shellBuiltins.has(call.Args[0])
}
