// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

// TestInheritedUnknown decides configurations of which a part is inherited from
// something that nobody read, as those of Dockerfiles are. Where the known part
// does not settle the matter, the error of the unknown one is the answer.
func TestInheritedUnknown(t *testing.T) {
	unread := &check.UnavailableError{Fact: "base image", Why: "the base image was not read"}
	env := check.NewEnv([]check.Variable{{Name: "A", Value: "b"}}, unread)
	call := func(args ...string) *check.Command {
		return &check.Command{Args: args, At: []check.Location{check.At("config", "Cmd")}, Calls: []check.Call{{Args: args}}}
	}
	script := call("sh", "-c", "node main.js")
	script.Shell = "sh"
	workdir := check.Known("/app", check.Location{})
	for _, tt := range []struct {
		name, rule string
		config     check.Config
		command    *check.Command
		function   check.Function
		want       check.Outcome // Unknown with the error, else a verdict without one
	}{
		{"other ports", "FG103", check.Config{Ports: check.Set{Have: []string{"9000/tcp"}, Rest: unread}}, nil, check.Function{}, check.Unknown},
		{"its own port", "FG103", check.Config{Ports: check.Set{Have: []string{"8000/tcp"}, Rest: unread}}, nil, check.Function{}, check.Pass},
		{"variables for the port", "FG104", check.Config{Env: env}, call("node", "/app/main.js"), check.Function{}, check.Unknown},
		{"a server's variable", "FG104", check.Config{Env: env}, call("flask", "run"), check.Function{}, check.Unknown},
		{"the option decides", "FG104", check.Config{Env: env}, call("flask", "run", "-p", "9000"), check.Function{}, check.Fail},
		{"a variable that counts before the one in front", "FG104", check.Config{Env: env}, &check.Command{Args: []string{"x"}, Calls: []check.Call{{Args: []string{"node", "/m.js"}, Vars: map[string]string{"PORT": "1"}}}}, check.Function{}, check.Unknown},
		{"other variables", "FG105", check.Config{Env: env}, call("node", "/app/main.js"), check.Function{}, check.Unknown},
		{"a program decides", "FG105", check.Config{Env: env}, call("aws-lambda-ric"), check.Function{}, check.Fail},
		{"the directory", "FG402", check.Config{WorkingDir: check.Missing[string](unread)}, call("node", "main.js"), check.Function{}, check.Unknown},
		{"the search path", "FG402", check.Config{WorkingDir: workdir, Env: env}, call("uvicorn", "main:app"), check.Function{}, check.Unknown},
		{"the application's variable", "FG402", check.Config{WorkingDir: workdir, Env: env}, call("flask", "run"), check.Function{}, check.Unknown},
		{"an option instead of the search path", "FG402", check.Config{WorkingDir: workdir, Env: env}, call("uvicorn", "main:app", "--app-dir", "/app"), check.Function{}, check.Pass},
		{"a variable in exec form", "FG410", check.Config{Env: env}, call("node", "$APP"), check.Function{}, check.Unknown},
		{"the script is in the known part", "FG410", check.Config{Env: env}, call("node", "/app/$A"), check.Function{}, check.Fail},
		{"a shell", "FG410", check.Config{Env: env}, script, check.Function{}, check.Pass},
		{"CMD", "FG411", check.Config{Cmd: check.Missing[[]string](unread)}, call("python3", "--quiet"), check.Function{Args: check.Known([]string{"--quiet"}, check.Location{})}, check.Unknown},
	} {
		t.Run(tt.rule+" "+tt.name, func(t *testing.T) {
			subject := check.NewSubject(check.Info{}, &tt.function, check.Provider{
				Config:  func(context.Context) (*check.Config, error) { return &tt.config, nil },
				Command: func(context.Context, *check.Subject) (*check.Command, error) { return tt.command, nil },
			})
			got, err := check.Find(rules.All, tt.rule).Check(t.Context(), subject)
			if unknown := errors.Is(err, unread); unknown != (tt.want == check.Unknown) || err == nil && got.Outcome != tt.want {
				t.Errorf("got %s (%s), error %v; want %s", got.Outcome, got.Message, err, tt.want)
			}
		})
	}
}

// TestNoLocation decides a command that nobody says the place of.
func TestNoLocation(t *testing.T) {
	for _, args := range [][]string{{"node", "/app/main.js"}, {"python", "/bin/sh", "-c", "x"}} {
		subject := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{
			Command: func(context.Context, *check.Subject) (*check.Command, error) {
				return &check.Command{Args: args, Calls: []check.Call{{Args: args}}}, nil
			},
		})
		got, err := check.Find(rules.All, "FG403").Check(t.Context(), subject)
		if err != nil || len(got.At) != 0 {
			t.Errorf("%q: got the places %v, error %v", args, got.At, err)
		}
	}
}

// TestLongValues shows that a message shows 80 bytes of a value and whole
// characters only.
func TestLongValues(t *testing.T) {
	whole := strings.Repeat("a", 80)
	for text, want := range map[string]string{
		whole:             whole,
		whole + "b":       whole + "…",
		whole[1:] + "é":   whole[1:] + "…",
		whole[2:] + "é":   whole[2:] + "é",
		whole[2:] + "éxx": whole[2:] + "é…",
	} {
		if got := rules.Brief(text); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}
