// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loud is what a library leaves to the program that uses it: standard streams,
// logging, the program's end. A name that ends in a dot is a whole package.
var loud = []string{"log.", "slog.", "os.Exit", "os.Stdin", "os.Stdout", "os.Stderr", "syscall.Exit", "fmt.Print", "fmt.Printf", "fmt.Println", "print", "println"}

// TestQuiet shows that nothing a program can import of this module prints, logs
// or exits.
func TestQuiet(t *testing.T) {
	read := 0
	for _, root := range []string{".", "../rules"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "checktest"):
				return filepath.SkipDir // programs, and a package for tests
			case d.IsDir(), !strings.HasSuffix(name, ".go"), strings.HasSuffix(name, "_test.go"):
				return nil
			}
			read++
			for _, use := range loudUses(t, name, nil) {
				t.Errorf("%s uses %s", name, use)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 200 {
		t.Errorf("only %d files were read", read)
	}
}

func TestLoudUses(t *testing.T) {
	got := loudUses(t, "loud.go", `package loud
import ("fmt"; l "log"; "log/slog"; "os")
func f(o interface{ Println() }) {
	fmt.Println(); fmt.Fprintln(os.Stderr); l.Print(); slog.Info(""); os.Exit(1); println()
	o.Println(); fmt.Sprintln(); _ = os.Args
}`)
	want := []string{"fmt.Println", "os.Stderr", "log.Print", "slog.Info", "os.Exit", "println"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}

// loudUses returns the uses of what is loud in a Go file.
func loudUses(t *testing.T, name string, text any) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]string{} // by the name that the file has for them
	for _, spec := range file.Imports {
		base := path.Base(strings.Trim(spec.Path.Value, `"`))
		packages[base] = base
		if spec.Name != nil {
			packages[spec.Name.Name] = base
		}
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && packages[x.Name] != "" {
				out = append(out, packages[x.Name]+"."+n.Sel.Name)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok {
				out = append(out, f.Name)
			}
		}
		return true
	})
	return slices.DeleteFunc(out, func(use string) bool {
		return !slices.ContainsFunc(loud, func(l string) bool { return use == l || strings.HasSuffix(l, ".") && strings.HasPrefix(use, l) })
	})
}
