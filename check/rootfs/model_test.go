// SPDX-License-Identifier: Apache-2.0

package rootfs_test

import (
	"archive/tar"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// modelHops is out of reach but for a loop.
const modelHops = 200

// model is a file system as a flat table of names, which layers are unpacked
// into one by one, as an engine does.
type model struct {
	files    map[string]*modelFile // The root is not in it.
	whiteout map[string]bool
	opaque   map[string]bool
	// repeated says that an entry has replaced another one of its layer, which
	// an early stop does not see.
	repeated bool
}

type modelFile struct {
	item

	implied bool
}

func newModel() *model {
	return &model{files: map[string]*modelFile{}, whiteout: map[string]bool{}, opaque: map[string]bool{}}
}

func (f *modelFile) is(typeflag byte) bool { return f != nil && f.Typeflag == typeflag }

func (f *modelFile) String() string {
	line := fmt.Sprintf("%v %d:%d", f.FileInfo().Mode(), f.Uid, f.Gid)
	switch f.Typeflag {
	case tar.TypeSymlink:
		return line + " -> " + f.Linkname
	case tar.TypeReg:
		return fmt.Sprintf("%s %q", line, f.data)
	}
	return line
}

func impliedDir() *modelFile { return &modelFile{item: dir("").mode(0o755), implied: true} }

// real resolves the symbolic links in a path. Where a directory is missing,
// create makes it, else there is no answer.
func (m *model) real(at, rest string, hops *int, create bool) (string, bool) {
	first, rest, _ := strings.Cut(rest, "/")
	next := path.Join(at, first)
	switch {
	case first == "" && rest == "":
		return at, true
	case first == "" || first == ".":
		return m.real(at, rest, hops, create)
	case first == "..":
		return m.real(cleaned(path.Dir(at)), rest, hops, create)
	case m.files[next].is(tar.TypeSymlink):
		if *hops--; *hops < 0 {
			return "", false
		}
		if path.IsAbs(m.files[next].Linkname) {
			at = ""
		}
		return m.real(at, m.files[next].Linkname+"/"+rest, hops, create)
	case !m.files[next].is(tar.TypeDir):
		if !create {
			return "", false
		}
		m.put(next, impliedDir())
	}
	return m.real(next, rest, hops, create)
}

// cleaned makes "." the empty name.
func cleaned(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// put replaces what is there, and what is below, unless both are directories.
func (m *model) put(name string, f *modelFile) {
	if old := m.files[name]; old != nil && (!old.implied || !f.is(tar.TypeDir)) {
		m.repeated = true
	}
	if !f.is(tar.TypeDir) {
		m.remove(name)
	}
	m.files[name] = f
}

func (m *model) remove(name string) {
	delete(m.files, name)
	delete(m.opaque, name)
	m.removeBelow(name)
}

func (m *model) removeBelow(name string) {
	below := func(other string) bool { return name == "" || strings.HasPrefix(other, name+"/") }
	maps.DeleteFunc(m.files, func(other string, _ *modelFile) bool { return below(other) })
	maps.DeleteFunc(m.whiteout, func(other string, _ bool) bool { return below(other) })
	maps.DeleteFunc(m.opaque, func(other string, _ bool) bool { return below(other) })
}

// unpack takes one entry of a layer.
func (m *model) unpack(i item) {
	name := cleaned(i.Name)
	parent, base := cleaned(path.Dir(name)), path.Base(name)
	hops := modelHops
	if strings.Contains("/"+parent, "/.wh.") {
		return
	}
	if name == "" {
		return
	}
	f := &modelFile{item: i}
	if !strings.HasPrefix(base, ".wh.") && f.is(tar.TypeLink) {
		f = m.sameLayer(f)
	}
	hidden, isWhiteout := strings.CutPrefix(base, ".wh.")
	if isWhiteout && base != ".wh..wh..opq" && (slices.Contains([]string{"", ".", ".."}, hidden) || strings.HasPrefix(hidden, ".wh.")) {
		return
	}
	parent, ok := m.real("", parent, &hops, true)
	switch {
	case !ok:
	case base == ".wh..wh..opq":
		m.opaque[parent] = true
	case isWhiteout:
		m.whiteout[path.Join(parent, hidden)] = true
	default:
		m.put(path.Join(parent, base), f)
	}
}

func (m *model) sameLayer(link *modelFile) *modelFile {
	hops := modelHops
	name := cleaned(link.Linkname)
	parent, ok := m.real("", cleaned(path.Dir(name)), &hops, false)
	target := m.files[path.Join(parent, path.Base(name))]
	if name == "" || !ok || target == nil || target.is(tar.TypeDir) {
		return link
	}
	return target
}

// cover lays an unpacked layer over m.
func (m *model) cover(upper *model) {
	below := &model{files: maps.Clone(m.files)}
	for name := range upper.opaque {
		m.removeBelow(name)
	}
	for name := range upper.whiteout {
		m.remove(name)
	}
	for _, name := range slices.Sorted(maps.Keys(upper.files)) {
		f := upper.files[name]
		switch {
		case f.is(tar.TypeLink):
			m.remove(name)
			if target := below.linkTarget(f.Linkname); target != nil {
				m.files[name] = target
			}
		case !f.is(tar.TypeDir):
			m.remove(name)
			m.files[name] = f
		case !f.implied || !m.files[name].is(tar.TypeDir):
			m.files[name] = f
		}
	}
}

func (m *model) linkTarget(link string) *modelFile {
	hops := modelHops
	name := cleaned(link)
	parent, ok := m.real("", cleaned(path.Dir(name)), &hops, false)
	if target := m.files[path.Join(parent, path.Base(name))]; ok && name != "" && !target.is(tar.TypeDir) {
		return target
	}
	return nil
}

func (m *model) dump() []string {
	var lines []string
	for _, name := range slices.SortedFunc(maps.Keys(m.files), walkOrder) {
		lines = append(lines, name+" "+m.files[name].String())
	}
	return lines
}

// walkOrder is the order of fs.WalkDir: by component.
func walkOrder(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) }

// lookup follows the links in a name, which may end in anything.
func (m *model) lookup(name string, hops int) string {
	left := hops
	end, isDir := m.real("", name, &left, false)
	switch {
	case left < 0:
		return "loop"
	case isDir && end == "":
		return impliedDir().String()
	case isDir:
		return m.files[end].String()
	}
	name = strings.TrimRight(name, "/")
	slash := strings.LastIndex(name, "/")
	parent, ok := m.real("", name[:max(0, slash)], &hops, false)
	f := m.files[path.Join(parent, name[slash+1:])]
	switch {
	case !ok || f == nil:
		return "missing"
	case !f.is(tar.TypeSymlink):
		return f.String()
	case path.IsAbs(f.Linkname):
		return m.lookup(f.Linkname, hops-1)
	}
	return m.lookup(parent+"/"+f.Linkname, hops-1)
}

var (
	scriptNames = []string{
		"a", "b", "c", "a/b", "a/c", "b/a", "b/c", "a/b/c", "c/a", "c/a/b", "./a", "/b/", "a//c", "../a", "a/../b", "a/b/c/d",
		".wh.a", ".wh.b", "a/.wh.b", "a/b/.wh.c", "b/.wh.c", "c/.wh.a", ".wh..wh..opq", "a/.wh..wh..opq", "b/.wh..wh..opq",
		".wh.", "a/.wh..", ".wh.a/b", "a/.wh..wh.x", "b/b", "c/c", "a/a",
	}
	scriptTargets = []string{"a", "b", "/c", "../b", "a/b", "b/a", "/a/c", "c/a", "../a/b", "/", "..", "a/../c", "missing", "./b/", "a/b/c", "/b/c"}
	scriptTypes   = []byte{tar.TypeReg, tar.TypeReg, tar.TypeReg, tar.TypeDir, tar.TypeDir, tar.TypeSymlink, tar.TypeLink}
	scriptModes   = []int64{0o644, 0o755, 0o700, 0o4711}
)

// scriptLayers reads layers from bytes: four bytes an entry, and a first byte
// of 0xf0 and more for a new layer.
func scriptLayers(script []byte) [][]item {
	layers := [][]item{nil}
	for n := 0; len(script) >= 4 && n < 64; script = script[4:] {
		n++
		if script[0] >= 0xf0 {
			layers = append(layers, nil)
		}
		top := len(layers) - 1
		i := item{Header: tar.Header{
			Typeflag: scriptTypes[int(script[0])%len(scriptTypes)],
			Name:     scriptNames[int(script[1])%len(scriptNames)],
			Mode:     scriptModes[int(script[3])%len(scriptModes)],
			Uid:      int(script[3]),
		}}
		switch i.Typeflag {
		case tar.TypeReg:
			i.Name = strings.TrimSuffix(i.Name, "/")
			i.data = fmt.Sprintf("%d.%d", top, n)
		case tar.TypeSymlink, tar.TypeLink:
			i.Linkname = scriptTargets[int(script[2])%len(scriptTargets)]
		}
		layers[top] = append(layers[top], i)
	}
	return layers
}

// TestMergeModel compares random images with the model.
func TestMergeModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 1000 {
		compareWithModel(t, randomScript(random, 1+n%40))
	}
}

func FuzzMerge(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		f.Add(randomScript(random, 30))
	}
	f.Fuzz(compareWithModel)
}

func randomScript(random *rand.Rand, entries int) []byte {
	script := make([]byte, 4*entries)
	for i := range script {
		script[i] = byte(random.Uint32())
	}
	return script
}

// compareWithModel compares the whole tree, and single names with their links
// followed. What is asked lazily must be the same too, unless a layer repeats
// itself.
func compareWithModel(t *testing.T, script []byte) {
	t.Helper()
	layers := scriptLayers(script)
	want, repeated := newModel(), false
	var blobs [][]byte
	for _, items := range layers {
		blobs = append(blobs, tarOf(t, items...))
		upper := newModel()
		for _, i := range items {
			upper.unpack(i)
		}
		want.cover(upper)
		repeated = repeated || upper.repeated
	}
	limits := rootfs.Limits{LinkHops: modelHops}
	whole := open(t, rootfs.Options{Complete: true, Limits: limits}, stack(blobs...)...)
	got, err := dump(whole)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.dump(), got); diff != "" {
		t.Fatalf("layers %s\n(-want +got):\n%s", printed(layers), diff)
	}
	lazy := open(t, rootfs.Options{Limits: limits}, stack(blobs...)...)
	for _, name := range scriptNames[:10] {
		if got, want := lookup(whole, name, true), want.lookup(name, modelHops); got != want {
			t.Errorf("layers %s\n%s is %s, want %s", printed(layers), name, got, want)
		}
		if got, want := lookup(lazy, name, true), lookup(whole, name, true); got != want && !repeated {
			t.Errorf("layers %s\nlazily, %s is %s, want %s", printed(layers), name, got, want)
		}
	}
}

func printed(layers [][]item) string {
	var b strings.Builder
	for n, items := range layers {
		for _, i := range items {
			fmt.Fprintf(&b, "\n%d: %c %q %q %v %d", n, i.Typeflag, i.Name, i.Linkname, i.FileInfo().Mode(), i.Uid)
		}
	}
	return b.String()
}
