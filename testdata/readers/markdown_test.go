// SPDX-License-Identifier: Apache-2.0

package readers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// rendered is what a page is made of.
type rendered struct {
	Headings, Tables, Rows, Folds int
}

func TestMarkdown(t *testing.T) {
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) { checkMarkdown(t, c.reports, c.want) })
	}
}

// checkMarkdown checks that a page has the parts that it should, and that
// nothing else than text came from outside.
func checkMarkdown(tb testing.TB, reports []*check.Report, want want) {
	tb.Helper()
	page := write(tb, report.Markdown, report.Options{}, reports)
	if len(page) > 1<<20 {
		tb.Errorf("the page has %d bytes", len(page))
	}
	for line := range strings.Lines(string(page)) {
		if command := strings.TrimLeft(line, " "); strings.HasPrefix(command, "::a") || strings.HasPrefix(command, "::s") {
			tb.Errorf("%q is a workflow command", line)
		}
	}
	got := rendered{}
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(page))
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		return ast.WalkContinue, got.count(n, page)
	})
	if err != nil {
		tb.Error(err)
	}
	expected := rendered{Headings: 1 + len(reports), Tables: 1, Rows: len(reports)}
	for _, r := range reports {
		expected.add(r, want)
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		tb.Errorf("(-want +got):\n%s\n%s", diff, page)
	}
}

// add counts the part of one report: a table of the findings, and folded the
// fixes, the suppressed, the unknown, those that were not checked, passed or do
// not apply.
func (r *rendered) add(of *check.Report, want want) {
	switch {
	case want.failed == 0:
	case want.suppressed == 0:
		r.Tables, r.Rows, r.Folds = r.Tables+1, r.Rows+len(of.Results), r.Folds+1
	default:
		findings := plantedFailed + plantedOthers + plantedTrouble
		r.Tables, r.Rows, r.Folds = r.Tables+3, r.Rows+findings+1+2, r.Folds+6
	}
}

func (r *rendered) count(n ast.Node, page []byte) error {
	switch n := n.(type) {
	case *ast.Heading:
		r.Headings++
	case *tables.Table:
		r.Tables++
	case *tables.TableRow:
		r.Rows++
		if cells := n.ChildCount(); cells != n.Parent().FirstChild().ChildCount() {
			return fmt.Errorf("a row has %d cells", cells)
		}
	case *ast.HTMLBlock:
		html := strings.TrimSpace(string(n.Lines().Value(page)))
		if strings.HasPrefix(html, "<details><summary>") {
			r.Folds++
		} else if html != "</details>" {
			return fmt.Errorf("%q is HTML", html)
		}
	case *ast.RawHTML, *ast.Image, *ast.AutoLink, *ast.List, *ast.Blockquote, *ast.ThematicBreak, *tables.Strikethrough:
		return fmt.Errorf("a %s is markup from outside", n.Kind())
	case *ast.CodeBlock:
		return fmt.Errorf("%q is code by its indentation", n.Lines().Value(page))
	case *ast.Link:
		if !strings.HasPrefix(string(n.Destination), "https://github.com/fgpreflight/fgpreflight/blob/main/rules/README.md#fg") {
			return fmt.Errorf("there is a link to %s", n.Destination)
		}
	case *ast.Emphasis:
		if name, ok := n.FirstChild().(*ast.Text); n.Level != 2 || !ok || !strings.HasPrefix(string(name.Value(page)), "FG") {
			return errors.New("there is emphasis from outside")
		}
	}
	return nil
}
