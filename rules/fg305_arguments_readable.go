// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"
	"io/fs"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var argumentsReadable = &check.Rule{
	ID:    "FG305",
	Name:  "arguments-readable",
	Title: "The files that the start command names can be read by the function's user",
	Why: `The script, the jar and the configuration files of the start command are opened
as 1003:1003, or as the User ID and Group ID of the function. A file that was
copied as root with mode 600, or that lies below a closed folder, stops the
server at its start ("permission denied", "Cannot find module").

That a file is missing is told for what a known interpreter should run; other
paths may be made by the program itself. Supplementary groups are not taken into
account.`,
	Fix: `Copy the files with their owner or their mode:

	COPY --chown=1003:1003 main.js /app/main.js
	COPY --chmod=0644 settings.yml /etc/app/settings.yml`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://man7.org/linux/man-pages/man7/path_resolution.7.html",
	},
	Severity: check.Error,
	Levels:   "DR",
	Bad: `-- config.json --
{"Entrypoint": ["node", "/app/main.js"]}
-- files --
/app/main.js file mode=0600
`,
	Good: `-- config.json --
{"Entrypoint": ["node", "/app/main.js"]}
-- files --
/app/main.js file mode=0600 owner=1003:1003
`,
	Check: checkArgumentsReadable,
}

func checkArgumentsReadable(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	list, unknown := argumentsOf(s.Function(), cmd)
	switch {
	case cmd.Program() == "":
		return check.SeeRule("FG401", "start-command"), nil
	case isUncertain(cmd):
		return uncertainScript(cmd), nil
	case len(list) == 0 && unknown != nil:
		return *unknown, nil
	case len(list) == 0:
		return check.NotApplicablef("no argument of the start command names a file of the image"), nil
	}
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	var open error
	for _, a := range list {
		verdict, err := judgeArgument(ctx, s, fsys, cmd, a)
		switch {
		case err != nil && !isUnavailable(err):
			return check.Verdict{}, err
		case err != nil:
			open = cmp.Or(open, err)
		case verdict.Outcome == check.Fail:
			return verdict, nil
		case unknown == nil && verdict.Outcome == check.Unknown:
			unknown = &verdict
		}
	}
	switch {
	case open != nil:
		return check.Verdict{}, open
	case unknown != nil:
		return *unknown, nil
	}
	return check.Passf(list[0].at, "nothing that the command names is closed to %s: %s", s.Function().RunsAs(), pathList(list)), nil
}

func judgeArgument(ctx context.Context, s *check.Subject, fsys fs.FS, cmd *check.Command, a argument) (check.Verdict, error) {
	if a.script {
		found, err := scriptExists(fsys, a.path)
		if err != nil {
			return check.Verdict{}, err
		}
		if !found {
			return missingScript(ctx, s, a)
		}
	}
	o, err := obstacleTo(fsys, a.path, s.Function().RunsAs(), check.Execute)
	if err != nil {
		return check.Verdict{}, err
	}
	if o == nil {
		return check.Passf(a.at, "%s is not closed", brief(a.path)), nil
	}
	told := map[string]check.Verdict{}
	if err := tellOfPrograms(ctx, s, cmd, told); err != nil {
		return check.Verdict{}, err
	}
	if verdict, ok := told[o.Path]; ok {
		return verdict, nil
	}
	return a.closed(o, s.Function()), nil
}

// pathList returns the paths for a message.
func pathList(list []argument) string {
	var paths []string
	for _, a := range list {
		paths = append(paths, a.path)
	}
	return cut(strings.Join(paths, ", "), 2*maxShown)
}
