// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

// build runs instructions, one a line, on a base: "debian", "scratch" … or
// "unknown".
func build(t *testing.T, base, text string) fs.FS {
	t.Helper()
	tree := dockerfile.NewTree(baseOf(base), &check.UnavailableError{Fact: "base image", Why: "the base image x is not known", Hint: "pass --resolve-base"})
	tree.Names(map[string]int64{"app": 1003, "root": 0})
	perform(t, tree, text)
	return tree.FS()
}

func baseOf(name string) *dockerfile.Base {
	switch name {
	case "unknown":
		return nil
	case "scratch":
		return &dockerfile.Base{RootFS: dockerfile.EmptyFS{}}
	default:
		return &dockerfile.Base{Distribution: name}
	}
}

func perform(t *testing.T, tree dockerfile.Tree, text string) {
	t.Helper()
	dir, uid := "/", int64(0)
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "":
		case "USER":
			_, err := fmt.Sscan(rest, &uid)
			if err != nil {
				t.Fatal(err)
			}
		case "WORKDIR":
			dir = rest
			tree.Workdir(dir, i+1, uid, uid)
		case "RUN":
			tree.Run(rest, dir, i+1, uid, uid)
		case "HOME":
			home, tool, _ := strings.Cut(rest, " ")
			tree.Home(home, tool, 1003, 1003)
		case "COPY", "ADD":
			flags, words := splitFlags(rest)
			if word == "ADD" {
				flags += " --add"
			}
			tree.Copy(flags, words, i+1, nil)
		default:
			t.Fatalf("unknown instruction %q", line)
		}
	}
}

func splitFlags(text string) (flags, words string) {
	for strings.HasPrefix(text, "--") {
		flag, rest, _ := strings.Cut(text, " ")
		flags, text = flags+" "+flag, rest
	}
	return flags, text
}

// describe returns what the tree says of a path: "dir 0755 0:0", "absent" or
// the reason why it does not say.
func describe(fsys fs.FS, name string) string {
	info, err := fs.Lstat(fsys, name)
	var unavailable *check.UnavailableError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "absent"
	case errors.As(err, &unavailable):
		return "? " + unavailable.Why
	case err != nil:
		return "error: " + err.Error()
	}
	kind := "file"
	switch {
	case info.IsDir():
		kind = "dir"
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := fs.ReadLink(fsys, name)
		if err != nil {
			return "error: " + err.Error()
		}
		return "link " + target
	}
	h := info.Sys().(*tar.Header)
	special := ""
	if info.Mode()&fs.ModeSticky != 0 {
		special = "t"
	}
	if info.Mode()&fs.ModeSetgid != 0 {
		special += "s"
	}
	return fmt.Sprintf("%s %04o%s %d:%d", kind, info.Mode().Perm(), special, h.Uid, h.Gid)
}

var treeTests = []struct {
	name, base, text string
	want             map[string]string
}{
	{"the documented sample", "debian", `
RUN mkdir -m 550 ${HOME} && groupadd -g 1003 app && useradd -u 1003 -g 1003 app
COPY --chown=1003:1003 main.js /home/app
COPY --chown=1003:1003 package.json /home/app
RUN cd ${HOME} && npm install
RUN chown -R 1003:1003 ${HOME}
RUN find ${HOME} -type d | xargs chmod 500
RUN find ${HOME} -type f | xargs chmod 500
USER 1003
WORKDIR /home/app`, map[string]string{
		"home": "dir 0755 0:0", "home/app": "dir 0500 1003:1003",
		"home/app/main.js": "? whether /home/app/main.js exists is not known before the image is built; line 1 may decide it",
	}},
	{"the sample of the community", "alpine", `
RUN mkdir -p ${HOME} && addgroup -g 1003 app && adduser -u 1003 -G app -D app
COPY --chown=1003:1003 ./src ${HOME}/src
RUN chown -R 1003:1003 ${HOME} && chmod -R 550 ${HOME}`, map[string]string{
		"home/app": "dir 0550 1003:1003",
	}},
}

func TestTree(t *testing.T) {
	for _, tt := range treeTests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := build(t, tt.base, tt.text)
			got := map[string]string{}
			for name := range tt.want {
				got[name] = describe(fsys, name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}
