// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"io/fs"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var tmpEmpty = &check.Rule{
	ID:    "FG309",
	Name:  "tmp-empty",
	Title: "Nothing of the image lies in /tmp",
	Why: `/tmp is the function's own space on the platform. What the image brings there may
be hidden by it, or count against its 512 MB; nothing in the function should
depend on it. Mostly it is left over from the build, and only makes the image
larger.`,
	Fix: `Remove it in the same instruction that made it, or keep it elsewhere:

	RUN pip install -r /tmp/requirements.txt && rm -rf /tmp/*`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/productdesc-functiongraph/functiongraph_01_0150.html",
	},
	Severity: check.Note,
	Levels:   "R",
	Bad: `-- files --
/tmp/requirements.txt file
`,
	Good: `-- files --
/tmp dir mode=1777
`,
	Check: checkTmpEmpty,
}

func checkTmpEmpty(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	fsys, err := s.Tree(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	at := check.AtFile("/tmp")
	names, found, err := contentOf(fsys, "/tmp")
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !found:
		return check.Passf(at, "the image has nothing in /tmp"), nil
	case names == nil:
		return check.SeeRule("FG308", "tmp-usable"), nil
	case len(names) == 0:
		return check.Passf(at, "/tmp is empty"), nil
	default:
		return check.Failf(at, "/tmp holds %s", nameList(names)).
			WithFix("remove it in the instruction that makes it, or make it elsewhere:\n\nRUN … && rm -rf /tmp/*"), nil
	}
}

// contentOf returns the names in a folder, nil where the file of that name is
// none; found reports whether there is anything.
func contentOf(fsys fs.FS, name string) (names []string, found bool, err error) {
	file, found, err := exists(fsys, name)
	if !file.Mode.IsDir() {
		return nil, found, err
	}
	entries, err := fs.ReadDir(fsys, check.FSName(file.Path))
	if err != nil && (len(entries) == 0 || !isUnavailable(err)) {
		return nil, false, err
	}
	names = make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, true, nil
}

// maxNames is how many names of a folder a message shows.
const maxNames = 3

// nameList returns the first names, and how many more there are.
func nameList(names []string) string {
	text := brief(strings.Join(names[:min(len(names), maxNames)], ", "))
	if len(names) > maxNames {
		return text + " and more"
	}
	return text
}
