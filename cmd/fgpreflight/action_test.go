// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// action is what is used of
// https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax
type action struct {
	Name, Description string
	Branding          struct{ Icon, Color string }
	Inputs            map[string]struct{ Description, Default string }
	Outputs           map[string]struct{ Description, Value string }
	Runs              struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	ID, Name, Shell, Run string
	Env                  map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	readYAML(t, readText(t, "../../action.yml"), &a)
	return a
}

var (
	expression       = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)
	outputExpression = regexp.MustCompile(`^\$\{\{ steps\.([a-z-]+)\.outputs\.([a-z-]+) \}\}$`)
)

// expand puts inputs in place of their expressions, and notes which it met.
func (a action) expand(t *testing.T, text string, inputs map[string]string, met map[string]bool) string {
	t.Helper()
	return expression.ReplaceAllStringFunc(text, func(match string) string {
		name, ok := strings.CutPrefix(expression.FindStringSubmatch(match)[1], "inputs.")
		input, known := a.Inputs[name]
		if !ok || !known {
			t.Errorf("%s is no input", match)
		}
		met[name] = true
		if value, given := inputs[name]; given {
			return value
		}
		return input.Default
	})
}

// TestAction shows that action.yml has the shape that GitHub demands, uses all of
// its inputs, and puts none into a script, where a shell would run it.
func TestAction(t *testing.T) {
	a := readAction(t)
	if a.Runs.Using != "composite" || a.Name == "" || a.Description == "" {
		t.Errorf("%q (%q) runs using %q, want composite", a.Name, a.Description, a.Runs.Using)
	}
	met, ids := map[string]bool{}, []string{}
	for _, step := range a.Runs.Steps {
		ids = append(ids, step.ID)
		if step.Shell != "bash" || step.Name == "" {
			t.Errorf("the step %q has the shell %q, want bash", step.Name, step.Shell)
		}
		if expression.MatchString(step.Run) {
			t.Errorf("the script of %q has an expression in it", step.Name)
		}
		for _, value := range step.Env {
			a.expand(t, value, nil, met)
		}
	}
	for name, input := range a.Inputs {
		if input.Description == "" || !met[name] {
			t.Errorf("input %s: description %q, used %v", name, input.Description, met[name])
		}
	}
	for name, output := range a.Outputs {
		of := outputExpression.FindStringSubmatch(output.Value)
		if output.Description == "" || of == nil || !slices.Contains(ids, of[1]) {
			t.Errorf("output %s: description %q, value %q", name, output.Description, output.Value)
		}
	}
}

// runner runs the steps of the action as GitHub's runner does:
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
type runner struct {
	action
	temp string // RUNNER_TEMP
}

// actionRun is what a run of the action leaves.
type actionRun struct {
	code             int
	outputs          map[string]string // of the action, which its workflow reads
	written, summary string            // in GITHUB_OUTPUT and GITHUB_STEP_SUMMARY
	log              string
}

// newRunner returns a runner that has built the program by the first step.
func newRunner(t *testing.T) *runner {
	t.Helper()
	r := &runner{readAction(t), t.TempDir()}
	if run := r.step(t, 0, nil, t.TempDir()); run.code != 0 {
		t.Fatalf("exit code %d:\n%s", run.code, run.log)
	}
	return r
}

// step runs a step, counted from 0, with inputs in the folder of a workspace.
func (r *runner) step(t *testing.T, n int, inputs map[string]string, dir string) actionRun {
	t.Helper()
	step, files := r.Runs.Steps[n], t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(files, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	env := map[string]string{
		"GITHUB_ACTIONS":      "true",
		"GITHUB_ACTION_PATH":  repository(t),
		"GITHUB_WORKSPACE":    dir,
		"GITHUB_OUTPUT":       file("output", ""),
		"GITHUB_STEP_SUMMARY": file("summary", ""),
		"RUNNER_TEMP":         r.temp,
	}
	for name, value := range step.Env {
		env[name] = r.expand(t, value, inputs, map[string]bool{})
	}
	out := actionRun{outputs: map[string]string{}}
	out.code, out.log = runIn(t, dir, env, "bash", "--noprofile", "--norc", "-eo", "pipefail", file("script.sh", step.Run))
	out.summary, out.written = readText(t, env["GITHUB_STEP_SUMMARY"]), readText(t, env["GITHUB_OUTPUT"])
	for name, output := range r.Outputs {
		if of := outputExpression.FindStringSubmatch(output.Value); of[1] == step.ID {
			out.outputs[name] = lineAfter(out.written, of[2]+"=")
		}
	}
	return out
}

// lineAfter returns the rest of the last line that begins with a text, "" for
// none.
func lineAfter(text, beginning string) (rest string) {
	for line := range strings.Lines(text) {
		if after, ok := strings.CutPrefix(line, beginning); ok {
			rest = strings.TrimSuffix(after, "\n")
		}
	}
	return rest
}

// workflow is what the README's workflow is made of.
type workflow struct {
	Jobs map[string]struct {
		RunsOn      string `yaml:"runs-on"`
		Permissions map[string]string
		Steps       []workflowStep
	}
}

type workflowStep struct {
	Uses, ID, If string
	With         map[string]string
}

// readmeInputs returns the inputs that the README's workflow gives the action,
// of which it may read outputs that there are.
func readmeInputs(t *testing.T, a action) map[string]string {
	t.Helper()
	var w workflow
	block := pipelineBlock(t, "yaml", "jobs:\n")
	readYAML(t, block, &w)
	steps := w.Jobs["fgpreflight"].Steps
	at := slices.IndexFunc(steps, func(s workflowStep) bool { return strings.HasPrefix(s.Uses, "fgpreflight/fgpreflight@") })
	if at < 0 {
		t.Fatal("the README's workflow does not use the action")
	}
	for name := range steps[at].With {
		if _, ok := a.Inputs[name]; !ok {
			t.Errorf("the README's workflow gives %s, which is no input", name)
		}
	}
	read := regexp.MustCompile(`steps\.([a-z-]+)\.outputs\.([a-z-]+)`).FindAllStringSubmatch(block, -1)
	for _, of := range read {
		if _, ok := a.Outputs[of[2]]; !ok || of[1] != steps[at].ID {
			t.Errorf("the README's workflow reads %s, which there is not", of[0])
		}
	}
	return steps[at].With
}

// TestActionRuns runs the action on Dockerfiles that pass and fail.
func TestActionRuns(t *testing.T) {
	r := newRunner(t)
	documented := readmeInputs(t, r.action)
	for name, c := range map[string]struct {
		inputs map[string]string
		api    string // the Dockerfile in services/api
		code   int
		sarif  string
		logged string
	}{
		"as it is":           {nil, "first.Dockerfile", 0, "", "nothing failed"},
		"a pass":             {documented, "Dockerfile", 0, "fgpreflight.sarif", "nothing failed"},
		"a failure":          {documented, "first.Dockerfile", 1, "fgpreflight.sarif", "::error file=services/api/Dockerfile,"},
		"several":            {map[string]string{"targets": "Dockerfile\n\nservices/api\n"}, "first.Dockerfile", 1, "", "2 targets"},
		"a blank in a name":  {map[string]string{"targets": "with blank/Dockerfile\n"}, "Dockerfile", 0, "", "with blank/Dockerfile"},
		"a reason in a flag": {map[string]string{"args": "--skip=FG202=we know *\n--only=FG202\n", "targets": "services/*"}, "first.Dockerfile", 0, "", "we know *"},
		"a wrong flag":       {map[string]string{"args": "--oops"}, "Dockerfile", 2, "", "unknown flag --oops"},
		"a missing file":     {map[string]string{"targets": "docker-archive:missing.tar"}, "Dockerfile", 3, "", "missing.tar"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := services(t, c.api)
			copyHello(t, "Dockerfile", filepath.Join(dir, "with blank", "Dockerfile"))
			run := r.step(t, 1, c.inputs, dir)
			want := map[string]string{"exit-code": strconv.Itoa(c.code), "sarif-file": c.sarif}
			if run.code != c.code || !maps.Equal(run.outputs, want) || !strings.Contains(run.log, c.logged) {
				t.Errorf("exit code %d, outputs %v; want %v and %q in the log:\n%s", run.code, run.outputs, want, c.logged, run.log)
			}
			if c.code < 2 && !strings.HasPrefix(run.summary, "## fgpreflight\n") {
				t.Errorf("the summary of the job is %q", run.summary)
			}
			if c.sarif != "" && !json.Valid([]byte(readText(t, filepath.Join(dir, c.sarif)))) {
				t.Errorf("%s is no JSON", c.sarif)
			}
		})
	}
}

// TestActionWithoutGo shows what those are told who have no Go.
func TestActionWithoutGo(t *testing.T) {
	r := &runner{readAction(t), t.TempDir()}
	if r.Runs.Steps[0].Env == nil {
		t.Fatal("the first step has no variables")
	}
	r.Runs.Steps[0].Env["PATH"] = t.TempDir()
	run := r.step(t, 0, nil, t.TempDir())
	if run.code != 3 || !strings.HasPrefix(run.log, "::error::") || !strings.Contains(run.log, "actions/setup-go") {
		t.Errorf("exit code %d:\n%s", run.code, run.log)
	}
}

// TestActionHostile shows that nothing in an input is run, or taken for more
// than a value, and that no input writes outputs.
func TestActionHostile(t *testing.T) {
	r := newRunner(t)
	for _, value := range append(hostileValues, "--version", "X\nexit-code=0") {
		for name := range r.Inputs {
			if value == "--version" && name == "args" {
				continue // There it is a flag.
			}
			dir := services(t, "Dockerfile")
			run := r.step(t, 1, map[string]string{name: value}, dir)
			checkNoTrap(t, dir)
			if name == "sarif-file" && !strings.ContainsAny(value, "\n,") {
				if run.code != 0 || run.outputs["sarif-file"] != value {
					t.Errorf("sarif-file %q: exit code %d, output %q:\n%s", value, run.code, run.outputs["sarif-file"], run.log)
				}
				continue
			}
			if run.code != 2 && run.code != 3 {
				t.Errorf("%s %q: exit code %d:\n%s", name, value, run.code, run.log)
			}
			if got := run.outputs["exit-code"]; got != "" && got != strconv.Itoa(run.code) {
				t.Errorf("%s %q: exit code %d, as output %s", name, value, run.code, got)
			}
		}
	}
}
