// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"
	"io/fs"
	"path"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var reservedPaths = &check.Rule{
	ID:    "FG310",
	Name:  "reserved-paths",
	Title: "The paths that the platform fills are free in the image",
	Why: `The platform keeps the managed runtime in /opt/function/runtime and /home/snuser;
an image that has files there can be refused (4220 "runtime dir forbidden"). A
file system is mounted on a new folder of two levels, such as /mnt/data: a path
that exists in the image ends in 4206 "failed to mount exist system path".`,
	Fix: `Keep the code elsewhere, and let mounts have paths of their own:

	COPY . /home/app
	fgpreflight check --mount-path /mnt/data IMAGE`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "DRF",
	Bad: `-- files --
/opt/function/runtime/bootstrap file
`,
	Good: `-- files --
/opt/function/code/main.js file
`,
	Check: checkReservedPaths,
}

// runtimeFolders are those of the managed runtime.
// https://github.com/openeuler-mirror/yuanrong has them as error 4220.
var runtimeFolders = []string{"/opt/function/runtime", "/home/snuser"}

func checkReservedPaths(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	mounts := s.Function().Mounts
	for _, mount := range mounts.Or(nil) {
		if !isTwoLevels(mount) {
			return check.Failf(mounts.At(), "the mount path %q is not an absolute path of two levels", brief(mount)).
				WithFix("give the file system a path such as:\n\n/mnt/%s", named(lastName(mount), "data")), nil
		}
	}
	fsys, err := s.Tree(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	var open error
	for _, folder := range runtimeFolders {
		names, found, err := contentOf(fsys, folder)
		switch {
		case err != nil && !isUnavailable(err):
			return check.Verdict{}, err
		case err != nil:
			open = cmp.Or(open, err)
		case found && names == nil:
			return check.Failf(check.AtFile(folder), "%s, a folder of the managed runtime, is a file", folder).
				WithFix("remove it"+beforeUser+"RUN rm %s", folder), nil
		case len(names) > 0:
			return check.Failf(check.AtFile(folder), "%s, a folder of the managed runtime, holds %s", folder, nameList(names)).
				WithFix("move what is in %s to a folder of the function's own, such as:\n\nCOPY . /home/app", folder), nil
		}
	}
	verdict, err := judgeMounts(fsys, mounts)
	if err == nil && verdict.Outcome == check.Fail {
		return verdict, nil
	}
	return verdict, worst([]error{open, err})
}

func judgeMounts(fsys fs.FS, mounts check.Setting[[]string]) (check.Verdict, error) {
	for _, mount := range mounts.Or(nil) {
		_, found, err := exists(fsys, mount)
		if err != nil {
			found, err = certainFolder(fsys, mount, err)
		}
		if err != nil {
			return check.Verdict{}, err
		}
		if found {
			return check.Failf(mounts.At(), "the mount path %s exists in the image", brief(mount)).Also(check.AtFile(path.Clean(mount))).
				WithFix("mount on a path that is not there, or remove it from the image"+beforeUser+"RUN rm -rf %s", named(path.Clean(mount), "<path>")), nil
		}
	}
	if len(mounts.Or(nil)) > 0 {
		return check.Passf(mounts.At(), "the folders of the managed runtime are free, and so is %s", nameList(mounts.Or(nil))), nil
	}
	return check.Passf(check.AtFile(runtimeFolders[0]), "the folders of the managed runtime are free"), nil
}

// isTwoLevels reports whether the path is one like /mnt/data.
func isTwoLevels(name string) bool {
	return path.IsAbs(name) && strings.Count(path.Clean(name), "/") == 2
}

// lastName returns a name to use for the last level of a path.
func lastName(name string) string {
	if base := path.Base(name); base != "/" && base != "." {
		return base
	}
	return "data"
}
