// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// question is a Dockerfile and the flags of its build.
type question struct {
	name      string
	text      []byte
	target    string
	buildArgs map[string]string
	platform  string // "" to leave it to the machine
}

// tables returns the cases of testdata. The name of a section is that of the
// case, then flags of docker build.
func tables(tb testing.TB) []question {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		tb.Fatalf("testdata holds %d tables: %v", len(files), err)
	}
	var out []question
	for _, file := range files {
		for _, section := range sections(tb, file) {
			name, rest, hasFlags := strings.Cut(section.Name, " --")
			if hasFlags {
				rest = "--" + rest
			}
			q := question{name: filepath.Base(file) + "/" + name, text: section.Data, buildArgs: map[string]string{}}
			flags := flag.NewFlagSet(q.name, flag.ContinueOnError)
			flags.StringVar(&q.target, "target", "", "")
			flags.StringVar(&q.platform, "platform", "", "")
			flags.Func("build-arg", "", func(pair string) error {
				key, value, _ := strings.Cut(pair, "=")
				q.buildArgs[key] = value
				return nil
			})
			if err := flags.Parse(strings.Fields(rest)); err != nil || flags.NArg() > 0 {
				tb.Fatalf("%s: %v, %q left", section.Name, err, flags.Args())
			}
			out = append(out, q)
		}
	}
	return append(out, oddTexts()...)
}

// oddTexts are the cases that a table cannot hold.
func oddTexts() []question {
	long := strings.Repeat("x", 70_000)
	texts := map[string]string{
		"empty":           "",
		"blank":           "\n \t\n",
		"comments only":   "# syntax=docker/dockerfile:1\n# nothing else\n",
		"byte order mark": "\ufeffFROM base\nUSER 1\n",
		"byte order mark and an escape directive": "\ufeff# escape=`\r\nFROM base\r\nENV A=1 `\r\n B=2\r\nUSER $B\r\n",
		"carriage returns":                        "FROM base\r\nENV A=1 \\\r\n  B=2\r\nRUN <<EOF\r\ntrue\r\nEOF\r\nUSER $B\r\n",
		"no final line break":                     "FROM base\nUSER 1",
		"a final backslash":                       "FROM base\nUSER 1 \\",
		"a line too long":                         "FROM base\nENV A=" + long + "\n",
		"a long instruction":                      "FROM base\nENV A=" + strings.Repeat("x", 40_000) + "\\\n" + strings.Repeat("y", 40_000) + "\nUSER 1\n",
		"no break space":                          "FROM base\nUSER\u00a01\n",
		"invalid UTF-8":                           "FROM base\nENV A=\xff\xfe B=$A\nUSER \xc3\x28\n",
		"trailing spaces":                         "FROM base  \nUSER 1\t \nWORKDIR /a \n",
		"form feed":                               "FROM base\n\fUSER 1\nENV A=1\vB=2\n",
	}
	var out []question
	for name, text := range texts {
		out = append(out, question{name: name, text: []byte(text)})
	}
	return out
}

func sections(tb testing.TB, file string) []txtar.File {
	tb.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return archive.Files
}

var dockerfileName = regexp.MustCompile(`(?i)^((docker|container)file.*|.*\.(docker|container)file)$`)

// ours returns the Dockerfiles that the tests of the program use.
func ours(t *testing.T) []question {
	t.Helper()
	var out []question
	err := filepath.WalkDir("../../testdata", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "oracle":
			return fs.SkipDir
		case strings.HasSuffix(path, ".txtar"):
			for _, section := range sections(t, path) {
				if dockerfileName.MatchString(filepath.Base(section.Name)) {
					out = append(out, question{name: path + "/" + section.Name, text: section.Data})
				}
			}
		case entry.Type().IsRegular() && dockerfileName.MatchString(entry.Name()):
			out = append(out, readQuestion(t, path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readQuestion(t *testing.T, path string) question {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return question{name: path, text: text}
}

// corpus returns the Dockerfiles of public functions, each in a folder of the
// one that FGPREFLIGHT_CORPUS names.
func corpus(t *testing.T) []question {
	t.Helper()
	dir := os.Getenv("FGPREFLIGHT_CORPUS")
	if dir == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "Dockerfile*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("FGPREFLIGHT_CORPUS: %d Dockerfiles in %s: %v", len(files), dir, err)
	}
	var out []question
	for _, file := range files {
		out = append(out, readQuestion(t, file))
	}
	return out
}

// fromModules returns the Dockerfiles of the modules that this one is built
// from, and those that buildkit's tests have in their source.
func fromModules(t *testing.T) []question {
	t.Helper()
	list, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{with .Dir}}{{.}}{{end}}", "all").Output()
	if err != nil {
		t.Fatal(err)
	}
	var out []question
	for dir := range strings.Lines(string(list)) {
		if dir = strings.TrimSpace(dir); dir != "" && strings.Contains(dir, "@") {
			out = append(out, fromModule(t, dir)...)
		}
	}
	return out
}

func fromModule(t *testing.T, dir string) []question {
	t.Helper()
	var out []question
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.Type().IsRegular():
		case dockerfileName.MatchString(entry.Name()) && filepath.Ext(path) != ".go":
			out = append(out, readQuestion(t, path))
		case strings.Contains(path, "moby/buildkit@") && strings.Contains(path, "/frontend/dockerfile/") && strings.HasSuffix(path, "_test.go"):
			out = append(out, literals(t, path)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// literals returns the string literals in a Go file that look like a
// Dockerfile.
func literals(t *testing.T, path string) []question {
	t.Helper()
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var out []question
	ast.Inspect(tree, func(node ast.Node) bool {
		literal, ok := node.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err == nil && strings.Contains(strings.ToUpper(text), "FROM ") && strings.Contains(text, "\n") {
			out = append(out, question{name: files.Position(literal.Pos()).String(), text: []byte(text)})
		}
		return true
	})
	return out
}

// inWindowsLines returns the text as an editor on Windows saves it.
func inWindowsLines(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return append([]byte("\ufeff"), bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))...)
}
