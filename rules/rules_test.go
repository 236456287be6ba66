// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

func TestValidate(t *testing.T) {
	if err := check.Validate(rules.All); err != nil {
		t.Error(err)
	}
	if !slices.IsSortedFunc(rules.All, func(a, b *check.Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("rules.All is not in the order of the IDs")
	}
}

// TestRegistered shows that every rule has a file of its own, named after it,
// and that every such file's rule is in the list.
func TestRegistered(t *testing.T) {
	files, err := filepath.Glob("fg[0-9]*.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, r := range rules.All {
		name := strings.ToLower(r.ID) + "_" + strings.ReplaceAll(r.Name, "-", "_")
		if strings.HasSuffix(name, "_linux") || strings.HasSuffix(name, "_amd64") {
			name += "_rule" // a file whose name ends in a platform is built for that alone
		}
		want = append(want, name+".go")
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("rules.All against the files of the folder (-list +files):\n%s", diff)
	}
}

// TestDeps shows that rules and the core can reach nothing outside a subject:
// they import the standard library and package check alone.
func TestDeps(t *testing.T) {
	for _, pkg := range []string{"../check", "."} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		for path := range strings.FieldsSeq(string(out)) {
			if path != "github.com/fgpreflight/fgpreflight/check" && path != "github.com/fgpreflight/fgpreflight/rules" {
				t.Errorf("%s depends on %s", pkg, path)
			}
		}
	}
}

func TestExamples(t *testing.T) {
	for _, r := range rules.All {
		if r.RunOnly() {
			continue
		}
		for _, example := range []struct {
			text string
			want check.Outcome
		}{{r.Bad, check.Fail}, {r.Good, check.Pass}} {
			t.Run(fmt.Sprintf("%s/%s", r.ID, example.want), func(t *testing.T) {
				c := parseCase(t, fmt.Sprintf("%s-%s-example", r.ID, example.want), []byte(example.text))
				result := resultOf(t, c.check(t, registrySource), r)
				if result.Outcome != example.want || result.Err != nil {
					t.Errorf("got %s (%s), error %v; want %s", result.Outcome, result.Message, result.Err, example.want)
				}
			})
		}
	}
}

// TestCases checks every case file against every kind of target.
func TestCases(t *testing.T) {
	for _, c := range allCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			report := c.check(t, registrySource)
			c.compareWant(t, report)
			if c.Reference != "" || c.Dockerfile != nil {
				return // the kind of target is what the case is about
			}
			want := agreedRows(report)
			for _, source := range []targetSource{dockerArchiveSource, layoutSource, ociArchiveSource} {
				if diff := cmp.Diff(want, agreedRows(c.check(t, source))); diff != "" {
					t.Errorf("registry against %s (-registry +other):\n%s", source, diff)
				}
			}
		})
	}
}

// TestCaseCounts shows that every rule that reading can decide has at least
// three cases beside its examples, one of them a failure and one not.
func TestCaseCounts(t *testing.T) {
	outcomes := map[string][]string{}
	for _, c := range allCases(t) {
		for line := range strings.Lines(c.Want) {
			if fields := strings.Fields(line); strings.HasPrefix(line, "FG") && len(fields) > 1 {
				outcomes[fields[0]] = append(outcomes[fields[0]], fields[1])
			}
		}
	}
	for _, r := range rules.All {
		got := outcomes[r.ID]
		if r.RunOnly() {
			continue
		}
		if len(got) < 3 || !slices.Contains(got, "fail") || !slices.ContainsFunc(got, func(o string) bool { return o != "fail" }) {
			t.Errorf("%s has the cases %v: want at least three, one that fails and one that does not", r.ID, got)
		}
	}
}

// TestDistinctTexts shows that two causes are never told in the same words nor
// mended by the same ones: no two places in the rules give the same text to
// Failf or to WithFix.
func TestDistinctTexts(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	fset := token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			kind, text := verdictText(n)
			if kind == "" {
				return true
			}
			place := fset.Position(n.Pos()).String()
			if other := seen[kind+text]; other != "" {
				t.Errorf("%s and %s give the same text to %s: %s", other, place, kind, text)
			}
			seen[kind+text] = place
			return true
		})
	}
	if len(seen) < len(rules.All) {
		t.Errorf("only %d texts were found", len(seen))
	}
}

// verdictText returns the format that a call gives to Failf or WithFix.
func verdictText(n ast.Node) (kind, text string) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", ""
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	position, ok := map[string]int{"Failf": 1, "WithFix": 0}[selector.Sel.Name]
	if !ok {
		return "", ""
	}
	literal, ok := call.Args[position].(*ast.BasicLit)
	if !ok || literal.Value == `"%s"` {
		return "", ""
	}
	return selector.Sel.Name, literal.Value
}

// TestFailuresAreMended shows that every failure says what to change.
func TestFailuresAreMended(t *testing.T) {
	for _, c := range allCases(t) {
		for _, result := range c.check(t, layoutSource).Results {
			if result.Outcome != check.Fail {
				continue
			}
			if result.Fix == "" {
				t.Errorf("%s: %s fails without saying what to change: %s", c.Name, result.Rule.ID, result.Message)
			}
		}
	}
}

// TestStarved shows that a subject of which nothing can be known gets no pass
// and no failure, but from rules that judge the function's settings.
func TestStarved(t *testing.T) {
	subject := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{})
	for _, result := range check.Run(t.Context(), subject, rules.All, check.Policy{}).Results {
		decided := result.Outcome == check.Pass || result.Outcome == check.Fail
		if decided && strings.Trim(result.Rule.Levels, "UF") != "" {
			t.Errorf("%s: %s without any fact: %s", result.Rule.ID, result.Outcome, result.Message)
		}
		if result.Err != nil {
			t.Errorf("%s: %v", result.Rule.ID, result.Err)
		}
	}
}
