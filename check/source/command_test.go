// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// show returns the calls as text, one a line: flags, directory, variables,
// wrappers and words; a word that is unexpanded stands in ‹›.
func show(c *check.Command) string {
	var out strings.Builder
	for _, call := range c.Calls {
		if call.Background {
			out.WriteString("bg ")
		}
		if call.Conditional {
			out.WriteString("maybe ")
		}
		if call.Dir != "" {
			fmt.Fprintf(&out, "in %s ", call.Dir)
		}
		for _, name := range slices.Sorted(maps.Keys(call.Vars)) {
			fmt.Fprintf(&out, "%s=%s ", name, call.Vars[name])
		}
		for _, w := range call.Wrappers {
			fmt.Fprintf(&out, "(%s) ", strings.Join(w, " "))
		}
		words := slices.Clone(call.Args)
		for i := range words {
			if call.IsUnexpanded(i) {
				words[i] = "‹" + words[i] + "›"
			}
		}
		out.WriteString(strings.Join(words, "|") + "\n")
	}
	if c.Opaque != nil {
		out.WriteString("opaque\n")
	}
	return out.String()
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

func TestCommandWrappers(t *testing.T) {
	tests := []struct{ command, want string }{
		{"node main.js", "node|main.js\n"},
		{"tini -- node a", "(tini --) node|a\n"},
		{"/usr/bin/tini -s -g -vv -p SIGTERM -e143 node", "(/usr/bin/tini -s -g -vv -p SIGTERM -e143) node\n"},
		{"tini -x -- node", "tini|-x|--|node\nopaque\n"},
		{"tini -\xff0", "tini|-\xff0\nopaque\n"},
		{"tini --", "tini|--\n"},
		{"dumb-init --single-child --rewrite 15:2 node", "(dumb-init --single-child --rewrite 15:2) node\n"},
		{"catatonit -- node", "(catatonit --) node\n"},
		{"env -i A=b C=d node", "A=b C=d (env -i A=b C=d) node\n"},
		{"env - A=b node", "A=b (env - A=b) node\n"},
		{"env -u PORT --chdir=/srv -C sub node", "in /srv/sub (env -u PORT --chdir=/srv -C sub) node\n"},
		{"env A=b", "env|A=b\n"},
		{"nohup nice -n 5 ionice -c2 -n 7 stdbuf -oL node", "(nohup) (nice -n 5) (ionice -c2 -n 7) (stdbuf -oL) node\n"},
		{"nice -10 node", "(nice -10) node\n"},
		{"timeout -k 5 --signal=TERM 10 node", "(timeout -k 5 --signal=TERM 10) node\n"},
		{"timeout 10", "timeout|10\n"},
		{"time -f %e node", "(time -f %e) node\n"},
		{"setsid node", "bg (setsid) node\n"},
		{"setsid -w node", "(setsid -w) node\n"},
		{"setsid --fork --wait node", "bg (setsid --fork --wait) node\n"},
		{"sudo -E -u app A=b node", "A=b (sudo -E -u app A=b) node\n"},
		{"sudo -b -D /srv node", "bg in /srv (sudo -b -D /srv) node\n"},
		{"sudo -i node", "sudo|-i|node\nopaque\n"},
		{"doas -u app node", "(doas -u app) node\n"},
		{"gosu app node", "(gosu app) node\n"},
		{"gosu app", "gosu|app\n"},
		{"su-exec 1:2 node", "(su-exec 1:2) node\n"},
		{"setpriv --reuid=1 --regid 2 --clear-groups node", "(setpriv --reuid=1 --regid 2 --clear-groups) node\n"},
		{"runuser -u app -- node x", "(runuser -u app --) node|x\n"},
		{"runuser app", "runuser|app\n"},
		{"su app", "su|app\n"},
		{"chpst -u app -C /srv -v node", "in /srv (chpst -u app -C /srv -v) node\n"},
		{"s6-setuidgid app node", "(s6-setuidgid app) node\n"},
		{"docker-entrypoint.sh node x", "(docker-entrypoint.sh) node|x\n"},
		{"/docker-entrypoint.sh nginx -g x", "(/docker-entrypoint.sh) nginx|-g|x\n"},
		{"docker-entrypoint.sh main.js", "docker-entrypoint.sh|main.js\n"},
		{"docker-php-entrypoint -a", "docker-php-entrypoint|-a\n"},
		{"docker-php-entrypoint apache2-foreground", "(docker-php-entrypoint) apache2-foreground\n"},
		{"docker-entrypoint.sh", "docker-entrypoint.sh\n"},
		{"/app/entrypoint.sh node", "/app/entrypoint.sh|node\n"},
		{"exec node", "exec|node\n"},
		{"busybox httpd -f", "busybox|httpd|-f\n"},
		{"bash /app/run.sh -c x", "bash|/app/run.sh|-c|x\n"},
		{"bash", "bash\n"},
		{"sh -c", "sh|-c\n"},
		{strings.Repeat("nohup ", 15) + "node", strings.Repeat("(nohup) ", 15) + "node\n"},
		{strings.Repeat("nohup ", 16) + "node", strings.Repeat("(nohup) ", 16) + "node\nopaque\n"},
	}
	for _, test := range tests {
		got := analyse(t, &check.Function{}, strings.Fields(test.command), nil)
		if diff := cmp.Diff(test.want, show(got)); diff != "" {
			t.Errorf("%s: %s", test.command, diff)
		}
		if got.Shell != "" || got.Script != "" {
			t.Errorf("%s: shell %q, script %q, want none", test.command, got.Shell, got.Script)
		}
	}
}

func TestCommandSplitString(t *testing.T) {
	for _, test := range []struct {
		command []string
		want    string
	}{
		{[]string{"env", "-S", "A=b node x", "y"}, "A=b (env A=b) node|x|y\n"},
		{[]string{"env", "-Snode x"}, "(env) node|x\n"},
		{[]string{"env", "--split-string=-i node", "y"}, "(env -i) node|y\n"},
		{[]string{"env", "-S", "node $X"}, "env|-S|node $X\nopaque\n"},
		{[]string{""}, "\n"},
		{[]string{"", "x"}, "|x\n"},
	} {
		if diff := cmp.Diff(test.want, show(analyse(t, &check.Function{}, test.command, nil))); diff != "" {
			t.Errorf("%q: %s", test.command, diff)
		}
	}
}

func TestCommandShells(t *testing.T) {
	const script = "node x"
	tests := []struct {
		command []string
		shell   string
	}{
		{[]string{"/bin/sh", "-c", script}, "/bin/sh"},
		{[]string{"bash", "-lc", script}, "bash"},
		{[]string{"bash", "-exc", script}, "bash"},
		{[]string{"bash", "-o", "pipefail", "-c", script}, "bash"},
		{[]string{"bash", "-eo", "pipefail", "-c", script}, "bash"},
		{[]string{"bash", "-ceuo", "pipefail", script}, "bash"},
		{[]string{"bash", "-c", "-e", script}, "bash"},
		{[]string{"bash", "--login", "-c", script}, "bash"},
		{[]string{"bash", "--rcfile", "f", "-c", script, "a", "b"}, "bash"},
		{[]string{"sh", "+x", "-c", script}, "sh"},
		{[]string{"sh", "-c", "--", script}, "sh"},
		{[]string{"busybox", "sh", "-c", script}, "busybox"},
		{[]string{"/bin/ash", "-c", script}, "/bin/ash"},
		{[]string{"dash", "-c", script}, "dash"},
		{[]string{"ksh", "-c", script}, "ksh"},
		{[]string{"zsh", "-c", script}, "zsh"},
		{[]string{"tini", "--", "sh", "-c", script}, "sh"},
	}
	for _, test := range tests {
		got := analyse(t, &check.Function{}, test.command, nil)
		if got.Shell != test.shell || got.Script != script || !strings.HasSuffix(show(got), "node|x\n") || got.Opaque != nil {
			t.Errorf("%q: shell %q, script %q, calls %q, want %s and node x", test.command, got.Shell, got.Script, show(got), test.shell)
		}
	}
}

func TestCommandSwitchUser(t *testing.T) {
	for _, test := range []struct {
		command     []string
		shell, want string
	}{
		{[]string{"su", "app", "-c", "node $PORT"}, "/bin/sh", "(su app -c node $PORT) node|8000\n"},
		{[]string{"su", "-", "app", "-c", "node $PORT$HOME"}, "/bin/sh", "(su - app -c node $PORT$HOME) node|‹$PORT$HOME›\n"},
		{[]string{"su", "-s", "/bin/bash", "-c", "node $1", "app", "zero", "one"}, "/bin/bash", "(su -s /bin/bash -c node $1 app zero one) node|one\n"},
		{[]string{"su", "-s", "", "-c", "node"}, "/bin/sh", "(su -s  -c node) node\n"},
		{[]string{"runuser", "app", "--command=node"}, "/bin/sh", "(runuser app --command=node) node\n"},
	} {
		got := analyse(t, &check.Function{}, test.command, nil)
		if diff := cmp.Diff(test.want, show(got)); diff != "" || got.Shell != test.shell {
			t.Errorf("%q: shell %q: %s", test.command, got.Shell, diff)
		}
	}
}

// FuzzCommand looks for panics, for calls of an exec form that are no end of
// the argument vector, and for results out of proportion.
func FuzzCommand(f *testing.F) {
	f.Add("tini\x00--\x00env\x00A=b\x00node\x00x")
	f.Add("bash\x00-ec\x00cd /app && export A=$PORT; f() { node \"$@\" ${X:-a b}; }; f 1 & wait || exit 1")
	f.Add("su\x00-\x00app\x00-c\x00exec sh -c 'for i in 1 2; do echo $i > x; done'")
	f.Add("sh\x00-c\x00X=aaaa; X=$X$X$X$X; X=$X$X$X$X; case $X in a*) node $X;; esac; f() { f; f; }; f")
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Split(text, "\x00")
		got := analyse(t, &check.Function{}, args, nil)
		if len(got.Calls) == 0 && got.Shell == "" {
			t.Error("no calls and no shell")
		}
		size := 0
		for _, call := range got.Calls {
			for _, arg := range call.Args {
				size += len(arg)
			}
			if len(call.Args) == 0 {
				t.Error("a call without a program")
			}
			if got.Shell == "" && !strings.Contains(text, "-S") && !strings.Contains(text, "--split-string") &&
				!slices.Equal(call.Args, args[len(args)-len(call.Args):]) {
				t.Errorf("%q is no end of %q", call.Args, args)
			}
		}
		if limit := 10 * (len(text) + 256<<10); size > limit {
			t.Errorf("%d bytes of arguments from %d bytes", size, len(text))
		}
	})
}
