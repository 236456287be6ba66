// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// readmeSection returns the README's section under a heading of the second level.
func readmeSection(t *testing.T, heading string) string {
	t.Helper()
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "\n## "+heading+"\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	if !ok {
		t.Fatalf("the README has no section %q", heading)
	}
	return section
}

// pipelineBlock returns the one block of a language that begins with a text, in
// the README's section on pipelines.
func pipelineBlock(t *testing.T, language, beginning string) string {
	t.Helper()
	_, rest, ok := strings.Cut(readmeSection(t, "In a pipeline"), "```"+language+"\n"+beginning)
	block, _, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatalf("the README's section on pipelines has no %s that begins with %q", language, beginning)
	}
	return beginning + block
}

// readYAML reads a document in full: what into has no place for is a mistake.
func readYAML(t *testing.T, text string, into any) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatal(err)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// repository returns the absolute path of the repository.
func repository(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// services makes a project: a Dockerfile that passes, and another in
// services/api, which is the one in testdata/hello with this name.
func services(t *testing.T, api string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	copyHello(t, "Dockerfile", filepath.Join(dir, "Dockerfile"))
	copyHello(t, api, filepath.Join(dir, "services", "api", "Dockerfile"))
	return dir
}

// copyHello copies a file of testdata/hello to a path, with its folder.
func copyHello(t *testing.T, name, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(readText(t, filepath.Join("../../testdata/hello", name))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runIn runs a command in a folder, with variables beside those of the test, and
// returns its exit code and all that it writes.
func runIn(t *testing.T, dir string, env map[string]string, command ...string) (code int, output string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, os.Environ()
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), out.String()
	}
	if err != nil {
		t.Fatalf("%q: %v", command, err)
	}
	return 0, out.String()
}

// onPath returns a PATH on which a folder comes first.
func onPath(dir string) string { return dir + string(filepath.ListSeparator) + os.Getenv("PATH") }

// gitlabJob is what is used of https://docs.gitlab.com/ci/yaml/.
type gitlabJob struct {
	Stage        string            `yaml:"stage"`
	Image        string            `yaml:"image"`
	Variables    map[string]string `yaml:"variables"`
	BeforeScript []string          `yaml:"before_script"`
	Script       []string          `yaml:"script"`
	Artifacts    struct {
		When    string `yaml:"when"`
		Reports struct {
			CodeQuality string `yaml:"codequality"`
		} `yaml:"reports"`
	} `yaml:"artifacts"`
}

// TestGitLab runs the job for GitLab CI with the variables that the README gives
// it, in both shells that GitLab looks for.
func TestGitLab(t *testing.T) {
	const path = ".ci/templates/gitlab.yml"
	var template struct {
		Job gitlabJob `yaml:"fgpreflight"`
	}
	readYAML(t, readText(t, "../../"+path), &template)
	var use struct {
		Include []struct{ Remote string }
		Job     struct{ Variables map[string]string } `yaml:"fgpreflight"`
	}
	readYAML(t, pipelineBlock(t, "yaml", "include:\n"), &use)
	if len(use.Include) != 1 || !strings.HasSuffix(use.Include[0].Remote, "/main/"+path) {
		t.Errorf("the README includes %v, want %s", use.Include, path)
	}
	job := template.Job
	for name := range use.Job.Variables {
		if _, ok := job.Variables[name]; !ok {
			t.Errorf("the README sets %s, which the job does not know", name)
		}
	}
	if job.Artifacts.When != "always" {
		t.Errorf("artifacts are kept %s, want always: a failed job has the most to show", job.Artifacts.When)
	}
	bin := installAsGitLab(t, job)
	for _, shell := range [][]string{{"bash", "-eo", "pipefail", "-c"}, {"sh", "-e", "-c"}} {
		for api, want := range map[string]int{"Dockerfile": 0, "first.Dockerfile": 1} {
			dir := services(t, api)
			env := map[string]string{"CI_PROJECT_DIR": dir, "PATH": onPath(bin)}
			maps.Copy(env, job.Variables)
			maps.Copy(env, use.Job.Variables)
			code, out := runIn(t, dir, env, append(shell, strings.Join(job.Script, "\n"))...)
			if code != want {
				t.Errorf("%s: %s: exit code %d, want %d:\n%s", shell[0], api, code, want, out)
			}
			checkCodeQuality(t, filepath.Join(dir, job.Artifacts.Reports.CodeQuality), want != 0)
		}
		hostileGitLab(t, job, bin, shell)
	}
}

// installAsGitLab runs what installs the program, in the state that it is here.
func installAsGitLab(t *testing.T, job gitlabJob) (bin string) {
	t.Helper()
	const version = "@$FGPREFLIGHT_VERSION"
	install := strings.Join(job.BeforeScript, "\n")
	if strings.Count(install, version) != 1 || job.Variables["FGPREFLIGHT_VERSION"] == "" {
		t.Fatalf("%q installs no version that can be set", install)
	}
	bin = t.TempDir()
	here := strings.Replace(install, version, "", 1)
	if code, out := runIn(t, "../..", map[string]string{"GOBIN": bin}, "sh", "-e", "-c", here); code != 0 {
		t.Fatalf("%s: exit code %d:\n%s", here, code, out)
	}
	return bin
}

// hostileGitLab shows that the job runs nothing of what its variables say.
func hostileGitLab(t *testing.T, job gitlabJob, bin string, shell []string) {
	t.Helper()
	for _, value := range hostileValues {
		for _, name := range []string{"FGPREFLIGHT_TARGETS", "FGPREFLIGHT_ARGS"} {
			dir := t.TempDir()
			env := map[string]string{"CI_PROJECT_DIR": dir, "PATH": onPath(bin), name: value}
			code, out := runIn(t, dir, env, append(shell, strings.Join(job.Script, "\n"))...)
			if code != 2 && code != 3 {
				t.Errorf("%s: %s=%q: exit code %d:\n%s", shell[0], name, value, code, out)
			}
			checkNoTrap(t, dir)
		}
	}
}

// hostileValues would make a file called trap if a shell read them.
var hostileValues = []string{
	"$(touch trap)", "`touch trap`", "a; touch trap", `"; touch trap; "`, "'; touch trap; '", "X\n$(touch trap)\n& touch trap",
}

func checkNoTrap(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "trap")); err == nil {
		t.Error("a shell ran what a value says")
	}
}

// checkCodeQuality reads a report as GitLab does:
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
func checkCodeQuality(t *testing.T, path string, failures bool) {
	t.Helper()
	var issues []struct {
		Description, Fingerprint, Severity string
		CheckName                          string `json:"check_name"`
		Location                           struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := json.Unmarshal([]byte(readText(t, path)), &issues); err != nil {
		t.Fatal(err)
	}
	if got := len(issues) > 0; got != failures {
		t.Errorf("the report has %d issues; want any: %v", len(issues), failures)
	}
	for _, i := range issues {
		if i.Description == "" || i.Fingerprint == "" || i.Severity == "" || i.CheckName == "" ||
			i.Location.Path != "services/api/Dockerfile" || i.Location.Lines.Begin < 1 {
			t.Errorf("not an issue of GitLab's: %+v", i)
		}
	}
}

// TestMakefile runs the Makefile in the README.
func TestMakefile(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skipf("left out: the Makefile in the README: %v", err)
	}
	env := map[string]string{"PATH": onPath(buildProgram(t))}
	for api, want := range map[string]int{"Dockerfile": 0, "first.Dockerfile": 2} { // of make, for any failure
		dir := services(t, api)
		if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(pipelineBlock(t, "make", "")), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out := runIn(t, dir, env, "make", "preflight")
		if code != want || !strings.Contains(out, "services/api/Dockerfile") {
			t.Errorf("%s: exit code %d, want %d:\n%s", api, code, want, out)
		}
	}
}
