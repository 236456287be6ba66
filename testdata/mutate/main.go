// SPDX-License-Identifier: Apache-2.0

// Command mutate shows whether the tests of a package notice mistakes in it. It
// makes one small mistake at a time (a condition inverted or dropped, a bound
// moved, an entry left out of a table), runs the tests on it without touching
// the tree, and lists the mistakes that no test noticed.
//
//	go run ./testdata/mutate [-run REGEXP] [-list] rules/*.go
//
// Each mistake costs a build of the package and a run of its tests, first those
// that name the rule of the file, then all.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

func main() {
	only := flag.String("run", "", "try only the mistakes whose description matches")
	list := flag.Bool("list", false, "list the mistakes without trying them")
	jobs := flag.Int("jobs", 2, "how many to try at a time")
	flag.Parse()
	if err := run(flag.Args(), regexp.MustCompile(*only), *list, *jobs); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(files []string, only *regexp.Regexp, list bool, jobs int) error {
	var mutants []mutant
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		found, err := mutantsOf(file)
		if err != nil {
			return err
		}
		for _, m := range found {
			if only.MatchString(m.String()) {
				mutants = append(mutants, m)
			}
		}
	}
	if list {
		for _, m := range mutants {
			fmt.Println(m)
		}
		return nil
	}
	survivors := try(mutants, jobs)
	fmt.Printf("%d mistakes tried, %d noticed, %d not noticed\n", len(mutants), len(mutants)-len(survivors), len(survivors))
	for _, m := range survivors {
		fmt.Println(m)
	}
	return nil
}

// try runs the tests on every mutant and returns those that they passed.
func try(mutants []mutant, jobs int) []mutant {
	survived := make([]bool, len(mutants))
	var wg sync.WaitGroup
	slots := make(chan struct{}, jobs)
	for i, m := range mutants {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			survived[i] = m.survives()
			if survived[i] {
				fmt.Fprintln(os.Stderr, "not noticed:", m)
			}
		}()
	}
	wg.Wait()
	var out []mutant
	for i, m := range mutants {
		if survived[i] {
			out = append(out, m)
		}
	}
	return out
}

// mutant is one file with one mistake.
type mutant struct {
	file       string
	line       int
	start, end int // bytes of the file that text replaces
	text       string
	what       string
}

// String says where the mistake is and what it is.
func (m mutant) String() string { return fmt.Sprintf("%s:%d: %s", m.file, m.line, m.what) }

var ruleFile = regexp.MustCompile(`^fg[0-9]{3}_`)

// survives reports whether the tests pass in spite of the mistake. A mistake
// that does not compile is none.
func (m mutant) survives() bool {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if base := filepath.Base(m.file); ruleFile.MatchString(base) {
		id := strings.ToUpper(base[:5])
		if !m.pass(dir, "-run", "Test(Examples|Cases|ManifestShapes|SizeShapes)/"+id) {
			return false
		}
	}
	return m.pass(dir)
}

func (m mutant) pass(dir string, args ...string) bool {
	source, err := os.ReadFile(m.file)
	if err != nil {
		panic(err)
	}
	changed := filepath.Join(dir, "mutant.go")
	text := string(source[:m.start]) + m.text + string(source[m.end:])
	if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
		panic(err)
	}
	abs, err := filepath.Abs(m.file)
	if err != nil {
		panic(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {abs: changed}})
	if err != nil {
		panic(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		panic(err)
	}
	args = append([]string{"test", "-vet=off", "-failfast", "-timeout", "2m", "-skip", "TestDistributions", "-overlay", overlayFile}, append(args, "./"+filepath.Dir(m.file))...)
	out, err := exec.CommandContext(context.Background(), "go", args...).CombinedOutput()
	if strings.Contains(string(out), "[build failed]") {
		fmt.Fprintln(os.Stderr, "does not compile:", m)
	}
	return err == nil
}

// mutantsOf returns the mistakes that can be made in a file.
func mutantsOf(file string) ([]mutant, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, source, 0)
	if err != nil {
		return nil, err
	}
	c := &collector{file: file, source: string(source), fset: fset}
	for _, decl := range tree.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			ast.Inspect(decl, c.condition)
		case *ast.GenDecl:
			ast.Inspect(decl, c.entry)
		}
	}
	return c.found, nil
}

type collector struct {
	file, source string
	fset         *token.FileSet
	found        []mutant
}

func (c *collector) add(n ast.Node, text, what string) {
	start, end := c.fset.Position(n.Pos()), c.fset.Position(n.End())
	c.found = append(c.found, mutant{c.file, start.Line, start.Offset, end.Offset, text, what})
}

func (c *collector) textOf(n ast.Node) string {
	return c.source[c.fset.Position(n.Pos()).Offset:c.fset.Position(n.End()).Offset]
}

// condition collects the mistakes of a condition: of an if, of a case without a
// tag, and of the parts of either.
func (c *collector) condition(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		c.invert(n.Cond)
	case *ast.SwitchStmt:
		for _, clause := range n.Body.List {
			for _, expr := range clause.(*ast.CaseClause).List {
				if n.Tag == nil {
					c.invert(expr)
				}
			}
		}
	case *ast.BinaryExpr:
		c.binary(n)
	}
	return true
}

func (c *collector) invert(cond ast.Expr) {
	text := c.textOf(cond)
	c.add(cond, "!("+text+")", "inverted: "+oneLine(text))
	c.add(cond, "("+text+") && false", "dropped: "+oneLine(text))
}

func (c *collector) binary(n *ast.BinaryExpr) {
	x, y := c.textOf(n.X), c.textOf(n.Y)
	switch n.Op {
	case token.LAND, token.LOR:
		c.add(n, "("+x+")", "dropped the right of: "+oneLine(c.textOf(n)))
		c.add(n, "("+y+")", "dropped the left of: "+oneLine(c.textOf(n)))
	case token.LSS:
		c.add(n, x+" <= "+y, "< became <=: "+oneLine(c.textOf(n)))
	case token.LEQ:
		c.add(n, x+" < "+y, "<= became <: "+oneLine(c.textOf(n)))
	case token.GTR:
		c.add(n, x+" >= "+y, "> became >=: "+oneLine(c.textOf(n)))
	case token.GEQ:
		c.add(n, x+" > "+y, ">= became >: "+oneLine(c.textOf(n)))
	}
}

// entry collects the entries that can be left out of a table.
func (c *collector) entry(n ast.Node) bool {
	literal, ok := n.(*ast.CompositeLit)
	if !ok {
		return true
	}
	switch literal.Type.(type) {
	case *ast.ArrayType, *ast.MapType:
		for _, element := range literal.Elts {
			c.leaveOut(literal, element)
		}
		return false
	}
	return !isRule(literal)
}

// isRule reports whether the literal is a rule, whose texts are no tables.
func isRule(literal *ast.CompositeLit) bool {
	selector, ok := literal.Type.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "Rule"
}

func (c *collector) leaveOut(literal *ast.CompositeLit, element ast.Expr) {
	start, end := c.fset.Position(element.Pos()), c.fset.Position(element.End())
	rest := c.source[end.Offset:c.fset.Position(literal.Rbrace).Offset]
	trailing := len(rest) - len(strings.TrimPrefix(strings.TrimLeft(rest, " \t"), ","))
	c.found = append(c.found, mutant{c.file, start.Line, start.Offset, end.Offset + trailing, "", "left out: " + oneLine(c.textOf(element))})
}

func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 90 {
		text = text[:90] + "…"
	}
	return text
}
