// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// run is a RUN instruction, as the user, in the directory that WORKDIR named.
func (t *tree) run(cmd *check.Command, who owner, dir check.Setting[string], at check.Location) {
	mounts := t.mounts
	t.mounts = nil
	t.behind(mounts, at)
	defer t.behind(mounts, at)
	if isHidden(cmd) {
		t.doubt("/", at)
		return
	}
	umask := false
	for i := range cmd.Calls {
		if cmd.Opaque != nil {
			t.litter(at, true)
		}
		if t.lost(at) {
			return
		}
		r := &runner{tree: t, cmd: cmd, index: i, call: &cmd.Calls[i], who: who, dir: dir, at: at, mask: umask}
		r.start()
		umask = umask || r.call.Name() == "umask"
	}
	if cmd.Opaque != nil {
		t.appear(at)
		t.forgetContent(cmd.Script)
	}
}

// behind makes uncertain what is at the mounts of a RUN instruction: what is
// there while it runs does not stay, but for the folders to mount on.
func (t *tree) behind(mounts []string, at check.Location) {
	for _, mount := range mounts {
		for _, name := range prefixes(mount) {
			p, ok := t.find(name, true)
			if ok && p.exists == absent {
				p.appear()
			}
		}
		t.doubt(mount, at)
	}
}

// hiding are words of a script that may change modes, owners or existing files
// where the calls do not tell.
var hiding = regexp.MustCompile(`\b(chmod|chown|chgrp|rm|rmdir|mv|cp|install|ln|mkdir|tar|unzip|rsync|find|xargs|unlink|umask)\b`)

// isHidden reports whether the command does more to files than its calls tell,
// or does it in another directory.
func isHidden(cmd *check.Command) bool {
	if cmd.Opaque == nil {
		return false
	}
	var told strings.Builder
	for _, c := range cmd.Calls {
		told.WriteString(strings.Join(c.Args, " ") + "\n")
	}
	words := len(hiding.FindAllString(cmd.Script, -1))
	switch {
	case cmd.Script == "":
		return true
	case words > len(hiding.FindAllString(told.String(), -1)):
		return true
	default: // The directory is that of the calls up to the end of the chain with the last cd.
		rest := cmd.Script[max(0, strings.LastIndex(cmd.Script, "cd ")):]
		return words > 0 && strings.ContainsAny(rest, ";\n|")
	}
}

// forgetContent drops the content of the files that a script names.
func (t *tree) forgetContent(script string) {
	if !t.inline {
		return
	}
	t.root.visit(nil, func(names []string, n *node) {
		if n.content != nil && strings.Contains(script, names[len(names)-1]) {
			n.content = nil
		}
	})
}

// runner is one program that a RUN instruction starts.
type runner struct {
	*tree
	cmd   *check.Command
	index int // of the call
	call  *check.Call
	who   owner
	dir   check.Setting[string]
	at    check.Location
	mask  bool // the umask may be another than the usual

	name string // the program
	args []word // behind it
	weak bool
}

// word is an argument of a program.
type word struct {
	text string
	// literal is false where the shell makes something else of it, or several
	// words.
	literal bool
}

// neutral are the wrappers that change neither user nor root.
var neutral = strings.Fields("env exec nohup nice ionice stdbuf timeout time setsid tini tini-static docker-init dumb-init catatonit")

func (r *runner) start() {
	c := r.call
	r.weak = c.Conditional || c.Unchecked || c.Background
	for _, w := range c.Wrappers {
		if !slices.Contains(neutral, path.Base(w[0])) {
			r.who = owner{}
		}
	}
	for _, w := range c.Writes {
		r.write(w)
	}
	r.args = wordsOf(c)
	if len(r.args) == 0 {
		return
	}
	r.guard()
	if path.Base(r.args[0].text) == "busybox" && len(r.args) > 1 {
		r.args = r.args[1:]
	}
	r.name = path.Base(r.args[0].text)
	literal := r.args[0].literal || r.name == "["
	r.args = r.args[1:]
	switch tool := tools[r.name]; {
	case !literal:
		r.stranger(true)
	case tool != nil:
		if !tool(r) {
			r.doubtNamed()
		}
	case slices.Contains(inert, r.name):
	default:
		r.stranger(!slices.Contains(creators, r.name) && !slices.Contains(tidy, r.name))
	}
}

// guard takes "[ -d x ] || mkdir x" for what it is, mkdir -p.
func (r *runner) guard() {
	g, c := r.call.Guard, r.call
	if g == nil || !g.Failed || c.Unchecked || c.Background || r.args[0].text != "mkdir" {
		return
	}
	test := g.Args
	if test[0] == "[" {
		test = test[:len(test)-1]
	}
	folder := test[len(test)-1]
	if len(test) == 3 && test[1] == "-d" && (slices.Equal(c.Args, []string{"mkdir", folder}) || slices.Equal(c.Args, []string{"mkdir", "-p", folder})) {
		r.weak = false
		r.args = slices.Insert(r.args, 1, word{"-p", true})
	}
}

// write makes a file that output is redirected to, if there is none.
func (r *runner) write(to check.Redirection) {
	if strings.HasPrefix(to.Path, "/dev/") {
		return
	}
	name, ok := to.Path, to.Path != ""
	if ok && !path.IsAbs(name) {
		start, _, err := r.dir.Get()
		name, ok = "/"+start+"/"+name, err == nil
	}
	if !ok || !r.makeFile(name) {
		r.litter(r.at, true)
		return
	}
	r.change(name, effect{at: r.at, do: func(n *node) { n.content, n.original = nil, false }})
}

// inert are programs that change no file.
var inert = strings.Fields("cd echo printf true false : test [ export set unset umask exit return read shift local type command alias which " +
	"pwd ls cat id whoami env sleep uname date head tail grep egrep fgrep wc sort uniq cut tr basename dirname stat du df hostname nproc sha256sum md5sum")

// tidy are programs that create files at the places of the distribution, or
// where they are told to.
var tidy = strings.Fields("apt apt-get apk dnf microdnf yum tdnf zypper dpkg rpm curl wget sed awk tee ldconfig " +
	"update-ca-certificates locale-gen groupadd addgroup groupmod passwd chpasswd gpasswd usermod")

// creators are programs that create files, in HOME and elsewhere, but do not
// change the mode or the owner of a folder that they are told.
var creators = strings.Fields("npm npx yarn pnpm node pip pip3 python python3 poetry uv pipenv conda mamba composer php gem bundle ruby " +
	"go cargo rustc mvn gradle java javac dotnet make cmake gcc g++ cc ld git")

// removing are the arguments by which a package manager takes files away.
var removing = strings.Fields("remove purge autoremove del erase uninstall upgrade dist-upgrade")

// stranger is a program that is not understood: files may appear anywhere, and
// where it is told a path and wide is set, anything happens there.
func (r *runner) stranger(wide bool) {
	if wide {
		r.appear(r.at)
	} else {
		r.litter(r.at, !slices.Contains(tidy, r.name))
		r.namedAppear()
	}
	var text strings.Builder
	removes := false
	for _, w := range r.args {
		text.WriteString(w.text + " ")
		removes = removes || slices.Contains(removing, w.text)
	}
	r.forgetContent(text.String())
	switch {
	case r.name == "usermod" && slices.ContainsFunc(r.args, func(w word) bool { return w.text == "-m" || w.text == "--move-home" || w.text == "-md" }):
		r.doubt("/", r.at)
	case r.name == "usermod":
		r.change("/", effect{at: r.at, deep: true, weak: true, do: func(n *node) { n.uid, n.gid = fileID{}, fileID{} }})
	case removes:
		r.change("/", effect{at: r.at, deep: true, do: (*node).mayVanish})
	}
	if wide {
		r.doubtNamed()
	}
}

// mayVanish is what the removal of a package does: folders that the text made
// stay.
func (n *node) mayVanish() {
	if n.kind != folder {
		n.exists = maybe
	}
}

// namedAppear lets what the arguments name be there.
func (r *runner) namedAppear() {
	for _, w := range r.args {
		_, text, _ := strings.Cut("="+w.text, "=")
		name, ok := r.path(text)
		if ok && w.literal && (strings.Contains(text, "/") || isOwn(path.Dir(name), path.Base(name))) {
			if p, found := r.find(name, true); found {
				p.appearBelow(r.at, anywhere)
			}
		}
	}
}

// doubtNamed makes uncertain what the program's arguments name.
func (r *runner) doubtNamed() {
	for _, w := range r.args {
		text := w.text
		if strings.HasPrefix(text, "-") {
			_, value, found := strings.Cut(text, "=")
			if !found {
				continue
			}
			text = value
		}
		r.doubtWord(word{text, w.literal})
	}
	r.appear(r.at)
}

// doubtWord makes everything uncertain that a word may name.
func (r *runner) doubtWord(w word) {
	text := w.text
	if rest, ok := strings.CutPrefix(text, "~/"); ok && !strings.ContainsAny(rest, "$`\"'\\*?[{~") && rest != "" {
		r.suspect(place{node: new(node), loose: path.Clean(rest)}, effect{at: r.at, deep: true, do: (*node).doubt})
		return
	}
	if !w.literal {
		i := strings.IndexAny(text, "$`\"'\\*?[{~")
		if i <= 0 && !r.isGlob(text) {
			r.doubt("/", r.at)
			return
		}
		text = text[:strings.LastIndexByte(text[:max(i, 0)], '/')+1]
	}
	if name, ok := r.path(text); ok {
		r.doubt(name, r.at)
	} else {
		r.doubt("/", r.at)
	}
}

// isGlob reports whether the word is a pattern of file names.
func (r *runner) isGlob(text string) bool {
	return strings.ContainsAny(text, "*?[") && !strings.ContainsAny(text, "$`\"'\\{~")
}

// path returns the absolute path that a literal word names; false where the
// directory is not known.
func (r *runner) path(text string) (string, bool) {
	if path.IsAbs(text) {
		return text, true
	}
	dir := r.call.Dir
	if !path.IsAbs(dir) {
		start, _, err := r.dir.Get()
		if err != nil {
			return "", false
		}
		dir = "/" + start + "/" + dir
	}
	return dir + "/" + text, true
}

// each does a change to what each of the words names.
func (r *runner) each(words []word, c effect) {
	c.at, c.weak = r.at, c.weak || r.weak
	for _, w := range words {
		name, ok := r.path(w.text)
		dir, pattern := path.Split(name)
		switch {
		case ok && w.literal:
			if !c.weak {
				r.prove(name)
			}
			r.change(name, c)
		case ok && r.isGlob(w.text) && !r.isGlob(dir):
			r.changeMatching(dir, pattern, c)
		default:
			r.doubtWord(w)
		}
	}
}

// changeMatching does a change weakly to what a pattern matches in a folder.
func (r *runner) changeMatching(dir, pattern string, c effect) {
	p, ok := r.find(dir, true)
	if !ok || p.loose != "" || p.kind != folder {
		r.doubt(dir, r.at)
		return
	}
	c.weak = true
	for name, kid := range p.kids {
		if matched, err := path.Match(pattern, name); matched || err != nil {
			c.apply(kid)
		}
	}
	c.apply(p.others())
}
