// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var interpreterExists = &check.Rule{
	ID:    "FG303",
	Name:  "interpreter-exists",
	Title: "What the program needs to run is there: its interpreter, its loader",
	Why: `The kernel starts a script by the interpreter in its first line, and a dynamic
ELF file by the loader named in its head. If that is missing it reports the
program itself as missing: "no such file or directory" for a file that is
plainly there. The usual causes are a program built on Debian in an Alpine image
or the reverse, bash on Alpine, and a script saved with CR LF line ends, whose
interpreter is then "sh\r".

A text without a #! line is no program for the kernel ("exec format error");
only a shell runs it all the same.`,
	Fix: `Build the program on the distribution that it runs on, or static, and keep
scripts in Unix line ends:

	RUN CGO_ENABLED=0 go build -o /app/server .
	RUN sed -i 's/\r$//' /app/start.sh`,
	Source: []string{
		"https://man7.org/linux/man-pages/man2/execve.2.html",
		"https://man7.org/linux/man-pages/man1/env.1.html",
	},
	Severity: check.Error,
	Levels:   "RX",
	Bad: `-- config.json --
{"Entrypoint": ["/app/start.sh"]}
-- files --
/app/start.sh file mode=0755
/bin/sh elf
-- rootfs/app/start.sh --
#!/bin/bash
exec /app/server
`,
	Good: `-- config.json --
{"Entrypoint": ["/app/start.sh"]}
-- files --
/app/start.sh file mode=0755
/bin/sh elf
-- rootfs/app/start.sh --
#!/bin/sh
exec /app/server
`,
	Check: orByRun(readInterpreterExists, interpreterByRun),
}

func readInterpreterExists(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	return judgePrograms(ctx, s, judgeInterpreters, nil)
}

func judgeInterpreters(ctx context.Context, s *check.Subject, p *started) (check.Verdict, error) {
	if verdict, absent := p.absent(s.Function()); absent {
		return verdict, nil
	}
	steps, deep, err := p.steps(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	for _, step := range steps {
		verdict, err := p.judgeStep(ctx, s, step)
		if err != nil || verdict.Outcome != check.Pass {
			return verdict, err
		}
	}
	switch {
	case deep:
		return check.Failf(p.at, "the interpreters of %s are scripts, one of another, more than four times", brief(p.Path)).Also(check.AtFile(p.File.Path)).
			WithFix("let the first line of %s name a program that is no script", brief(p.File.Path)), nil
	case len(steps) == 1:
		return check.Passf(p.at, "%s needs no interpreter", brief(p.Path)), nil
	default:
		return check.Passf(p.at, "%s is run by %s", brief(p.Path), chain(steps[1:])), nil
	}
}

// chain names the files that run a program: "/usr/bin/env, /usr/bin/node".
func chain(steps []fileStep) string {
	var paths []string
	for _, step := range steps {
		paths = append(paths, brief(step.program.Path))
	}
	return listed(paths)
}

// judgeStep judges one file that takes part: first whether it can be used by
// the one that names it, then whether it is something to run.
func (p *started) judgeStep(ctx context.Context, s *check.Subject, step fileStep) (check.Verdict, error) {
	file, usable := step.program, step.program.Found && step.program.File.Mode.IsRegular()
	switch {
	case step.kind == commandStep:
		return p.judgeFormat(ctx, s, step)
	case !usable && step.kind == loaderStep:
		return p.missingLoader(ctx, s, step)
	case !usable:
		return p.missingInterpreter(ctx, s, step)
	case file.Obstacle != nil:
		return p.closedInterpreter(s, step), nil
	case step.kind == loaderStep:
		return check.Passf(p.at, "the loader %s is there", brief(file.Path)), nil
	default:
		return p.judgeFormat(ctx, s, step)
	}
}
