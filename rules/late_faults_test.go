// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

// breakingFS is a file tree in which a number of questions are answered and the
// next one fails.
type breakingFS struct {
	fs.FS
	left  int
	broke bool
}

func (b *breakingFS) ask() error {
	if b.left--; b.left == -1 {
		b.broke = true
		return errBroken
	}
	return nil
}

func (b *breakingFS) Open(name string) (fs.File, error) {
	if err := b.ask(); err != nil {
		return nil, err
	}
	file, err := b.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return &breakingFile{file, b}, nil
}

func (b *breakingFS) Stat(name string) (fs.FileInfo, error) {
	if err := b.ask(); err != nil {
		return nil, err
	}
	return fs.Stat(b.FS, name)
}

func (b *breakingFS) Lstat(name string) (fs.FileInfo, error) {
	if err := b.ask(); err != nil {
		return nil, err
	}
	return fs.Lstat(b.FS, name)
}

func (b *breakingFS) ReadLink(name string) (string, error) {
	if err := b.ask(); err != nil {
		return "", err
	}
	return fs.ReadLink(b.FS, name)
}

func (b *breakingFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := b.ask(); err != nil {
		return nil, err
	}
	return fs.ReadDir(b.FS, name)
}

// breakingFile is a file of a breakingFS.
type breakingFile struct {
	fs.File
	tree *breakingFS
}

func (f *breakingFile) Read(p []byte) (int, error) {
	if err := f.tree.ask(); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

// TestLateFaults lets each question to the file tree fail in turn: whatever a
// rule asks then, it must report the trouble.
func TestLateFaults(t *testing.T) {
	for _, c := range allCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			subject := c.open(t, layoutSource)
			tree, err := subject.RootFS(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			policy := c.settings.Policy
			for _, id := range c.Wanted() {
				policy.Only = map[string]bool{id: true}
				for questions, broke := 0, true; broke; questions++ {
					b := &breakingFS{FS: tree, left: questions}
					broken := subject.Changed(func(p *check.Provider) {
						p.RootFS = func(context.Context) (fs.FS, error) { return b, nil }
						p.Tree = p.RootFS
					})
					got := check.Run(t.Context(), broken, rules.All, policy).Results[0]
					if broke = b.broke; broke && !errors.Is(got.Err, errBroken) {
						t.Errorf("%s swallowed the error of question %d: %s, %s", id, questions+1, got.Outcome, got.Message)
					}
				}
			}
		})
	}
}
