// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

// programLines holds start commands, each followed by what the rules read from
// it: see TestPrograms.
const programLines = "../testdata/programs.txt"

// TestPrograms compares what is recognised in the start commands of a file. A
// line "$ A=b program …" is a command under the variable A, the line after it
// what is expected; go test -update rewrites those.
func TestPrograms(t *testing.T) {
	data, err := os.ReadFile(programLines)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.Lines(string(data)) {
		command, ok := strings.CutPrefix(line, "$ ")
		switch {
		case ok:
			got.WriteString(line + "\t" + recogniseLine(t, command) + "\n")
		case !strings.HasPrefix(line, "\t"):
			got.WriteString(line)
		}
	}
	if *update {
		if err := os.WriteFile(programLines, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(string(data), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func recogniseLine(t *testing.T, line string) string {
	t.Helper()
	var vars []check.Variable
	var call check.Call
	for _, word := range splitWords(t, line) {
		name, value, ok := strings.Cut(word, "=")
		if ok && len(call.Args) == 0 && strings.ToUpper(name) == name {
			vars = append(vars, check.Variable{Name: name, Value: value})
			continue
		}
		call.Args = append(call.Args, word)
	}
	return rules.Recognised(call, check.NewEnv(vars, nil))
}

// splitWords splits a line at blanks; a word with blanks is quoted as in Go.
func splitWords(t *testing.T, line string) []string {
	t.Helper()
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if quoted, err := strconv.QuotedPrefix(line); err == nil {
			word, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			out, line = append(out, word), line[len(quoted):]
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		out, line = append(out, word), rest
	}
	return out
}

// TestProgramsCovered shows that the file has a command for every word of the
// table.
func TestProgramsCovered(t *testing.T) {
	data, err := os.ReadFile(programLines)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("\n", " ", "=", " ", `"`, " ").Replace(string(data))
	for source, words := range rules.KnownWords() {
		for _, word := range words {
			if !strings.Contains(text, " "+word+" ") {
				t.Errorf("%s: no command in %s has %s", source, programLines, word)
			}
		}
	}
}

// TestUnexpandedPort shows that a port that only the running shell knows is
// known to nobody else.
func TestUnexpandedPort(t *testing.T) {
	call := check.Call{Args: []string{"uvicorn", "app:app", "--port", "${PORT}1"}, Unexpanded: []int{3}}
	want := "uvicorn; module app:app; port [] by --port ${PORT}1, else \"write in place of --port ${PORT}1:\\n\\n--port 8000\""
	if got := rules.Recognised(call, check.Env{}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestManyLaunchers shows that programs that start one another are followed for
// eight steps, however many there are.
func TestManyLaunchers(t *testing.T) {
	for _, tt := range []struct {
		launchers int
		want      string
	}{
		{7, "uvicorn; port [\"8000\"] by the default of uvicorn, else \"tell uvicorn the port, behind its name in the start command:\\n\\n--port 8000\""},
		{8, "uvicorn; not known"},
		{1 << 20, "npx; not known"},
	} {
		args := append(slices.Repeat([]string{"npx"}, tt.launchers), "uvicorn")
		if got := rules.Recognised(check.Call{Args: args}, check.Env{}); got != tt.want {
			t.Errorf("%d launchers: got  %s\nwant %s", tt.launchers, got, tt.want)
		}
	}
}
