// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	cli "github.com/fgpreflight/fgpreflight/cmd/fgpreflight"
)

// The man page is set without a warning, and what is to be typed stands in it
// in the characters that a shell takes.
func TestManPage(t *testing.T) {
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skipf("left out: the man page as groff sets it: %v", err)
	}
	var page, warnings bytes.Buffer
	if code := cli.Run(t.Context(), []string{"man"}, strings.NewReader(""), &page, &warnings); code != 0 || warnings.Len() > 0 {
		t.Fatalf("exit code %d: %s", code, &warnings)
	}
	cmd := exec.CommandContext(t.Context(), "groff", "-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=100n")
	cmd.Stdin, cmd.Stderr = &page, &warnings
	set, err := cmd.Output()
	if err != nil || warnings.Len() > 0 {
		t.Errorf("%v: %s", err, &warnings)
	}
	for _, want := range []string{
		"FGPREFLIGHT(1)",
		"\n       fgpreflight explain [flags] RULE...\n",
		"\n         oci:FOLDER[:TAG|@DIGEST]     an OCI layout\n",
		"\n   Start of the image\n       --run  start the image as FunctionGraph does\n",
		"\n       -o, --output FILE\n              write the report to a file, whole or not at all\n",
		"\n       -h, --help\n",
		"\n         fgpreflight --format text,sarif=report.sarif services/*/Dockerfile\n",
		"\n       --markdown\n              write Markdown\n",
		"\n       Exit codes: 0 nothing failed; ",
	} {
		if !strings.Contains(string(set), want) {
			t.Errorf("the page has no %q:\n%s", want, set)
		}
	}
}
