// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var absoluteStart = &check.Rule{
	ID:    "FG402",
	Name:  "absolute-start",
	Title: "The start does not depend on WORKDIR",
	Why: `FunctionGraph starts every image in /, and lets nobody change that: the image's
WORKDIR is not applied. What is named by a relative path, or looked for in the
folder that a program is started in, is not found there. The server never comes
up ("Cannot find module", "No module named"). Five public images for
FunctionGraph, Huawei's own sample among them, had to be mended for this.

The rule knows how the common interpreters and servers find their code. It does
not look into shell scripts: whether these work in /, a start shows.`,
	Fix: `Write paths from the root, and tell servers where the code is:

	CMD ["node", "/app/main.js"]
	CMD ["uvicorn", "main:app", "--app-dir", "/app", "--host", "0.0.0.0", "--port", "8000"]
	CMD ["npm", "--prefix", "/app", "start"]`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://github.com/fg-serverless-app/fg-mcp-server",
	},
	Severity: check.Error,
	Levels:   "DCRX",
	Bad: `-- config.json --
{"WorkingDir": "/home/app", "Entrypoint": ["node", "main.js"]}
`,
	Good: `-- config.json --
{"WorkingDir": "/home/app", "Entrypoint": ["node", "/home/app/main.js"]}
`,
	Check: orByRun(readAbsoluteStart, rootByRun),
}

func readAbsoluteStart(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	workdir, set, unknown := config.WorkingDir.Get()
	switch workdir = path.Clean("/" + workdir); {
	case unknown != nil && !isUnavailable(unknown):
		return check.Verdict{}, unknown
	case unknown != nil:
		workdir = anyWorkdir
	case !set:
		return check.Passf(config.WorkingDir.At(), "WORKDIR is not set, so the image always starts in /"), nil
	case workdir == "/":
		return check.Passf(config.WorkingDir.At(), "WORKDIR is /, where the platform starts the image"), nil
	}
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if len(cmd.Args) == 0 {
		return check.SeeRule("FG401", "start-command"), nil
	}
	verdict, err := startOutside(ctx, s, cmd, workdir)
	switch {
	case unknown == nil || err != nil:
		return verdict, err
	case verdict.Outcome == check.Pass:
		return check.Passf(startedAt(cmd), "nothing in the start command depends on WORKDIR, whichever the base image sets"), nil
	default:
		return check.Verdict{}, unknown
	}
}

// anyWorkdir stands for a WORKDIR that is not known: what works outside of this
// one works in any. No image has files there.
const anyWorkdir = "/<WORKDIR>"

// startOutside judges whether the command works outside of workdir.
func startOutside(ctx context.Context, s *check.Subject, cmd *check.Command, workdir string) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	open, calls := cmd.Opaque, cmd.Calls
	if open != nil {
		calls = nil // what follows a step that is not certain may start anywhere
	}
	for _, call := range calls {
		l := recognise(call)
		r, err := l.reliance(workdir, env)
		if r != nil && r.module != "" {
			r, err = notInstalled(ctx, s, r, workdir)
		}
		switch {
		case err != nil:
			return check.Verdict{}, err
		case r == nil && l.isShellScript():
			open = errors.New("what the script " + brief(l.scriptName()) + " does there is not known")
		case r == nil:
		case strings.Contains(r.word, "$"):
			open = errors.New("what " + brief(r.word) + " stands for is not known")
		case call.Conditional:
			open = errors.New(r.what + " is only looked for under a condition")
		default:
			return check.Failf(call.At, "%s is looked for in /, not in WORKDIR %s", brief(r.what), brief(workdir)).
				Also(config.WorkingDir.At()).WithFix("%s", r.mend(cmd, call)), nil
		}
	}
	if open != nil {
		return openToRun("the image starts in / and not in WORKDIR %s: %v", brief(workdir), open), nil
	}
	return check.Passf(startedAt(cmd), "nothing in the start command depends on WORKDIR %s", brief(workdir)), nil
}

// notInstalled returns the reliance if the module is in workdir, else nil: it
// is an installed one then.
func notInstalled(ctx context.Context, s *check.Subject, r *reliance, workdir string) (*reliance, error) {
	if workdir == anyWorkdir {
		return r, nil
	}
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return nil, err
	}
	var open error
	for _, name := range []string{r.module + ".py", r.module} {
		place := path.Join(workdir, name)
		_, err := fs.Stat(fsys, check.FSName(place))
		if err != nil {
			_, err = certainFolder(fsys, place, err)
		}
		switch {
		case err == nil:
			return r, nil
		case !errors.Is(err, fs.ErrNotExist) && !isUnavailable(err):
			return nil, err
		case isUnavailable(err):
			open = cmp.Or(open, err)
		}
	}
	return nil, open
}

// isShellScript reports whether the launch runs a script of a shell.
func (l *launch) isShellScript() bool {
	return l.known != nil && l.known.idle == opensShell && l.script != "" || strings.HasSuffix(l.call.Name(), ".sh")
}

func (l *launch) scriptName() string {
	if l.script != "" {
		return l.script
	}
	return l.call.Args[0]
}
