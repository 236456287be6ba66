// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

// world is a Dockerfile that is built and, beside that, only read.
type world struct {
	*rand.Rand
	model   *model
	tree    dockerfile.Tree
	context *inode
	other   *model // another stage, and what is known of it
	read    dockerfile.Tree
	// linked is set where the base has links that the tree does not know: a
	// path does not end at one then.
	linked bool
	log    []string
}

var (
	rootNames = []string{"a", "b", "home", "opt", "l"}
	kidNames  = []string{"a", "b", "c"}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// path returns the path of something, mostly short.
func (w *world) path() string {
	name := "/" + pick(w.Rand, rootNames)
	for w.IntN(3) > 0 && strings.Count(name, "/") < 4 {
		name += "/" + pick(w.Rand, kidNames)
	}
	if name == "/l" && w.linked {
		return "/l/a"
	}
	return name
}

func (w *world) mode() string {
	return pick(w.Rand, []string{"755", "0700", "550", "500", "2775", "644", "1777"})
}

// grow fills a folder at random.
func (w *world) grow(n *inode, depth int) *inode {
	n.kids = map[string]*inode{}
	for _, name := range kidNames {
		kid := &inode{kind: 'f', mode: pick(w.Rand, []uint32{0o644, 0o600, 0o755}), uid: int64(w.IntN(2) * 1003)}
		switch w.IntN(4) {
		case 0:
			continue
		case 1:
			if depth > 0 {
				kid.kind, kid.mode = 'd', pick(w.Rand, []uint32{0o755, 0o700, 0o2775})
				kid.gid = int64(w.IntN(2) * 50)
				w.grow(kid, depth-1)
			}
		}
		n.kids[name] = kid
	}
	return n
}

func newWorld(seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, seed))}
	root := &inode{kind: 'd', mode: 0o755, kids: map[string]*inode{}}
	w.model = &model{root: root}
	w.context = w.grow(&inode{kind: 'd', mode: 0o755}, 2)
	eachInode(w.context, true, func(n *inode) { n.uid, n.gid = 0, 0 })
	var base *dockerfile.Base
	switch w.IntN(4) {
	case 0:
		base = &dockerfile.Base{RootFS: dockerfile.EmptyFS{}}
	case 1:
		w.furnish(root)
		w.linked = true
	case 2:
		w.furnish(root)
		for _, name := range []string{"etc", "mnt", "srv", "tmp", "usr", "var", "root"} {
			root.kids[name] = &inode{kind: 'd', mode: map[string]uint32{"tmp": 0o1777, "root": 0o700}[name], kids: map[string]*inode{}}
			if root.kids[name].mode == 0 {
				root.kids[name].mode = 0o755
			}
		}
		local := &inode{kind: 'd', mode: 0o755, kids: map[string]*inode{"bin": {kind: 'd', mode: 0o755, kids: map[string]*inode{}}}}
		root.kids["usr"].kids = map[string]*inode{"bin": {kind: 'd', mode: 0o755, kids: map[string]*inode{}}, "local": local}
		root.kids["var"].kids["lib"] = &inode{kind: 'd', mode: 0o755, kids: map[string]*inode{}}
		root.kids["home"].mode, root.kids["opt"].mode = 0o755, 0o755
		for _, name := range []string{"a", "b", "l"} {
			delete(root.kids, name)
		}
		base = &dockerfile.Base{Distribution: "debian"}
	default:
		w.furnish(root)
		base = &dockerfile.Base{RootFS: modelFS{&model{root: root.clone()}}}
	}
	w.tree = dockerfile.NewTree(base, nil)
	w.other = &model{root: &inode{kind: 'd', mode: 0o755, kids: map[string]*inode{}}}
	w.read = dockerfile.NewTree(&dockerfile.Base{RootFS: dockerfile.EmptyFS{}}, nil)
	return w
}

// furnish makes a base image's folders, and a link to one of them.
func (w *world) furnish(root *inode) {
	for _, name := range rootNames {
		if w.IntN(3) > 0 || name == "home" || name == "opt" {
			root.kids[name] = w.grow(&inode{kind: 'd', mode: 0o755}, 2)
		}
	}
	root.kids["l"] = &inode{kind: 'l', mode: 0o777, target: pick(w.Rand, []string{"/a", "home", "/home/a", "b"})}
}

// step does one instruction in both.
func (w *world) step(line int) {
	before := w.model.root.clone()
	user := int64(w.IntN(2) * 1003)
	w.model.uid, w.model.gid = user, user
	if w.IntN(3) == 0 {
		w.copyStep(line, before)
		return
	}
	if w.IntN(6) == 0 {
		w.workdirStep(line, before, user)
		return
	}
	script, err := w.command(user)
	switch {
	case w.IntN(5) == 0: // it may fail
		if err != nil {
			w.model.root = before
		}
		script += pick(w.Rand, []string{" || true", "; true"})
	case w.IntN(6) == 0: // it does not run
		w.model.root = before
		script = "if false; then " + script + "; fi"
	case err != nil: // there is no image
		w.model.root = before
		return
	}
	w.log = append(w.log, fmt.Sprintf("RUN %s # as %d", script, user))
	w.tree.Run(script, "/", line, user, user)
}

func (w *world) workdirStep(line int, before *inode, user int64) {
	dir := w.path()
	give := func(n *inode) { n.uid, n.gid = user, user }
	if user == 0 && w.IntN(2) == 0 {
		give = nil // there is no USER
	}
	if err := w.model.mkdirAll(dir, 0o755, 0o755, give); err != nil {
		w.model.root = before
		return
	}
	w.log = append(w.log, fmt.Sprintf("WORKDIR %s # as %d", dir, user))
	w.tree.Workdir(dir, line, user, user)
}

// command returns a command and does it to the model.
func (w *world) command(user int64) (string, error) {
	name, other, mode := w.path(), w.path(), w.mode()
	var bits uint32
	fmt.Sscanf(mode, "%o", &bits)
	deep := w.IntN(2) == 0
	flag := map[bool]string{true: "-R ", false: ""}[deep]
	chmod := func(n *inode) {
		switch {
		case n.kind == 'l':
		case n.kind == 'd' && w.IntN(2) == 0: // GNU
			n.mode = bits | n.mode&0o6000
		default:
			n.mode = bits
		}
	}
	m := w.model
	switch w.IntN(23) {
	case 16:
		clause := pick(w.Rand, slices.Sorted(maps.Keys(symbolic)))
		return "chmod " + flag + clause + " " + name, m.each(name, deep, func(n *inode) {
			if n.kind != 'l' {
				n.mode = symbolic[clause](n.mode, n.kind == 'd')
			}
		})
	case 17:
		return "chmod " + flag + mode + " " + name + "/*", m.matching(name, deep, chmod)
	case 18:
		return "cd " + name + " && touch a", m.inFolder(name, func() error { return m.touch(name + "/a") })
	case 19:
		return "install -d -m " + mode + " " + name, m.installFolder(name, bits)
	case 20:
		return "umask 077 && mkdir -p " + name, m.mkdirAll(name, 0o700, 0o700, nil)
	case 21:
		return "chown " + flag + "1003 " + name, m.each(name, deep, func(n *inode) { n.uid = 1003 })
	case 0:
		return "mkdir " + name, m.mkdir(name, 0o755)
	case 1:
		return "mkdir -m " + mode + " " + name, m.mkdir(name, bits)
	case 2:
		return "mkdir -p " + name, m.mkdirAll(name, 0o755, 0o755, nil)
	case 3:
		return "mkdir -p -m " + mode + " " + name, m.mkdirAll(name, 0o755, bits, nil)
	case 4, 5:
		return "chmod " + flag + mode + " " + name, m.each(name, deep, chmod)
	case 6:
		who := int64(w.IntN(2) * 1003)
		return fmt.Sprintf("chown %s%d:%d %s", flag, who, who, name), m.each(name, deep, func(n *inode) {
			n.uid, n.gid = who, who
		})
	case 7:
		return "touch " + name, m.touch(name)
	case 8:
		return "rm -rf " + name, m.remove(name, true)
	case 9:
		return "rm " + name, m.remove(name, false)
	case 10:
		return "ln -s " + other + " " + name, m.symlink(other, name)
	case 11:
		return "mv " + name + " " + other, m.mv(name, other)
	case 12:
		return "cp " + name + " " + other, m.cp(name, other)
	case 13:
		return "install -m " + mode + " " + name + " " + other, m.install(name, other, bits)
	case 14:
		return w.find(name, mode, user, chmod)
	case 15:
		w.stranger(false)
		return "apt-get install x", nil
	default:
		w.stranger(true)
		return "./setup.sh", nil
	}
}

// symbolic are modes of chmod with what they do.
var symbolic = map[string]func(mode uint32, isFolder bool) uint32{
	"+x":   func(mode uint32, _ bool) uint32 { return mode | 0o111 },
	"go-w": func(mode uint32, _ bool) uint32 { return mode &^ 0o022 },
	"o=":   func(mode uint32, _ bool) uint32 { return mode &^ 0o7 },
	"g=u":  func(mode uint32, _ bool) uint32 { return mode&^0o070 | mode>>3&0o070 },
	"u=rwX,go=rX": func(mode uint32, isFolder bool) uint32 {
		if isFolder || mode&0o111 != 0 {
			return mode&^0o777 | 0o755
		}
		return mode&^0o777 | 0o644
	},
}

func (w *world) find(name, mode string, user int64, chmod func(*inode)) (string, error) {
	kind := pick(w.Rand, []byte{'d', 'f'})
	found := 0
	err := w.model.each(name, true, func(n *inode) {
		if n.kind == kind {
			chmod(n)
			found++
		}
	})
	if user != 0 {
		err = errModel // It may be stopped anywhere.
	}
	if w.IntN(2) == 0 {
		return fmt.Sprintf("find %s -type %c -exec chmod %s {} +", name, kind, mode), err
	}
	if found == 0 {
		err = errModel // chmod is told no file.
	}
	return fmt.Sprintf("find %s -type %c | xargs chmod %s", name, kind, mode), err
}

// stranger makes files where there are none; at the developer's own places only
// if it is a wide one.
func (w *world) stranger(wide bool) {
	for range w.IntN(4) {
		before := w.model.root.clone()
		name := w.path()
		if w.IntN(2) == 0 {
			_ = w.model.touch(name)
		} else {
			_ = w.model.mkdirAll(name, 0o755, 0o700, nil)
		}
		if !wide && own(w.model.root) != own(before) {
			w.model.root = before
		}
	}
}

// own counts what is in the root and in /home.
func own(root *inode) int {
	n := len(root.kids)
	if home := root.kids["home"]; home != nil {
		n += 100 * len(home.kids)
	}
	return n
}

func (w *world) copyStep(line int, before *inode) {
	b := bring{dest: w.path(), oldBuild: w.IntN(2) == 0, name: pick(w.Rand, kidNames)}
	flags := ""
	if w.IntN(2) == 0 {
		b.chown = &[2]int64{1003, 1003}
		flags += " --chown=1003:1003"
	}
	if w.IntN(2) == 0 {
		b.chmod = pick(w.Rand, []string{"0755", "0644", "500"})
		flags += " --chmod=" + b.chmod
	}
	if w.IntN(3) == 0 {
		b.dest += "/"
	}
	source, from := b.name, (*dockerfile.Tree)(nil)
	switch w.IntN(4) {
	case 0:
		source, b.name, b.source = ".", "/", w.context
	case 1:
		flags += " --from=stage"
		from = &w.read
		b.source, source = w.otherSource(line)
		b.name = path.Base(source)
	case 2:
		source = "<<" + b.name
		b.source = &inode{kind: 'f', mode: 0o644}
	default:
		b.source = w.context.kids[b.name]
	}
	w.model.uid, w.model.gid = 0, 0
	if b.source == nil || w.model.copy(b) != nil {
		w.model.root = before
		return
	}
	w.log = append(w.log, "COPY"+flags+" "+source+" "+b.dest)
	w.tree.Copy(flags, source+" "+b.dest, line, from)
}

// otherSource does something in the other stage and returns a file of it.
func (w *world) otherSource(line int) (*inode, string) {
	o := &world{Rand: w.Rand, model: w.other, tree: w.read, context: w.context}
	before := w.other.root.clone()
	o.model.uid, o.model.gid = 0, 0
	script, err := o.command(0)
	if err != nil {
		w.other.root = before
	} else {
		w.log = append(w.log, "(in the other stage) RUN "+script)
		o.tree.Run(script, "/", line, 0, 0)
	}
	name := w.path()
	_, _, n, err := w.other.lookup(name, true)
	if err != nil {
		return nil, name
	}
	return n, name
}

// check compares all that the tree says with the model.
func (w *world) check(t *testing.T) {
	t.Helper()
	fsys := w.tree.FS()
	var walk func(name string, depth int)
	walk = func(name string, depth int) {
		got := w.compare(t, fsys, name)
		if depth == 0 || got == "absent" || strings.HasPrefix(got, "? whether") {
			return
		}
		for _, kid := range slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(rootNames), kidNames...)))) {
			walk(path.Join(name, kid), depth-1)
		}
	}
	walk(".", 4)
}

// literal goes to a path that leads through folders only.
func (w *world) literal(name string) *inode {
	n := w.model.root
	for part := range strings.SplitSeq(name, "/") {
		if part == "." {
			continue
		}
		if n == nil || n.kind != 'd' {
			return nil
		}
		n = n.kids[part]
	}
	return n
}

func (w *world) compare(t *testing.T, fsys fs.FS, name string) string {
	t.Helper()
	n := w.literal(name)
	got := describe(fsys, name)
	want := "absent"
	if n != nil {
		want = describe(modelFS{w.model}, name)
	}
	if strings.HasPrefix(got, "? ") {
		return got
	}
	if strings.HasPrefix(got, "dir") || strings.HasPrefix(got, "file") {
		// The special bits are told only where they are known.
		if plain := strings.NewReplacer("ts ", " ", "s ", " ", "t ", " "); plain.Replace(got) == plain.Replace(want) {
			got = want
		}
	}
	if got != want {
		t.Fatalf("%s is %q in truth, the tree says %q, after:\n%s", name, want, got, strings.Join(w.log, "\n"))
	}
	w.compareList(t, fsys, name, n)
	return got
}

func (w *world) compareList(t *testing.T, fsys fs.FS, name string, n *inode) {
	t.Helper()
	if n == nil || n.kind != 'd' {
		return
	}
	entries, err := fs.ReadDir(fsys, name)
	var unavailable *check.UnavailableError
	if err != nil && !errors.As(err, &unavailable) {
		t.Fatalf("reading %s: %v, after:\n%s", name, err, strings.Join(w.log, "\n"))
	}
	for _, e := range entries {
		if n.kids[e.Name()] == nil {
			t.Fatalf("%s does not hold %s, after:\n%s", name, e.Name(), strings.Join(w.log, "\n"))
		}
	}
	if err == nil && len(entries) != len(n.kids) {
		t.Fatalf("%s holds %v, not %v, after:\n%s", name, slices.Sorted(maps.Keys(n.kids)), entries, strings.Join(w.log, "\n"))
	}
}

func explore(t *testing.T, seed uint64) {
	t.Helper()
	w := newWorld(seed)
	w.check(t)
	for line := range 12 {
		w.step(line + 1)
		w.check(t)
	}
}

// TestTreeAgainstModel builds random Dockerfiles in a model of a file system:
// whatever the tree claims to know is true there.
func TestTreeAgainstModel(t *testing.T) {
	for seed := range uint64(300) {
		explore(t, seed)
	}
}

// FuzzTree is TestTreeAgainstModel with more of them.
func FuzzTree(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(explore)
}
