// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/source"
)

// TestNameOfNoImage has names that lead to no image, while something else of
// that name is at hand: the message tells both.
func TestNameOfNoImage(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("notes", []byte("no archive\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("project", 0o750); err != nil {
		t.Fatal(err)
	}
	offline := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "index.docker.io", IsNotFound: true}
	}
	for target, want := range map[string]string{
		"notes":   ", and the file of that name is no image archive; ",
		"project": ", and the folder of that name holds no Dockerfile or OCI layout; ",
	} {
		_, _, err := source.Open(t.Context(), target, source.Options{
			Dial: offline, Engine: "unix://" + filepath.ToSlash(filepath.Join(t.TempDir(), "none.sock")),
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %q in it", target, err, want)
		}
	}
}
