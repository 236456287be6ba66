// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"

	"github.com/fgpreflight/fgpreflight/check"
)

var commandArchitecture = &check.Rule{
	ID:    "FG304",
	Name:  "command-architecture",
	Title: "The program is built for the image's platform",
	Why: `A config that says linux/amd64 does not make a program one: a binary copied from
an Apple or ARM machine, or downloaded for another architecture, lies in an
amd64 image all the same. It cannot be started ("exec format error"), and the
function ends in CrashLoopBackOff: the container is started over and over.

The program, the interpreter of a script and the loader are looked at.`,
	Fix: `Build the program for the platform, most simply in the Dockerfile itself:

	docker build --platform linux/amd64 .
	RUN GOOS=linux GOARCH=amd64 go build -o /app/server .`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://man7.org/linux/man-pages/man5/elf.5.html",
	},
	Severity: check.Error,
	Levels:   "RX",
	Bad: `-- config.json --
{"Entrypoint": ["/app/server"]}
-- files --
/app/server elf arch=arm64
`,
	Good: `-- config.json --
{"Entrypoint": ["/app/server"]}
-- files --
/app/server elf arch=amd64
`,
	Check: orByRun(readCommandArchitecture, architectureByRun),
}

func readCommandArchitecture(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	arch, set, err := config.Architecture.Get()
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set:
		return check.SeeRule("FG602", "amd64"), nil
	}
	return judgePrograms(ctx, s, func(ctx context.Context, s *check.Subject, p *started) (check.Verdict, error) {
		return judgeArchitecture(ctx, s, p, arch)
	}, nil)
}

func judgeArchitecture(ctx context.Context, s *check.Subject, p *started, arch string) (check.Verdict, error) {
	if verdict, absent := p.absent(s.Function()); absent {
		return verdict, nil
	}
	system, err := foreignSystem(ctx, s, p.Program)
	if err != nil {
		return check.Verdict{}, err
	}
	if system != "" {
		return check.Failf(p.at, "%s is a program for %s, not for Linux", brief(p.Path), system).Also(check.AtFile(p.File.Path)).
			WithFix("build %s in the Dockerfile, or for linux/%s where it is built", brief(p.File.Path), arch), nil
	}
	steps, _, err := p.steps(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	seen := check.SeeRule("FG303", "interpreter-exists") // where no ELF file is found
	if p.Kind == check.NotExecutable {
		seen = check.NotApplicablef("%s is a text, which is for every platform", brief(p.Path))
	}
	for _, step := range steps {
		file := step.program
		if file.ELF == nil {
			continue
		}
		at := check.AtFile(file.File.Path)
		switch {
		case file.ELF.Arch == arch && seen.Outcome == check.Pass: // the first one is told
		case file.ELF.Arch == arch:
			seen = check.Passf(p.at, "%s is for %s", brief(file.Path), arch).Also(at)
		case file.ELF.Arch == "386" && arch == "amd64":
			return check.Unknownf("build it for amd64", "%s is a 32-bit program, which only some amd64 machines run", brief(file.Path)), nil
		default:
			return check.Failf(p.at, "%s is a program for %s in an image for %s", brief(file.Path), archName(file.ELF), arch).Also(at).
				WithFix("build or download %s for %s; in the Dockerfile the whole build is switched by:\n\ndocker build --platform linux/%s .", brief(file.File.Path), arch, arch), nil
		}
	}
	return seen, nil
}

func archName(e *check.ELF) string {
	if e.Arch == "" {
		return fmt.Sprintf("the ELF machine %d", e.Machine)
	}
	return e.Arch
}
