// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/report"
	"github.com/fgpreflight/fgpreflight/check/settings"
	cli "github.com/fgpreflight/fgpreflight/cmd/fgpreflight"
	"github.com/fgpreflight/fgpreflight/rules"
)

var updateDocs = flag.Bool("update-docs", false, "rewrite the README's outputs and tables")

const readme = "../../README.md"

// TestREADME shows that the README is what the program says: it runs each
// command of a console block and compares the output, writes the rule table
// anew, and reads the configuration file it shows.
func TestREADME(t *testing.T) {
	was, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	text := replaceTable(t, runBlocks(t, string(was)))
	if *updateDocs {
		if err := os.WriteFile(readme, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(stable(string(was)), stable(text)); diff != "" {
		t.Errorf("README.md is not what the program says; go test ./cmd/fgpreflight -run README -update-docs rewrites it (-README +program):\n%s", diff)
	}
	checkConfigurations(t, text)
	checkDockerfiles(t, text)
}

// checkDockerfiles checks the Dockerfiles in the README, whose comments have
// to be understood.
func checkDockerfiles(t *testing.T, text string) {
	t.Helper()
	blocks := regexp.MustCompile("(?s)```dockerfile\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Error("the README shows no Dockerfile")
	}
	for _, block := range blocks {
		var out, stderr bytes.Buffer
		cli.Run(t.Context(), []string{"--dockerfile", "-"}, strings.NewReader(block[1]), &out, &stderr)
		if got := out.String(); stderr.Len() > 0 || strings.Contains(got, "notice") || !strings.Contains(got, "suppressed") {
			t.Errorf("the Dockerfile\n%sgives\n%s%s", block[1], got, &stderr)
		}
	}
}

// checkConfigurations reads the configuration files in the README: those of
// the program, and that of pre-commit, which has to name the hook. Those of
// pipelines have tests of their own.
func checkConfigurations(t *testing.T, text string) {
	t.Helper()
	text = strings.Replace(text, readmeSection(t, "In a pipeline"), "", 1)
	own, hooks := 0, 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(text, -1) {
		if strings.HasPrefix(block[1], "repos:") {
			hooks++
			if !strings.Contains(block[1], "- id: "+readHook(t).ID+"\n") {
				t.Errorf("the README names another hook:\n%s", block[1])
			}
			continue
		}
		own++
		if _, err := settings.Parse(settings.FileName, []byte(block[1]), rules.All); err != nil {
			t.Errorf("the configuration file in the README: %v", err)
		}
	}
	if own == 0 || hooks == 0 {
		t.Errorf("the README shows %d configuration files and %d hooks", own, hooks)
	}
}

// digests differ with the version of Go that builds the example.
var digests = regexp.MustCompile(`sha256:[0-9a-f]{12}`)

func stable(text string) string { return digests.ReplaceAllString(text, "sha256:0123456789ab") }

var consoleBlock = regexp.MustCompile("(?s)```console\n(.*?)```")

// runBlocks returns the README with the outputs of its console blocks anew.
func runBlocks(t *testing.T, text string) string {
	t.Helper()
	bin := buildProgram(t)
	blocks := 0
	out := consoleBlock.ReplaceAllStringFunc(text, func(block string) string {
		blocks++
		var b strings.Builder
		b.WriteString("```console\n")
		for line := range strings.Lines(block) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				b.WriteString(line)
				b.WriteString(runCommand(t, bin, strings.TrimSpace(command)))
			}
		}
		b.WriteString("```")
		return b.String()
	})
	if blocks == 0 {
		t.Fatal("the README has no console block")
	}
	return out
}

// runCommand runs a command of the README in the repository, with the program
// on the PATH, and returns what it prints. Its exit code may be anything: a
// failing image is shown on purpose.
func runCommand(t *testing.T, bin, command string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", command)
	cmd.Dir = "../.."
	// Flags for the go that runs this test are none of the reader's.
	cmd.Env = append(os.Environ(), "GOFLAGS=", "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "COLUMNS=80", "NO_COLOR=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() > 1 {
			t.Errorf("%s: %v\n%s", command, err, out.String())
		}
	}
	// What go run adds when the program it ran ended with another code than 0.
	return regexp.MustCompile(`(?m)^exit status [0-9]+\n`).ReplaceAllString(out.String(), "")
}

func buildProgram(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-o", dir, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	return dir
}

const (
	tableBegin = "<!-- rules: generated by go test ./cmd/fgpreflight -run README -update-docs -->\n"
	tableEnd   = "<!-- end of rules -->"
)

// replaceTable returns the README with its rule table anew.
func replaceTable(t *testing.T, text string) string {
	t.Helper()
	head, rest, ok := strings.Cut(text, tableBegin)
	_, tail, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatal("the README has no marks around its rule table")
	}
	var table bytes.Buffer
	if err := report.RulesMarkdown(&table, rules.All); err != nil {
		t.Fatal(err)
	}
	return head + tableBegin + "\n" + table.String() + "\n" + tableEnd + tail
}
