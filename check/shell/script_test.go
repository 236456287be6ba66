// SPDX-License-Identifier: Apache-2.0

package shell_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScriptCalls(t *testing.T) {
	tests := []struct{ script, want string }{
		{"", ""},
		{"node x", "node|x\n"},
		{"exec node x; echo never", "(exec) node|x\n"},
		{"exec > log; node", "node\n"},
		{"a; b\nc && d", "a\nb\nc\nd\n"},
		{"a || b; c", "a\nmaybe b\nc\n"},
		{"a & b", "bg a\nb\n"},
		{"(a; b) & wait", "bg a\nbg b\nwait\n"},
		{"nohup a > l 2>&1 &", "bg (nohup) a\n"},
		{"a | b |& c", "a\nb\nc\n"},
		{"{ a; b; }", "a\nb\n"},
		{"if a; then b; elif c; then d; else e; fi; f", "a\nmaybe b\nmaybe c\nmaybe d\nmaybe e\nf\n"},
		{"while a; do b; done", "a\nmaybe b\n"},
		{"for i in 1 2; do a $i; done; b $i", "maybe a|‹$i›\nb|‹$i›\n"},
		{"case $PORT in 8000) a;; *) b;; esac", "maybe a\nmaybe b\n"},
		{"f() { a $1; return; b; }; f x; c", "maybe a|x\nmaybe return\nc\n"},
		{"f() { f; }; f", "opaque\n"},
		{"f() { g; g; g; }; g() { h; h; h; }; h() { a; }; f", strings.Repeat("maybe a\n", 9)},
		{"time a; ! b", "a\nb\n"},
		{"exit 0; a", "exit|0\n"},
		{"[ -f x ] && exit 0; a", "[|-f|x|]\nmaybe exit|0\na\n"},
		{"test -f x && exec a; b", "test|-f|x\nmaybe (exec) a\nb\n"},
		{"[[ -f x ]] && a", "maybe a\n"},
		{"(exit 1); a", "exit|1\na\n"},
		{"a || exit 1; b", "a\nmaybe exit|1\nb\n"},
		{"set -eo pipefail; a \"$1\"", "set|-eo|pipefail\na|one\n"},
		{"set -- b; a \"$1\"", "set|--|b\na|‹\"$1\"›\n"},
		{"shift; a \"$1\"", "shift\na|‹\"$1\"›\n"},
		{"exec \"$@\"", "(exec) one|two words\n"},
		{"a $@", "a|‹$@›\n"},
		{"\"$0\" \"$2\" $2 \"$3\" $3", "zero|two words|two|words|\n"},
		{"eval a", "eval|a\nopaque\n"},
		{". ./env; a", ".|./env\na\nopaque\n"},
		{"$CMD x", "‹$CMD›|x\nopaque\n"},
		{"$(cmd) x", "‹$(cmd)›|x\nopaque\n"},
		{"a 'unclosed", "opaque\n"},
		{"sh -c 'exec b $PORT' ; c", "(exec) b|8000\nc\n"},
		{"exec sh -c \"$X\"", "(exec) sh|-c|‹\"$X\"›\nopaque\n"},
		{"gosu app node & tini -- a", "bg (gosu app) node\n(tini --) a\n"},
		{"setsid a; exec setsid b", "(setsid) a\nbg (exec) (setsid) b\n"},
		{"exec env -u PORT sh -c 'a ${PORT:-1}'", "(exec) (env -u PORT) a|1\n"},
		{"sudo sh -c 'a $PORT'", "(sudo) a|‹$PORT›\n"},
		{"coproc a; b", "bg a\nb\n"},
		{strings.Repeat("( ", 101) + "a" + strings.Repeat(" )", 101), "opaque\n"},
		{"a $(" + strings.Repeat("(", 1000), "opaque\n"},
		{"a # " + strings.Repeat("x", 32<<10), "opaque\n"},
		{strings.Repeat("a;", 2_001), strings.Repeat("a\n", 2_000) + "opaque\n"},
	}
	for _, test := range tests {
		got := analyse([]string{"bash", "-c", test.script, "zero", "one", "two words"})
		if diff := cmp.Diff(test.want, show(got)); diff != "" {
			t.Errorf("%.60s: %s", test.script, diff)
		}
	}
}

func TestScriptDirectory(t *testing.T) {
	tests := []struct{ script, want string }{
		{"cd /app && a", "in /app a\n"},
		{"cd /app; cd sub/../b; a", "in /app/b a\n"},
		{"cd app && a", "in app a\n"},
		{"cd -P -- /app; a", "in /app a\n"},
		{"cd $APP; a", "in /app a\n"},
		{"HOME=/h; cd; a", "in /h a\n"},
		{"cd; a", "a\nopaque\n"},
		{"cd -; a", "a\nopaque\n"},
		{"cd $X; a", "a\nopaque\n"},
		{"(cd /app; a); b", "in /app a\nb\n"},
		{"cd /app || exit 1; a", "in /app maybe exit|1\nin /app a\n"},
		{"a && cd /app && b; c", "a\nin /app b\nc\nopaque\n"},
		{"cd /app && a; b", "in /app a\nin /app b\n"},
		{"X=1 && export Y=2 && cd /app; a", "in /app Y=2 a\n"},
		{"! cd /app && b; a", "in /app maybe b\na\nopaque\n"},
		{"if a; then cd /app; b; fi; c", "a\nin /app maybe b\nc\nopaque\n"},
		{"pushd /app; a", "pushd|/app\na\nopaque\n"},
		{"cd /app & a", "a\n"},
		{"cd /app && sh -c 'cd b; a'", "in /app/b a\n"},
	}
	for _, test := range tests {
		script := strings.ReplaceAll(test.script, "maybe ", "")
		got := show(analyse([]string{"bash", "-c", script}))
		want := strings.ReplaceAll(test.want, "in /app maybe", "maybe in /app")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", test.script, diff)
		}
	}
}

func TestScriptWords(t *testing.T) {
	tests := []struct{ script, want string }{
		{`a 'b $PORT' "c $PORT" \$PORT d\ e`, "a|b $PORT|c 8000|$PORT|d e\n"},
		{`a "\$x\a\"\\"`, `a|$x\a"\` + "\n"},
		{`a ${PORT} $PORT$PORT x${PORT}y`, "a|8000|80008000|x8000y\n"},
		{`a $EMPTY "" "$EMPTY" ''`, "a|||\n"},
		{`java $JAVA_OPTS -jar`, "java|-Xmx1g|-Dx=y|-jar\n"},
		{`java "$JAVA_OPTS" x$JAVA_OPTS.y`, "java|-Xmx1g  -Dx=y|x-Xmx1g|-Dx=y.y\n"},
		{`X=" b  c "; a x$X"y" $X`, "a|x|b|c|y|b|c\n"},
		{`X=" "; a x$X"y" $X`, "a|x|y\n"},
		{`X=; a x${X:-"b c"}`, "a|‹x${X:-\"b c\"}›\n"},
		{`a ${X:=5}${X:-6} ${X:+}`, "a|55\n"},
		{`a $UNSET "$UNSET"`, "a|‹$UNSET›|‹\"$UNSET\"›\n"},
		{`a ${UNSET:-8} ${UNSET-8} ${PORT:-9} ${EMPTY:-7} x${EMPTY-7}`, "a|8|8|8000|7|x\n"},
		{`a ${UNSET:-$PORT} ${UNSET:-b c} ${UNSET:-'b c'}`, "a|8000|b|c|‹${UNSET:-'b c'}›\n"},
		{`a ${PORT:+p} x${UNSET:+p} ${PORT+q}`, "a|p|x|q\n"},
		{`: ${X:=5}; a $X`, ":|5\na|5\n"},
		{`a ${PORT:?no} ${UNSET:?no}`, "a|8000|‹${UNSET:?no}›\n"},
		{`a ${HOME:-/x} ${RUNTIME_MEMORY:-1}`, "a|‹${HOME:-/x}›|‹${RUNTIME_MEMORY:-1}›\n"},
		{`a ${#PORT} ${PORT%0} ${PORT/0/1} ${PORT:1} ${!PORT} ${X[0]}`, "a|‹${#PORT}›|‹${PORT%0}›|‹${PORT/0/1}›|‹${PORT:1}›|‹${!PORT}›|‹${X[0]}›\n"},
		{`a $(b) $((1+1)) <(c) $? $# $*`, "a|‹$(b)›|‹$((1+1))›|‹<(c)›|‹$?›|‹$#›|‹$*›\n"},
		{`a *.jar '*.jar' \*.jar $STAR "$STAR"`, "a|‹*.jar›|*.jar|*.jar|‹$STAR›|*.jar\n"},
		{`a {b,c} {1..3} '{b,c}' {b}`, "a|‹{b,c}›|‹{1..3}›|{b,c}|{b}\n"},
		{`a ~ ~/x x~ '~'`, "a|‹~›|‹~/x›|x~|~\n"},
		{`a $'b' $'\n' $"c"`, "a|b|‹$'\\n'›|c\n"},
		{`X=1; a $X; X=$UNSET; a $X`, "a|1\na|‹$X›\n"},
		{`X=1 a $X`, "X=1 a|‹$X›\n"},
		{`X=a*b; a "$X"`, "a|a*b\n"},
		{`X=1; X+=2; a $X`, "a|‹$X›\n"},
		{`X=(1 2); a $X`, "a|‹$X›\n"},
		{`IFS=:; a $PORT "$PORT"`, "a|‹$PORT›|8000\n"},
		{`X=1; unset X; a $X`, "unset|X\na|‹$X›\n"},
		{`X=1; read X; a $X`, "read|X\na|‹$X›\n"},
		{`if b; then X=1; fi; a $X`, "b\na|‹$X›\n"},
		{`X=1; (X=2; a $X); a $X`, "a|2\na|1\n"},
		{`while b; do a $X; X=1; done`, "b\nmaybe a|‹$X›\n"},
		{`export X=1 Y; a; Y=2; a`, "X=1 a\nX=1 Y=2 a\n"},
		{`PORT=9; a $PORT`, "PORT=9 a|9\n"},
		{`X=9; a`, "a\n"},
		{`export PORT=$UNSET; a`, "PORT=$UNSET a\n"},
		{`f() { local X=2; a $X; }; X=1; f; a $X`, "maybe a|‹$X›\na|‹$X›\n"},
		{`export $(cat env); a`, "a\nopaque\n"},
		{`export X=1; env -i a`, "(env -i) a\n"},
		{`PORT=9 env Y=2 a`, "PORT=9 Y=2 (env Y=2) a\n"},
		{`exec $APP/run`, "(exec) /app/run\n"},
	}
	for _, test := range tests {
		got := analyse([]string{"bash", "-c", test.script})
		if diff := cmp.Diff(test.want, show(got)); diff != "" {
			t.Errorf("%s: %s", test.script, diff)
		}
	}
}

// TestScriptPOSIX shows what is different where the shell is sh.
func TestScriptPOSIX(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{`export X=1 Y="b c" Z; a $X; Z=3; a`, "X=1 Y=b c a|1\nX=1 Y=b c Z=3 a\n"},
		{`export X=$UNSET; a`, "X=$UNSET a\n"},
		{`export $UNSET; a`, "a\nopaque\n"},
		{`readonly X=1; a $X`, "a|1\n"},
		{`export -p; X=1; export X; a`, "X=1 a\n"},
		{`X=0; local X=1; a $X`, "local|X=1\na|‹$X›\n"},
		{`f() { a "$1" "$@"; }; f x y`, "maybe a|x|x|y\n"},
		{`a <(b)`, "opaque\n"},
	} {
		got := analyse([]string{"sh", "-c", test.script})
		if diff := cmp.Diff(test.want, show(got)); diff != "" {
			t.Errorf("%s: %s", test.script, diff)
		}
	}
}

// TestScriptGrowth shows that a short script cannot make long words.
func TestScriptGrowth(t *testing.T) {
	double := strings.Repeat("X=$X$X;", 100)
	for _, script := range []string{
		"X=xxxxxxxxxx;" + double + "a $X",
		"export X=xxxxxxxxxx;" + double + strings.Repeat("a;", 1000),
		"f() { sh -c \"$1;$1\" x \"$@\"; f \"$@\" \"$@\"; }; f a b c",
	} {
		got := analyse([]string{"sh", "-c", script})
		if got.Opaque == nil {
			t.Errorf("%.40s…: not opaque", script)
		}
		size := 0
		for _, call := range got.Calls {
			size += len(strings.Join(call.Args, "")) + len(call.Vars["X"])
		}
		if size > 1<<20 {
			t.Errorf("%.40s…: %d bytes", script, size)
		}
	}
}
