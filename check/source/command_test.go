// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// someEnv is the environment of the images in these tests.
var someEnv = map[string]string{"APP": "/app", "JAVA_OPTS": "-Xmx1g  -Dx=y", "EMPTY": "", "STAR": "*.jar", "PORT": "8000"}

// analyse returns the command of an image with ENTRYPOINT and CMD.
func analyse(t *testing.T, f *check.Function, entrypoint, cmd []string) *check.Command {
	t.Helper()
	config := &check.Config{
		Entrypoint: check.NotSet[[]string](check.At("config", "Entrypoint")),
		Cmd:        check.NotSet[[]string](check.At("config", "Cmd")),
	}
	if entrypoint != nil {
		config.Entrypoint = check.Known(entrypoint, config.Entrypoint.At())
	}
	if cmd != nil {
		config.Cmd = check.Known(cmd, config.Cmd.At())
	}
	var vars []check.Variable
	for _, name := range slices.Sorted(maps.Keys(someEnv)) {
		vars = append(vars, check.Variable{Name: name, Value: someEnv[name]})
	}
	config.Env = check.NewEnv(vars, nil)
	s := check.NewSubject(check.Info{}, f, check.Provider{
		Config:  func(context.Context) (*check.Config, error) { return config, nil },
		Command: source.Command,
	})
	out, err := s.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func locations(at []check.Location) string {
	var out []string
	for _, l := range at {
		out = append(out, l.String())
	}
	return strings.Join(out, " ")
}

func TestCommandParts(t *testing.T) {
	entrypoint, cmd := []string{"entry", "e"}, []string{"cmd", "c"}
	command := check.Known([]string{"over"}, check.AtFile("--command"))
	args := check.Known([]string{"arg"}, check.AtFile("--args"))
	none := check.Known([]string{}, check.AtFile("--command"))
	tests := []struct {
		function        check.Function
		entrypoint, cmd []string
		want, at        string
	}{
		{check.Function{}, entrypoint, cmd, "entry e cmd c", "config.Entrypoint config.Cmd"},
		{check.Function{}, entrypoint, nil, "entry e", "config.Entrypoint"},
		{check.Function{}, nil, cmd, "cmd c", "config.Cmd"},
		{check.Function{}, nil, nil, "", "config.Entrypoint config.Cmd"},
		{check.Function{Command: command}, entrypoint, cmd, "over", "--command"},
		{check.Function{Command: command, Args: args}, entrypoint, cmd, "over arg", "--command --args"},
		{check.Function{Args: args}, entrypoint, cmd, "entry e arg", "config.Entrypoint --args"},
		{check.Function{Args: args}, nil, cmd, "arg", "--args"},
		{check.Function{Command: none, Args: none}, entrypoint, cmd, "entry e cmd c", "config.Entrypoint config.Cmd"},
	}
	for _, test := range tests {
		got := analyse(t, &test.function, test.entrypoint, test.cmd)
		if text := strings.Join(got.Args, " "); text != test.want || locations(got.At) != test.at {
			t.Errorf("%v %v: got %q at %s, want %q at %s", test.entrypoint, test.cmd, text, locations(got.At), test.want, test.at)
		}
		if wantCalls := min(len(got.Args), 1); len(got.Calls) != wantCalls {
			t.Errorf("%q: %d calls, want %d", test.want, len(got.Calls), wantCalls)
		}
	}
}

func TestCommandLocation(t *testing.T) {
	for _, test := range []struct {
		entrypoint, cmd []string
		want            string
	}{
		{[]string{"node"}, []string{"x"}, "config.Entrypoint"},
		{[]string{"tini", "--"}, []string{"node"}, "config.Cmd"},
		{[]string{"sh", "-c"}, []string{"node x"}, "config.Cmd"},
		{[]string{"sh", "-c", "exec env A=b node"}, []string{"x"}, "config.Entrypoint"},
	} {
		got := analyse(t, &check.Function{}, test.entrypoint, test.cmd)
		if len(got.Calls) != 1 || got.Calls[0].At.String() != test.want {
			t.Errorf("%v %v: got %+v, want one call at %s", test.entrypoint, test.cmd, got.Calls, test.want)
		}
	}
}
