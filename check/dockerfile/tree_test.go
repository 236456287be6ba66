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
	case "composer":
		return &dockerfile.Base{Distribution: "alpine", Config: check.Config{WorkingDir: check.Known("/app", check.Location{})}}
	case "scratch", "empty":
		return &dockerfile.Base{RootFS: dockerfile.EmptyFS{}}
	default:
		return &dockerfile.Base{Distribution: name, Accounts: &check.Accounts{Users: []check.Account{{Name: "node", Home: "/home/node"}}}}
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
		case "SCRIPT":
			tree.RunUnknown(i + 1)
		case "MOUNT":
			tree.Mounts(rest)
		case "RUN":
			tree.Run(rest, dir, i+1, uid, uid)
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
COPY --chown=1003:1003 ./src /home/app/src
RUN chown -R 1003:1003 ${HOME} && chmod -R 550 ${HOME}`, map[string]string{
		"home/app": "dir 0550 1003:1003", "home/app/src": "? whether /home/app/src is a file or a folder is not known before the image is built; line 2 may decide it",
	}},
	{"an unknown base", "unknown", "RUN mkdir -m 700 /x", map[string]string{
		".": "? the mode of / is not known: the base image x is not known", "x": "? the owner of /x is not known: the base image x is not known",
		"y": "? whether /y exists is not known: the base image x is not known",
	}},
	{"what every Debian has", "debian", "", map[string]string{
		".": "dir 0755 0:0", "root": "dir 0700 0:0", "tmp": "dir 0777t 0:0", "usr/local/bin": "dir 0755 0:0",
		"bin": "? whether /bin exists is not known: the base image x is not known",
		"app": "absent", "home/app": "absent", "srv": "dir 0755 0:0",
		"home/node": "? whether /home/node exists is not known: the base image x is not known",
	}},
	{"a new folder for code", "debian", "RUN apt-get install -y x && ./configure\nRUN mkdir -p /home/app && mkdir -p /app && mkdir -p /srv/app", map[string]string{
		"home/app": "? the mode of /home/app is not known before the image is built; line 1 may decide it", "app": "? the mode of /app is not known before the image is built; line 1 may decide it",
		"srv/app": "? the mode of /srv/app is not known: the base image x is not known",
	}},
	{"a new folder for code after packages", "debian", "RUN apt-get install -y x >/dev/null\nRUN mkdir -p /home/app && mkdir -p /app/x && mkdir -p /srv/app", map[string]string{
		"home/app": "dir 0755 0:0", "app/x": "dir 0755 0:0", "srv/app": "? the mode of /srv/app is not known: the base image x is not known",
		"code": "absent", "home/snuser": "absent",
	}},
	{"a folder for code that a program may make", "debian", "RUN npm install\nRUN mkdir -p /home/app && tar -x -C /app", map[string]string{
		"home/app": "dir 0755 0:0", "app": "? whether /app exists is not known before the image is built; line 2 may decide it",
		"home/snuser": "absent", "home/other": "? whether /home/other exists is not known before the image is built; line 1 may decide it",
	}},
	{"a file beside the distribution", "debian", "COPY app.py .env /\nCOPY src /opt/", map[string]string{
		"home": "dir 0755 0:0", "tmp": "dir 0777t 0:0", "app.py": "? whether /app.py exists is not known before the image is built; line 1 may decide it",
		"opt/app": "? whether /opt/app exists is not known before the image is built; line 2 may decide it",
	}},
	{"a folder beside the distribution", "debian", "COPY rootfs /", map[string]string{
		"home": "? whether /home is a file or a folder is not known before the image is built; line 1 may decide it", "usr": "? the mode of /usr is not known before the image is built; line 1 may decide it",
	}},
	{"an archive", "scratch", "RUN mkdir /a /b && tar -xzf x.tgz -C /a && cd /b && tar czf /x.tgz .", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 1 may decide it", "b": "dir 0755 0:0",
	}},
	{"archives in the folder", "scratch", "RUN mkdir /a /b /c && cd /b && tar xf ../x.tar\nRUN tar --extract --directory=/c\nRUN tar xC /a", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 3 may decide it",
		"b": "? whether /b exists is not known before the image is built; line 1 may decide it",
		"c": "? whether /c exists is not known before the image is built; line 2 may decide it",
	}},
	{"an archive in the root", "debian", "RUN tar xf x.tar", map[string]string{"home": "dir 0755 0:0"}},
	{"a folder of the base's own", "composer", "WORKDIR /app", map[string]string{"app": "? the mode of /app is not known: the base image x is not known"}},
	{"what every Red Hat system has", "redhat", "", map[string]string{"root": "dir 0550 0:0", "home": "dir 0755 0:0"}},
	{"scratch", "scratch", "COPY <<f /etc/f\nCOPY --chmod=0711 <<g /", map[string]string{
		".": "dir 0755 0:0", "etc": "dir 0755 0:0", "etc/f": "file 0644 0:0", "g": "file 0711 0:0", "etc/g": "absent", "bin": "absent",
	}},
	{"a program may make anything", "scratch", "RUN mkdir -m 711 /a\nRUN ./setup", map[string]string{
		"a": "dir 0711 0:0", "b": "? whether /b exists is not known before the image is built; line 2 may decide it",
	}},
	{"a redirection makes a file", "scratch", "RUN echo x >/x && rm -rf /y\nRUN echo x >>/y 2>/dev/null || true", map[string]string{
		"x": "file 0644 0:0", "y": "? whether /y exists is not known before the image is built; line 2 may decide it", "z": "absent",
	}},
	{"a directory that is not certain", "scratch", "RUN mkdir /a && cd /b; rm -r x", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 1 may decide it",
	}},
	{"a redirection to somewhere", "scratch", "RUN echo x >$(cat /y)", map[string]string{
		"x": "? whether /x exists is not known before the image is built; line 1 may decide it",
	}},
	{"a script that is not read", "scratch", "RUN mkdir /a\nSCRIPT", map[string]string{
		".": "? the mode of / is not known before the image is built; line 2 may decide it",
		"a": "? whether /a exists is not known before the image is built; line 2 may decide it",
	}},
	{"a COPY with unknown words", "scratch", "RUN mkdir /a\nCOPY --unclear . /b", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 2 may decide it",
	}},
	{"a COPY with parents", "scratch", "RUN mkdir -p /a /b/c\nCOPY --parents x/y /b/", map[string]string{
		"a": "dir 0755 0:0", "b/c": "? whether /b exists is not known before the image is built; line 2 may decide it",
	}},
	{"an image that is not known", "scratch", "COPY --from=x /a /b\nCOPY --from=x --chown=3:4 /c /d/", map[string]string{
		"b": "? whether /b is a file or a folder is not known before the image is built; line 1 may decide it", "d": "dir 0755 3:4",
	}},
	{"an owner that is not known", "scratch", "COPY --chown-unknown <<f /f", map[string]string{"f": "? the owner of /f is not known before the image is built"}},
	{"a mode by letters", "scratch", "COPY --chmod=u=rwx,go=rx <<f /f\nCOPY --chmod=go-r <<g /g\nCOPY --chmod=? <<h /h", map[string]string{
		"f": "file 0755 0:0", "g": "file 0600 0:0", "h": "? the mode of /h is not known before the image is built",
	}},
	{"over a file", "scratch", "RUN touch /a\nCOPY --chmod=0711 a /a", map[string]string{"a": "file 0711 0:0"}},
	{"circles", "scratch", "RUN ln -s /b /a && ln -s /a /b\nRUN chmod 700 /a/x", map[string]string{
		".": "? the mode of / is not known before the image is built; line 2 may decide it",
	}},
	{"the home of whoever runs", "scratch", "RUN mkdir -p /a/b /a/c && mkdir -p ~/.ssh && touch ~/.x && chmod 700 ~/b", map[string]string{
		"a/b": "? whether /a/b exists is not known before the image is built; line 1 may decide it", "a/c": "dir 0755 0:0",
	}},
	{"an account that goes", "scratch", "RUN mkdir /a && userdel x\nRUN mkdir /b && deluser --remove-home x\nRUN mkdir /c && userdel x", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 2 may decide it",
		"c": "? the owner of /c is not known before the image is built; line 2 may decide it",
	}},
	{"an account that moves", "scratch", "RUN mkdir /a && usermod -d /b -m x", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 1 may decide it",
	}},
	{"cleaning up", "debian", "RUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/* /var/tmp/x && chmod 755 /bin/y && mkdir -p /var/lib/x", map[string]string{
		"home/app": "absent", "app": "absent", "var": "dir 0755 0:0", "tmp": "dir 0777t 0:0",
	}},
	{"up and down", "scratch", "RUN mkdir /a && mkdir -m 700 /a/../b && cd /a && chmod 711 ../b", map[string]string{"b": "dir 0711 0:0"}},
	{"mounts", "scratch", "RUN mkdir -p /a/b\nMOUNT /a/c/d\nRUN mkdir -m 700 -p /a/c/d/e && chmod 700 /a/b", map[string]string{
		"a/b": "dir 0700 0:0", "a/c": "? the mode of /a/c is not known before the image is built", "a/c/d": "? whether /a/c/d exists is not known before the image is built; line 3 may decide it",
	}},
	{"a guard", "debian", "WORKDIR /app\nRUN [ -d /app/x ] || mkdir /app/x\nRUN if [ -e /app/y ]; then mkdir /app/y; fi\nRUN mkdir /app/z && cd /app/z && touch f", map[string]string{
		"app/x": "dir 0755 0:0", "app/y": "? whether /app/y exists is not known before the image is built; line 4 may decide it",
		"app/z": "dir 0755 0:0",
	}},
	{"removed for good", "debian", "RUN rm -rf /opt", map[string]string{"opt": "absent", "opt/a": "absent"}},
	{"removed perhaps", "debian", "RUN rm -rf /opt || true", map[string]string{
		"opt": "? whether /opt exists is not known before the image is built; line 1 may decide it",
	}},
	{"only one of two readings", "scratch", "COPY --chmod=0755 a /a", map[string]string{
		"a": "? whether /a is a file or a folder is not known before the image is built; line 1 may decide it",
	}},
	{"an unknown file of a resolved base", "empty", "RUN apt-get install x\nRUN mkdir -p /home/app /app /var/x", map[string]string{
		"home/app": "? the mode of /home/app is not known before the image is built; line 1 may decide it", "app": "dir 0755 0:0",
		"code":  "absent",
		"var/x": "? the mode of /var/x is not known before the image is built; line 1 may decide it",
	}},
	{"a folder of the context", "scratch", "COPY --chown=1:2 . /a\nCOPY --chown=1:2 --chmod=0700 . /b", map[string]string{
		"a": "dir 0755 1:2", "b": "? the mode of /b is not known before the image is built",
		"a/x": "? whether /a/x exists is not known before the image is built",
	}},
	{"a folder by its slash", "scratch", "COPY a /b/", map[string]string{"b": "dir 0755 0:0"}},
	{"a pattern may match nothing", "scratch", "COPY *.js /b/", map[string]string{
		"b": "? whether /b exists is not known before the image is built; line 1 may decide it",
	}},
	{"a folder keeps its mode", "scratch", "RUN mkdir -m 700 /a\nCOPY --chown=1:1 --chmod=0755 . /a", map[string]string{"a": "dir 0700 0:0"}},
	{"an archive brings modes", "scratch", "RUN mkdir -m 700 /a\nADD a.tar /a", map[string]string{
		"a": "? whether /a is a file or a folder is not known before the image is built; line 2 may decide it",
	}},
	{"a file of the network", "scratch", "ADD https://example.com/x /x\nADD --chmod=0755 https://example.com/b/y /a/", map[string]string{
		"x": "file 0600 0:0", "a/y": "file 0755 0:0",
	}},
	{"a link in a layer of its own", "scratch", "RUN mkdir -m 700 /a\nCOPY --link <<f /a/f", map[string]string{
		"a": "? the mode of /a is not known before the image is built; line 2 may decide it",
	}},
	{"WORKDIR belongs to the user", "scratch", "USER 1003\nWORKDIR /a/b", map[string]string{"a": "dir 0755 1003:1003", "a/b": "dir 0755 1003:1003"}},
	{"WORKDIR keeps what is there", "debian", "USER 1003\nWORKDIR /root", map[string]string{"root": "dir 0700 0:0"}},
	{"symbolic modes", "scratch", "RUN mkdir -m 700 /a && chmod go=rX,u-w /a && touch /f && chmod u+x,g=u,o= /f", map[string]string{
		"a": "dir 0555 0:0", "f": "file 0770 0:0",
	}},
	{"all bits of a mode that was not known", "debian", "RUN mkdir -p /home/a && chown 5:6 /home/a && chmod u=rwx,go=rx /home/a", map[string]string{"home/a": "dir 0755 5:6"}},
	{"names of accounts", "scratch", "RUN mkdir /a /b /c && chown app:app /a && chgrp app /b && chown app: /c", map[string]string{
		"a": "dir 0755 1003:1003", "b": "dir 0755 0:1003", "c": "dir 0755 1003:1003",
	}},
	{"a program that is told a path", "scratch", "RUN mkdir /a /b && fix-permissions /a", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 1 may decide it", "b": "dir 0755 0:0",
	}},
	{"a package manager that is told one", "scratch", "RUN mkdir /a && npm install --prefix /a", map[string]string{"a": "dir 0755 0:0"}},
	{"a word that only the shell knows", "scratch", "RUN mkdir /a && chmod 700 $(cat /x)", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 1 may decide it",
	}},
	{"hidden in a substitution", "scratch", "RUN mkdir /a && x=$(rm -r /a)", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 1 may decide it",
	}},
	{"a pattern", "scratch", "RUN mkdir -m 700 /a /a/x /a/y && chmod 755 /a/x*", map[string]string{
		"a": "dir 0700 0:0", "a/x": "? the mode of /a/x is not known before the image is built; line 1 may decide it", "a/y": "dir 0700 0:0",
	}},
	{"find", "scratch", "RUN mkdir /a && touch /a/f && find /a -type f -exec chmod 600 {} + && find /a -name x -exec chmod 711 {} ';'", map[string]string{
		"a":   "? the mode of /a is not known before the image is built; line 1 may decide it",
		"a/f": "? the mode of /a/f is not known before the image is built; line 1 may decide it",
	}},
	{"find with kinds", "scratch", "RUN mkdir /a && touch /a/f && find /a -type f -exec chmod 600 {} ';' -o -print\nRUN find /a -print", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 1 may decide it",
	}},
	{"find and xargs with options", "scratch", "RUN mkdir /a && touch /a/f && find /a -type f -print0 | xargs -0 chmod 600", map[string]string{
		"a": "dir 0755 0:0", "a/f": "file 0600 0:0",
	}},
	{"xargs of another list", "scratch", "RUN mkdir /a && ls / | xargs chmod 600", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 1 may decide it",
	}},
	{"xargs of a harmless program", "scratch", "RUN mkdir /a && ls / | xargs cat", map[string]string{"a": "dir 0755 0:0"}},
	{"links", "scratch", "RUN mkdir -p /a/b && ln -s /a /l && chmod 700 /l/b && ln -s x /a", map[string]string{
		"l": "link /a", "a/b": "dir 0700 0:0", "a": "dir 0755 0:0", "a/x": "link x",
	}},
	{"copies", "scratch", "RUN mkdir /a && touch /f && chmod 666 /f && mv /f /a/g && install -m 511 -o app /a/g /h && cp /h /a && cp -r /a /b && cp -r /a /a", map[string]string{
		"f": "absent", "h": "file 0511 1003:0",
	}},
	{"a copy of a file", "scratch", "RUN mkdir /a && touch /f && chmod 777 /f && cp /f /a", map[string]string{"a/f": "file 0755 0:0"}},
	{"folders by install", "scratch", "RUN install -d -m 700 -o app -g app /a/b", map[string]string{"a": "dir 0755 0:0", "a/b": "dir 0700 1003:1003"}},
	{"the umask", "scratch", "RUN umask 077 && mkdir /a\nRUN mkdir /b", map[string]string{
		"a": "? the mode of /a is not known before the image is built", "b": "dir 0755 0:0",
	}},
	{"a condition", "scratch", "RUN if [ -e /x ]; then mkdir /a; fi; mkdir /b", map[string]string{
		"a": "? whether /a exists is not known before the image is built; line 1 may decide it", "b": "dir 0755 0:0",
	}},
	{"another user", "scratch", "RUN sudo mkdir /a", map[string]string{"a": "? the owner of /a is not known before the image is built"}},
	{"the home of an account on Red Hat", "redhat", "RUN useradd -u 1003 app", map[string]string{"home/app": "dir 0700 1003:1003"}},
	{"the home of an account on Debian", "debian", "RUN useradd -m -d /opt/app app", map[string]string{
		"opt/app": "? the mode of /opt/app is not known: the base image x is not known",
	}},
	{"the home of an account on Alpine", "alpine", "RUN adduser -D app", map[string]string{"home/app": "dir 0755s 1003:1003"}},
	{"no home", "alpine", "RUN adduser -D -H app", map[string]string{
		"home/app": "absent",
	}},
	{"a home that was there", "alpine", "RUN mkdir -m 711 /home/app && adduser -D app", map[string]string{
		"home/app": "? the mode of /home/app is not known before the image is built; line 1 may decide it",
	}},
	{"a link of the base on the way", "debian", "RUN chmod 711 /lib/x && mkdir -m 755 /usr/x && chmod 700 /bin/x", map[string]string{
		"usr/x": "? the mode of /usr/x is not known before the image is built; line 1 may decide it",
	}},
	{"removing packages", "debian", "RUN apt-get purge -y x", map[string]string{"usr/local/bin": "dir 0755 0:0"}},
	{"other numbers for an account", "scratch", "RUN mkdir /a && usermod -u 1003 node", map[string]string{
		"a": "? the owner of /a is not known before the image is built; line 1 may decide it",
	}},
	{"BusyBox by name", "scratch", "RUN busybox mkdir -m 700 /a", map[string]string{"a": "dir 0700 0:0"}},
	{"set-ID bits", "scratch", "RUN mkdir -m 2755 /a && chgrp 7 /a && mkdir /a/b && chmod 755 /a", map[string]string{
		"a": "dir 0755 0:7", "a/b": "dir 0755s 0:7",
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

// TestCopyFromStage copies what another stage is known to hold.
func TestCopyFromStage(t *testing.T) {
	stage := dockerfile.NewTree(baseOf("scratch"), nil)
	perform(t, stage, "RUN mkdir -m 700 /a /a/b && touch /a/b/f && chown -R 5:6 /a && chmod 711 /a/b/f && ln -s f /a/l")
	tests := []struct {
		name, flags, words string
		want               map[string]string
	}{
		{"a folder", "--from=x", "/a /c", map[string]string{"c": "dir 0755 0:0", "c/b": "dir 0700 5:6", "c/b/f": "file 0711 5:6", "c/l": "link f", "c/x": "absent"}},
		{"given away", "--from=x --chown=7:8", "/a /c", map[string]string{"c": "dir 0755 7:8", "c/b": "dir 0700 7:8", "c/b/f": "file 0711 7:8"}},
		{"with a mode", "--from=x --chmod=0755", "/a /c", map[string]string{"c": "dir 0755 0:0", "c/b": "dir 0755 5:6", "c/b/f": "file 0755 5:6"}},
		{"a file", "--from=x", "/a/b/f /c", map[string]string{"c": "file 0711 5:6"}},
		{"a file to a folder", "--from=x --chown=7:8", "/a/b/f /c/", map[string]string{"c": "dir 0755 7:8", "c/f": "file 0711 7:8"}},
		{"with exceptions", "--from=x --exclude", "/a /c", map[string]string{
			"c": "dir 0755 0:0", "c/b": "? whether /c/b exists is not known before the image is built",
		}},
		{"a pattern", "--from=x", "/a/* /c/", map[string]string{"c": "? whether /c exists is not known before the image is built; line 1 may decide it"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := dockerfile.NewTree(baseOf("scratch"), nil)
			tree.Copy(tt.flags, tt.words, 1, &stage)
			fsys := tree.FS()
			for name, want := range tt.want {
				if got := describe(fsys, name); got != want {
					t.Errorf("%s is %q, not %q", name, got, want)
				}
			}
		})
	}
}

// TestTreeIsCopied shows that a clone and what FS returned stay as they are.
func TestTreeIsCopied(t *testing.T) {
	tree := dockerfile.NewTree(baseOf("scratch"), nil)
	perform(t, tree, "RUN mkdir /a")
	before, clone := tree.FS(), tree.Clone()
	perform(t, tree, "RUN chmod 700 /a")
	perform(t, clone, "RUN chmod 711 /a")
	for _, tt := range []struct {
		fsys fs.FS
		want string
	}{{before, "dir 0755 0:0"}, {tree.FS(), "dir 0700 0:0"}, {clone.FS(), "dir 0711 0:0"}} {
		if got := describe(tt.fsys, "a"); got != tt.want {
			t.Errorf("it is %q, not %q", got, tt.want)
		}
	}
}

// TestTreeContents reads files and folders.
func TestTreeContents(t *testing.T) {
	fsys := build(t, "scratch", "COPY <<run /a/\nCOPY <<gone /a/\nCOPY x /a/y/\nRUN touch /a/empty && sed -i s/a/b/ /a/gone && mkdir /c && ln -s a /l")
	tests := []struct{ name, want string }{
		{"a/run", "<<run"},
		{"a/gone", "? what /a/gone holds is not known before the image is built"},
		{"a/empty", "? what /a/empty holds is not known before the image is built"},
		{"a/none", "? whether /a/none exists is not known before the image is built; line 4 may decide it"},
		{"a/y/x", "? whether /a/y/x exists is not known before the image is built; line 4 may decide it"},
		{"c", "error"},
		{"../x", "error"},
		{"a/run/x", "absent"},
	}
	for _, tt := range tests {
		data, err := fs.ReadFile(fsys, tt.name)
		got := string(data)
		var unavailable *check.UnavailableError
		switch {
		case errors.Is(err, fs.ErrNotExist):
			got = "absent"
		case errors.As(err, &unavailable):
			got = "? " + unavailable.Why
		case err != nil:
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%s holds %q, not %q", tt.name, got, tt.want)
		}
	}
	if info, err := fs.Stat(fsys, "l"); err == nil {
		t.Errorf("Stat answers for a link: %v", info)
	}
	if target, err := fs.ReadLink(fsys, "a/run"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("ReadLink of a file: %q, %v", target, err)
	}
}

// TestTreeLists lists folders: what is known is told, and whether there may be
// more.
func TestTreeLists(t *testing.T) {
	tests := []struct {
		name, base, text, folder string
		want                     string
		complete                 bool
	}{
		{"all", "scratch", "RUN mkdir /a /a/b && touch /a/f && ln -s x /a/l", "a", "b f l", true},
		{"empty", "scratch", "RUN mkdir /a", "a", "", true},
		{"some", "scratch", "RUN mkdir /a /a/b\nRUN ./x", "a", "b", false},
		{"some that are half known", "scratch", "COPY <<f /a/\nCOPY x /a/", "a", "f", false},
		{"a base", "debian", "", "usr", "bin local", false},
		{"the root", "scratch", "COPY <<f /", ".", "f", true},
		{"a file", "scratch", "RUN touch /a", "a", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries, err := fs.ReadDir(build(t, tt.base, tt.text), tt.folder)
			var names []string
			for _, e := range entries {
				names = append(names, e.Name())
			}
			if got := strings.Join(names, " "); got != tt.want || (err == nil) != tt.complete {
				t.Errorf("%q and %v, not %q", got, err, tt.want)
			}
		})
	}
}

// TestTreeReasons shows the reason and the way out in full.
func TestTreeReasons(t *testing.T) {
	_, err := fs.Lstat(build(t, "unknown", ""), "x")
	var unavailable *check.UnavailableError
	if !errors.As(err, &unavailable) {
		t.Fatal(err)
	}
	want := check.UnavailableError{Fact: "files", Why: "whether /x exists is not known: the base image x is not known", Hint: "pass --resolve-base"}
	if diff := cmp.Diff(want, *unavailable); diff != "" {
		t.Error(diff)
	}
}

// TestTreeBounds shows that hostile text costs little.
func TestTreeBounds(t *testing.T) {
	tree := dockerfile.NewTree(baseOf("scratch"), nil)
	var many strings.Builder
	for i := range 400 {
		fmt.Fprintf(&many, " /%d/%d", i, i)
	}
	for range 30 {
		perform(t, tree, "RUN mkdir -p"+strings.ReplaceAll(many.String(), "/", fmt.Sprintf("/%d", tree.Nodes())))
	}
	perform(t, tree, "RUN mkdir -p "+strings.Repeat("/a", 5_000))
	if n := tree.Nodes(); n > 5_001 {
		t.Errorf("the tree has %d nodes", n)
	}
	if got := describe(tree.FS(), "x"); !strings.HasPrefix(got, "? ") {
		t.Errorf("after that /x is %q", got)
	}
}
