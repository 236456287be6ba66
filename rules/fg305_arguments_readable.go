// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"io/fs"
	"path"
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
	case cmd.Opaque != nil:
		return check.Unknownf("pass --run", "the arguments in the script are not certain: %v", cmd.Opaque), nil
	case len(list) == 0 && unknown != nil:
		return *unknown, nil
	case len(list) == 0:
		return check.NotApplicablef("no argument of the start command names a file of the image"), nil
	}
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	for _, a := range list {
		verdict, err := judgeArgument(ctx, s, fsys, cmd, a)
		if err != nil || verdict.Outcome != check.Pass {
			return verdict, err
		}
	}
	if unknown != nil {
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
	who := s.Function().RunsAs()
	o, err := obstacleTo(fsys, a.path, who, check.Execute)
	if err != nil {
		return check.Verdict{}, err
	}
	if o == nil {
		return check.Passf(a.at, "%s is not closed", brief(a.path)), nil
	}
	if told, err := programObstacle(ctx, s, cmd, o.Path); told || err != nil {
		return check.SeeRule("FG302", "command-executable"), err
	}
	switch {
	case !o.Final && isRootsHome(o.Path):
		return check.Failf(a.at, "%s, which the command names, lies in the home of root: %s may not enter %s (%s)", brief(a.path), who, brief(o.Path), ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("copy %s to a place outside of the home of root, or open that:\n\n%s", brief(a.path), chmodLine(o.Owned, who, o.Lacks)), nil
	case !o.Final:
		return check.Failf(a.at, "%s cannot be reached by %s: the folder %s is closed (%s)", brief(a.path), who, brief(o.Path), ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("open the folder around %s:\n\n%s", brief(a.path), chmodLine(o.Owned, who, o.Lacks)), nil
	case o.Mode.IsDir():
		return check.Failf(a.at, "the folder %s cannot be entered by %s (%s)", brief(o.Path), who, ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("let the function's user into it:\n\n%s", chmodLine(o.Owned, who, o.Lacks)), nil
	default:
		return check.Failf(a.at, "%s cannot be read by %s (%s)", brief(o.Path), who, ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("let the function's user read it, here or by COPY --chown=%s:\n\n%s", proposedUser(s.Function()), chmodLine(o.Owned, who, o.Lacks)), nil
	}
}

// scriptExtensions are what interpreters add to a name that has no file.
// https://nodejs.org/api/modules.html#file-modules and
// https://bun.sh/docs/runtime/modules name them.
const scriptExtensions words = ".js .json .node .mjs .cjs .ts .tsx .jsx"

// scriptExists reports whether the script is in the image, under its name or
// with what the interpreter may add.
func scriptExists(fsys fs.FS, name string) (bool, error) {
	candidates := []string{name}
	for _, extension := range scriptExtensions.list() {
		candidates = append(candidates, name+extension)
	}
	for _, candidate := range candidates {
		if _, found, err := exists(fsys, candidate); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// missingScript is the verdict on a script that is not in the image.
func missingScript(ctx context.Context, s *check.Subject, a argument) (check.Verdict, error) {
	workdir, err := workingDir(ctx, s)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case a.inRoot && workdir != "/":
		return check.SeeRule("FG402", "absolute-start"), nil
	}
	return check.Failf(a.at, "%s, which should be run, is not in the image", brief(a.path)).
		WithFix("copy it there, or name the place where it is:\n\nCOPY --chown=%s %s %s", proposedUser(s.Function()), named(path.Base(a.path), "<file>"), named(a.path, "<path>")), nil
}

// pathList returns the paths for a message.
func pathList(list []argument) string {
	var paths []string
	for _, a := range list {
		paths = append(paths, a.path)
	}
	return cut(strings.Join(paths, ", "), 2*maxShown)
}
