// SPDX-License-Identifier: Apache-2.0

//go:build unix

package source_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/source"
)

// A file is what it is, even if it is called like a pattern. On Windows none can be.
func TestExpandFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("app:*", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := source.Expand(t.Context(), "app:*", source.Options{})
	if diff := cmp.Diff([]string{"app:*"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
