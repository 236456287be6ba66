// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var commandExists = &check.Rule{
	ID:    "FG301",
	Name:  "command-exists",
	Title: "The program that the function starts is in the image",
	Why: `The start command names a program. It is looked up as the container's own
process would: a name without a slash along PATH, any other from /. Where it is
missing the container never starts: "no such file or directory", CrashLoopBackOff
(it is started over and over), or 4218 after several attempts.

For a script that a shell runs, every program is looked up that the script is
certain to start.`,
	Fix: `Install the program, or name it where it is:

	RUN apk add --no-cache nodejs
	ENTRYPOINT ["/usr/local/bin/node", "/app/main.js"]`,
	Source: []string{
		"https://docs.docker.com/reference/dockerfile/#entrypoint",
		"https://man7.org/linux/man-pages/man3/exec.3.html",
	},
	Severity: check.Error,
	Levels:   "RX",
	Bad: `-- config.json --
{"Entrypoint": ["/app/server"]}
-- files --
/usr/bin/server elf
`,
	Good: `-- config.json --
{"Entrypoint": ["/app/server"]}
-- files --
/app/server elf
`,
	Check: orByRun(readCommandExists, existsByRun),
}

func readCommandExists(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	return judgePrograms(ctx, s, judgeExists, existsInBase)
}

func existsInBase(p starting, base string) check.Verdict {
	if p.shell {
		return check.NotApplicablef("the script starts no program; its shell is the matter of FG404 (shell-present)")
	}
	return check.Passf(p.at, "%s is a program of the base image %s", brief(p.name), brief(base))
}

func judgeExists(ctx context.Context, s *check.Subject, p *started) (check.Verdict, error) {
	switch {
	case p.shell:
		return check.NotApplicablef("the script starts no program; its shell is the matter of FG404 (shell-present)"), nil
	case p.inWorkdir:
		return check.SeeRule("FG402", "absolute-start"), nil
	case !p.Found && p.pathUnknown():
		return p.unknownPath(), nil
	case !p.Found && isAnyMounted(s.Function(), p.Tried):
		return onMount(p.name), nil
	case !p.Found:
		return p.missing(ctx, s)
	case p.File.Mode.IsDir():
		return check.Failf(p.at, "%s is a folder, not a program", brief(p.Path)).Also(check.AtFile(p.File.Path)).
			WithFix("name the program in %s:\n\nENTRYPOINT [\"%s/<program>\"]", brief(p.Path), named(p.Path, "<folder>")), nil
	case !p.File.Mode.IsRegular():
		return check.Failf(p.at, "%s is %s, not a program", brief(p.Path), kindOf(p.File.Mode)).Also(check.AtFile(p.File.Path)).
			WithFix("put the program in the place of %s", brief(p.Path)), nil
	case p.Path == p.name:
		return check.Passf(p.at, "%s is in the image", brief(p.name)), nil
	default:
		return check.Passf(p.at, "%s is %s", brief(p.name), brief(p.Path)), nil
	}
}
