// SPDX-License-Identifier: Apache-2.0

//go:build unix

package source_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/source"
)

// TestPipe reads an archive from a pipe that has a name.
func TestPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	data := newImage(t, "{}").OCIArchive()
	done := make(chan error)
	go func() { done <- os.WriteFile(name, data, 0o600) }()
	s := open(t, name, source.Options{})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantStory(t, s)
}
