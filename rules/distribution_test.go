// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fgpreflight/fgpreflight/check/checktest"
)

// TestDistributions checks images made of a real distribution's packages, with
// their links, owners, modes and start scripts: as every kind of target, in the
// container engine, and as the engine saves them. A case is a case of
// testdata/rules with a file "packages": a line for each layer below the case's
// own, with the packages unpacked into it.
func TestDistributions(t *testing.T) {
	needDebian(t)
	files, err := filepath.Glob("../testdata/distributions/*.txtar")
	if err != nil || len(files) < 6 {
		t.Fatalf("too few cases: %v, %v", files, err)
	}
	var cases []*testCase
	var names []string
	for _, file := range files {
		c := readDistribution(t, file)
		cases, names = append(cases, c), append(names, strings.Fields(c.packages)...)
	}
	slices.Sort(names)
	from := downloadPackages(t, slices.Compact(names))
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.install(t, from)
			c.compareEverywhere(t)
		})
	}
}

// compareEverywhere compares the rows that the case expects, and those of every
// kind of target with each other.
func (c *testCase) compareEverywhere(t *testing.T) {
	t.Helper()
	report := c.check(t, registrySource)
	c.compareWant(t, report)
	want := agreedRows(report)
	for _, kind := range []targetSource{dockerArchiveSource, layoutSource, ociArchiveSource} {
		if diff := cmp.Diff(want, agreedRows(c.check(t, kind))); diff != "" {
			t.Errorf("registry against %s (-registry +other):\n%s", kind, diff)
		}
	}
	t.Run("engine", func(t *testing.T) { c.compareInEngine(t, want) })
}

// compareInEngine loads the case's image into an engine and compares the rows
// of what the engine then has, and of what it saves.
func (c *testCase) compareInEngine(t *testing.T, want []string) {
	t.Helper()
	engine := localEngine(t)
	ref := c.loadInto(t, engine)
	for _, target := range []string{"docker:" + ref, "docker-archive:" + saveImage(t, engine, ref)} {
		if diff := cmp.Diff(want, agreedRows(c.checkTarget(t, target))); diff != "" {
			t.Errorf("registry against %s (-registry +other):\n%s", target, diff)
		}
	}
}

// readDistribution reads a case without its packages.
func readDistribution(t *testing.T, file string) *testCase {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "packages" })
	if i < 0 {
		t.Fatalf("%s names no packages", file)
	}
	list := string(archive.Files[i].Data)
	archive.Files = slices.Delete(archive.Files, i, i+1)
	c := parseCase(t, strings.TrimSuffix(filepath.Base(file), ".txtar"), txtar.Format(archive))
	c.file, c.packages = file, list
	return c
}

// install puts the packages below the case's own layers.
func (c *testCase) install(t *testing.T, from map[string][]checktest.Entry) {
	t.Helper()
	for line := range strings.Lines(c.packages) {
		var layer []checktest.Entry
		for name := range strings.FieldsSeq(line) {
			layer = append(layer, from[name]...)
		}
		c.Base = append(c.Base, withoutRepeats(layer))
	}
	var err error
	if c.image, err = c.Build(); err != nil {
		t.Fatal(err)
	}
}

// withoutRepeats drops the folders that several packages of a layer bring, as
// no builder writes an entry of a layer twice.
func withoutRepeats(entries []checktest.Entry) []checktest.Entry {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(entries), func(e checktest.Entry) bool {
		repeated := seen[e.Header.Name]
		seen[e.Header.Name] = true
		return repeated
	})
}
