// SPDX-License-Identifier: Apache-2.0

package shell_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/shell"
)

// run takes a RUN instruction apart.
func run(env check.Env, command ...string) *check.Command {
	return shell.AnalyseRun(words(command), env)
}

// certainty returns the programs of the calls: "a" for one that ran and
// succeeded if the command did, "a?" for an unchecked one, "maybe a" for a
// conditional one.
func certainty(c *check.Command) string {
	var out []string
	for _, call := range c.Calls {
		text := call.Name()
		if call.Unchecked {
			text += "?"
		}
		if call.Conditional {
			text = "maybe " + text
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestUnchecked(t *testing.T) {
	tests := []struct{ script, want string }{
		{"a", "a"},
		{"a && b && c", "a, b, c"},
		{"a; b", "a?, b"},
		{"a\nb", "a?, b"},
		{"a && b; c", "a?, b?, c"},
		{"a || b", "a?, maybe b"},
		{"a || true; b", "a?, maybe true?, b"},
		{"a || exit 1; b", "a, maybe exit?, b"},
		{"a || { echo x; exit 1; }; b", "a, maybe echo?, maybe exit?, b"},
		{"a && { b || exit 1; }; c", "a?, b?, maybe exit?, c"},
		{"a && { b || exit 1; }", "a, b, maybe exit"},
		{"a || exit 0; b", "a?, maybe exit?, b?"},
		{"(a || exit 1); b", "a?, maybe exit?, b"},
		{"! a", "a?"},
		{"! a; b", "a?, b"},
		{"a & b", "a?, b"},
		{"a &", "a?"},
		{"a | b", "a?, b"},
		{"a | b | c; d", "a?, b?, c?, d"},
		{"set -o pipefail; a | b | c", "set?, a, b, c"},
		{"set -e; a; b", "set?, a, b"},
		{"set -ex\na\nb", "set?, a, b"},
		{"set -e; a && b; c", "set?, a?, b?, c"},
		{"set -e; a || b; c", "set?, a?, maybe b, c"},
		{"set -e; ! a; b", "set?, a?, b"},
		{"set -e; a | b; c", "set?, a?, b, c"},
		{"set -eo pipefail; a | b; c", "set?, a, b, c"},
		{"set -e; set +e; a; b", "set?, set, a?, b"},
		{"set -o errexit; a; b", "set?, a, b"},
		{"set -e; (a; b); c", "set?, a, b, c"},
		{"(set -e; a; b); c", "set?, a?, b?, c"},
		{"(set -e; a); a; b", "set?, a?, a?, b"},
		{"set -e; { a && b; }; c", "set?, a?, b?, c"},
		{"set -e; (a && b); c", "set?, a, b, c"},
		{"set -e; { a; b; }; c", "set?, a, b, c"},
		{"set -e; if a; then b && c; fi; d", "set?, a?, maybe b?, maybe c?, d"},
		{"set -e; a | { b && c; }; d", "set?, a?, b, c, d"},
		{"set -e; time { a && b; }; c", "set?, a?, b?, c"},
		{"{ set -e; a; }; b; c", "set?, a, b, c"},
		{"{ a; b; }", "a?, b"},
		{"{ a && b; } && c", "a, b, c"},
		{"set -e; { a; b; } || c; d", "set?, a?, b?, maybe c, d"},
		{"if a; then b; c; else d; fi", "a?, maybe b?, maybe c, maybe d"},
		{"if a; then b; fi; c", "a?, maybe b?, c"},
		{"set -e; if a; then b; c; fi; d", "set?, a?, maybe b, maybe c, d"},
		{"while a; do b; done", "a?, maybe b?"},
		{"for i in 1 2; do a; done", "maybe a?"},
		{"for i in 1 2; do a; done; b", "maybe a?, b"},
		{"case x in x) a;; esac", "maybe a"},
		{"f() { a; b; }; f", "maybe a?, maybe b"},
		{"[ -f x ] && a; b", "[?, a?, b"},
		{"[ -f x ] && a", "[, a"},
		{"[ -f x ] && exit 0; a", "[?, exit?, a?"},
		{"if x; then exit 0; fi; a", "x?, maybe exit?, a?"},
		{"(if x; then exit 0; fi); a", "x?, maybe exit?, a"},
		{"trap 'exit 0' EXIT; a", "trap?, a?"},
		{"a; exit 0", "a?, exit"},
		{"eval x; a", "eval?, a?"},
		{"a && . ./x && b", "a, .?, b?"},
		{"sh -c 'a; b'; c", "a?, b?, c"},
		{"sh -ec 'a; b'", "a, b"},
		{"sh -ec 'a; b'; c", "a?, b?, c"},
		{"set -e; sh -c 'a; b'; c", "set?, a?, b, c"},
		{"sudo a && exec b", "a, b"},
		{"X=$(a; b) c", "maybe a?, maybe b?, c"},
		{"echo \"`a`\" $((1 + $(b))) <(c)", "maybe a?, maybe b?, maybe c?, echo"},
		{"for i in $(a); do :; done", "maybe a?, maybe :?"},
		{"case $(a) in $(b)) ;; esac", "maybe a?, maybe b?"},
		{"x=$(a)", "maybe a?"},
		{"[[ -n $(a) ]]", "maybe a?"},
		{"cat > $(a) <<E\n$(b)\nE", "maybe a?, maybe b?, cat"},
		{"X='\n'; > f", ":"},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, certainty(run(check.Env{}, "/bin/bash", "-c", test.script))); diff != "" {
			t.Errorf("%s: %s", test.script, diff)
		}
	}
}

func TestShellOptions(t *testing.T) {
	const script = "a | b; c"
	tests := []struct {
		shell, want string
	}{
		{"sh -c", "a?, b?, c"},
		{"sh -e -c", "a?, b, c"},
		{"bash -ec", "a?, b, c"},
		{"bash -exo pipefail -c", "a, b, c"},
		{"bash -o errexit -o pipefail -c", "a, b, c"},
		{"bash -euo pipefail +e -c", "a?, b?, c"},
		{"bash --login -e -O extglob -c", "a?, b, c"},
		{"bash -c -e", "a?, b, c"},
		{"busybox sh -ec", "a?, b, c"},
		{"env sh -ec", "a?, b, c"},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, certainty(run(check.Env{}, append(strings.Fields(test.shell), script)...))); diff != "" {
			t.Errorf("%s: %s", test.shell, diff)
		}
	}
}

func TestGuards(t *testing.T) {
	tests := []struct{ script, want string }{
		{"id app || a; b", "id -, a id app failed, b -"},
		{"! id app || a", "id -, a id app"},
		{"id app >/dev/null 2>&1 || (a && b)", "id -, a id app failed, b id app failed"},
		{"if id app; then a; else b; fi", "id -, a id app, b id app failed"},
		{"if ! id app; then a; b; fi", "id -, a id app failed, b id app failed"},
		{"if id app; then a; elif b; then c; else d; fi", "id -, a id app, b -, c -, d -"},
		{"if id app; id; then a; fi", "id -, id -, a -"},
		{"if id $(x); then a; fi", "x -, id -, a -"},
		{"if id app; then if id b; then c; fi; fi", "id -, id id app, c -"},
		{"id app && id b || a", "id -, id -, a -"},
		{"for i in 1; do id app || a; done", "id -, a -"},
		{"X=1 id app || a", "id -, a -"},
		{"id $USER || a", "id -, a -"},
	}
	for _, test := range tests {
		var got []string
		for _, call := range run(check.Env{}, "sh", "-c", test.script).Calls {
			text := call.Name() + " -"
			if g := call.Guard; g != nil {
				text = call.Name() + " " + strings.Join(g.Args, " ")
				if g.Failed {
					text += " failed"
				}
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: %s", test.script, diff)
		}
	}
}

func TestWrites(t *testing.T) {
	some := check.NewEnv([]check.Variable{{Name: "F", Value: "/f"}}, nil)
	tests := []struct{ script, want string }{
		{"a", "a"},
		{"a > /b 2>/dev/null", "a > /b > /dev/null"},
		{"a >> b", "a >> b"},
		{"a >| b", "a > b"},
		{"a &>> b", "a >> b"},
		{"a >& b 2>&1 >&-", "a > b"},
		{"a < b <<< c", "a"},
		{"a > $F", "a > /f"},
		{"a > $F/*", "a > /f/*"},
		{"a > $(b)", "b, a > "},
		{"cd /etc && a >> passwd", "a >> /etc/passwd"},
		{"cd /etc && a >> ../x", "a >> /x"},
		{"{ a; b > c; } > d", "a > d, b > d > c"},
		{"(a | b) > d", "a > d, b > d"},
		{"> a", ": > a"},
		{"sh -c 'a > b' > c", "a > c > b"},
		{"f() { a; }; f > b", "a > b"},
	}
	for _, test := range tests {
		var got []string
		for _, call := range run(some, "bash", "-c", test.script).Calls {
			text := []string{call.Name()}
			for _, w := range call.Writes {
				sign := ">"
				if w.Append {
					sign = ">>"
				}
				text = append(text, sign, w.Path)
			}
			got = append(got, strings.Join(text, " "))
		}
		if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: %s", test.script, diff)
		}
	}
}

// TestVariables shows what is known of variables that are not in the
// environment, or are there without a value.
func TestVariables(t *testing.T) {
	unknown := errors.New("unknown")
	vars := []check.Variable{{Name: "A", Value: "1"}, {Name: "B", Err: unknown}, {Name: "IFS", Value: ":"}}
	const script = "x $A; x $B; x $C; x ${C:-d}; x ${B:-d}; x $HOME; x $http_proxy"
	tests := []struct {
		rest        error
		start, want string
	}{
		{nil, "x|1\nx|‹$B›\nx|‹$C›\nx|d\nx|‹${B:-d}›\nx|‹$HOME›\nx|‹$http_proxy›\n", "x|1\nx|‹$B›\nx\nx|d\nx|‹${B:-d}›\nx|‹$HOME›\nx|‹$http_proxy›\n"},
		{unknown, "x|1\nx|‹$B›\nx|‹$C›\nx|‹${C:-d}›\nx|‹${B:-d}›\nx|‹$HOME›\nx|‹$http_proxy›\n", "x|1\nx|‹$B›\nx|‹$C›\nx|‹${C:-d}›\nx|‹${B:-d}›\nx|‹$HOME›\nx|‹$http_proxy›\n"},
	}
	for _, test := range tests {
		env := check.NewEnv(vars, test.rest)
		command := words([]string{"sh", "-c", script})
		if diff := cmp.Diff(test.start, show(shell.Analyse(command, env))); diff != "" {
			t.Errorf("at the start, rest %v: %s", test.rest, diff)
		}
		if diff := cmp.Diff(test.want, show(shell.AnalyseRun(command, env))); diff != "" {
			t.Errorf("in a build, rest %v: %s", test.rest, diff)
		}
	}
}

// FuzzAnalyseRun looks for panics, for results out of proportion, and for calls
// that are certain behind something that is not.
func FuzzAnalyseRun(f *testing.F) {
	f.Add("set -e; a $(b) && { c || d; } > e; if f; then g; fi")
	f.Add("! id a >/dev/null || (b; exit 1) & wait")
	f.Add("f() { case $1 in a) b;; esac >> x; }; f $(f); eval y; z")
	f.Fuzz(func(t *testing.T, script string) {
		got := run(check.Env{}, "bash", "-c", script)
		size, uncertain := 0, false
		for _, call := range got.Calls {
			for _, arg := range call.Args {
				size += len(arg)
			}
			if uncertain && !call.Unchecked {
				t.Errorf("%q is certain behind eval", call.Args)
			}
			uncertain = uncertain || call.Args[0] == "eval" && !call.IsUnexpanded(0)
		}
		if size > 10*(len(script)+256<<10) {
			t.Errorf("%d bytes of arguments from %d bytes", size, len(script))
		}
	})
}
