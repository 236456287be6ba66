// SPDX-License-Identifier: Apache-2.0

package shell_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/shell"
)

// someEnv is the environment in these tests.
var someEnv = map[string]string{"APP": "/app", "JAVA_OPTS": "-Xmx1g  -Dx=y", "EMPTY": "", "STAR": "*.jar", "PORT": "8000"}

// analyse takes a command apart.
func analyse(command []string) *check.Command {
	var vars []check.Variable
	for _, name := range slices.Sorted(maps.Keys(someEnv)) {
		vars = append(vars, check.Variable{Name: name, Value: someEnv[name]})
	}
	return shell.Analyse(words(command), check.NewEnv(vars, nil))
}

func words(command []string) []shell.Word {
	var out []shell.Word
	for _, text := range command {
		out = append(out, shell.Word{Text: text})
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

func TestWrappers(t *testing.T) {
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
		got := analyse(strings.Fields(test.command))
		if diff := cmp.Diff(test.want, show(got)); diff != "" {
			t.Errorf("%s: %s", test.command, diff)
		}
		if got.Shell != "" || got.Script != "" {
			t.Errorf("%s: shell %q, script %q, want none", test.command, got.Shell, got.Script)
		}
	}
}

func TestSplitString(t *testing.T) {
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
		if diff := cmp.Diff(test.want, show(analyse(test.command))); diff != "" {
			t.Errorf("%q: %s", test.command, diff)
		}
	}
}

func TestShells(t *testing.T) {
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
		got := analyse(test.command)
		if got.Shell != test.shell || got.Script != script || !strings.HasSuffix(show(got), "node|x\n") || got.Opaque != nil {
			t.Errorf("%q: shell %q, script %q, calls %q, want %s and node x", test.command, got.Shell, got.Script, show(got), test.shell)
		}
	}
}

func TestSwitchUser(t *testing.T) {
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
		got := analyse(test.command)
		if diff := cmp.Diff(test.want, show(got)); diff != "" || got.Shell != test.shell {
			t.Errorf("%q: shell %q: %s", test.command, got.Shell, diff)
		}
	}
}

// FuzzAnalyse looks for panics, for calls of an exec form that are no end of
// the argument vector, and for results out of proportion.
func FuzzAnalyse(f *testing.F) {
	f.Add("tini\x00--\x00env\x00A=b\x00node\x00x")
	f.Add("bash\x00-ec\x00cd /app && export A=$PORT; f() { node \"$@\" ${X:-a b}; }; f 1 & wait || exit 1")
	f.Add("su\x00-\x00app\x00-c\x00exec sh -c 'for i in 1 2; do echo $i > x; done'")
	f.Add("sh\x00-c\x00X=aaaa; X=$X$X$X$X; X=$X$X$X$X; case $X in a*) node $X;; esac; f() { f; f; }; f")
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Split(text, "\x00")
		got := analyse(args)
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
