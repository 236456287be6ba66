// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

// evaluate evaluates a text without base images.
func evaluate(t *testing.T, text string, o dockerfile.Options) *dockerfile.Image {
	t.Helper()
	o.Name = "Dockerfile"
	image, err := dockerfile.Evaluate(t.Context(), []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// facts returns every value with its line and what is underlined there, as in
// `User: me (line 2: "me")`.
func facts(text string, image *dockerfile.Image) []string {
	c := image.Config
	out := []string{
		fact("OS", c.OS, text), fact("Architecture", c.Architecture, text),
		fact("User", c.User, text), fact("WorkingDir", c.WorkingDir, text), fact("Entrypoint", c.Entrypoint, text),
		fact("Cmd", c.Cmd, text), fact("Healthcheck", c.Healthcheck, text), fact("StopSignal", c.StopSignal, text),
		fmt.Sprintf("Ports: %v%s", c.Ports.Have, marked(text, c.Ports.At)),
		fmt.Sprintf("Volumes: %v%s", c.Volumes.Have, marked(text, c.Volumes.At)),
	}
	for _, v := range c.Env.All() {
		if v.Name != "PATH" || v.Value != defaultPath {
			out = append(out, fact("Env "+v.Name, c.Env.Lookup(v.Name), text))
		}
	}
	return out
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func fact[T any](name string, s check.Setting[T], text string) string {
	value, set, err := s.Get()
	switch {
	case err != nil:
		return name + ": unknown"
	case !set:
		return name + ": not set" + marked(text, s.At())
	default:
		return fmt.Sprintf("%s: %v%s", name, value, marked(text, s.At()))
	}
}

// marked returns the line of a location and the characters that it is about.
func marked(text string, at check.Location) string {
	switch {
	case at.IsZero():
		return ""
	case at.Line == 0:
		return fmt.Sprintf(" (%s)", at.Artifact)
	}
	line := []rune(strings.TrimSuffix(strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")[at.Line-1], "\r"))
	if at.Column > 0 {
		line = line[at.Column-1 : at.Column-1+at.Width]
	}
	return fmt.Sprintf(" (line %d: %q)", at.Line, string(line))
}

func TestPlaces(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // of the facts, those that matter
	}{
		{
			name: "each instruction",
			text: "FROM scratch\nUSER  me \nWORKDIR /app\nENTRYPOINT [\"a\", \"b\"]\nCMD c d\nHEALTHCHECK --interval=5s CMD x y\nSTOPSIGNAL SIGINT\nVOLUME /v /w\n",
			want: []string{
				`User: me (line 2: "me")`, `WorkingDir: /app (line 3: "/app")`,
				`Entrypoint: [a b] (line 4: "[\"a\", \"b\"]")`, `Cmd: [/bin/sh -c c d] (line 5: "c d")`,
				`Healthcheck: [CMD-SHELL x y] (line 6: "CMD x y")`, `StopSignal: SIGINT (line 7: "SIGINT")`, `Volumes: [/v /w] (line 8: "/v /w")`,
			},
		},
		{
			name: "the last one wins",
			text: "FROM scratch\nUSER a\nCMD a\nUSER b\nCMD b\n",
			want: []string{`User: b (line 4: "b")`, `Cmd: [/bin/sh -c b] (line 5: "b")`},
		},
		{
			name: "variables of one line",
			text: "FROM scratch\nENV A=1 B=\"2 x\" A_B=3 \\\n    C=$A\nENV D  four five\n",
			want: []string{
				`Env A: 1 (line 2: "A=1")`, `Env B: 2 x (line 2: "B=\"2 x\"")`, `Env A_B: 3 (line 2: "A_B=3")`,
				`Env C:  (line 3: "C=$A")`, `Env D: four five (line 4: "D")`,
			},
		},
		{
			name: "the same variable twice in a line",
			text: "FROM scratch\nENV A=1 A=2\n",
			want: []string{`Env A: 2 (line 2: "A=2")`},
		},
		{
			name: "comments between lines",
			text: "FROM scratch\nENV A=1 \\\n# B=0\n B=2\nUSER \\\n  # nobody\n\n  me\n",
			want: []string{`Env B: 2 (line 4: "B=2")`, `User: me (line 8: "me")`},
		},
		{
			name: "characters, not bytes",
			text: "FROM scratch\nENV Ä=ü B=é\nLABEL x=y\n",
			want: []string{`Env Ä: ü (line 2: "Ä=ü")`, `Env B: é (line 2: "B=é")`},
		},
		{
			name: "byte order mark, carriage returns and an escape directive",
			text: "\ufeff# escape=`\r\nFROM scratch\r\nENV A=1 `\r\n  B=2\r\nUSER me\r\n",
			want: []string{`Env B: 2 (line 4: "B=2")`, `User: me (line 5: "me")`},
		},
		{
			name: "heredocs are no instructions",
			text: "FROM scratch\nRUN <<EOF\nUSER a\nEOF\nCOPY <<EOF /x\nUSER b\nEOF\nUSER c\n",
			want: []string{`User: c (line 8: "c")`},
		},
		{
			name: "ports",
			text: "FROM scratch\nENV P=81\nEXPOSE 80 $P 9000-9002/udp\n",
			want: []string{`Ports: [81/tcp 80/tcp 9000/udp 9001/udp 9002/udp] (line 3: "9000-9002/udp")`},
		},
		{
			name: "what is not set is missed in the target's FROM",
			text: "FROM scratch AS a\nUSER me\nFROM scratch\n",
			want: []string{`User: not set (line 3: "scratch")`, `Cmd: not set (line 3: "scratch")`},
		},
		{
			name: "a stage on a stage keeps the places",
			text: "FROM scratch AS a\nUSER me\nENV A=1\nFROM a\nENV B=2\n",
			want: []string{`User: me (line 2: "me")`, `Env A: 1 (line 3: "A=1")`, `Env B: 2 (line 5: "B=2")`},
		},
		{
			name: "a trigger counts where it acts",
			text: "FROM scratch AS a\nONBUILD USER me\nFROM a AS b\nFROM b\n",
			want: []string{`User: me (line 3: "a AS b")`},
		},
		{
			name: "platform",
			text: "FROM --platform=linux/arm64 base\nUSER 1\n",
			want: []string{`OS: linux (line 1: "--platform=linux/arm64")`, `Architecture: arm64 (line 1: "--platform=linux/arm64")`},
		},
		{
			name: "platform of scratch",
			text: "FROM --platform=linux/arm64 scratch\n",
			want: []string{`OS: unknown`, `Architecture: unknown`},
		},
		{
			name: "a command that ENTRYPOINT resets",
			text: "FROM scratch AS a\nCMD x\nFROM a\nENTRYPOINT [\"y\"]\n",
			want: []string{`Cmd: not set (line 4: "[\"y\"]")`},
		},
		{
			name: "no health check",
			text: "FROM scratch\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\n",
			want: []string{`Healthcheck: not set (line 3: "NONE")`},
		},
		{
			name: "a user of an undefined variable",
			text: "FROM scratch\nUSER $NOBODY\n",
			want: []string{`User: not set (line 2: "$NOBODY")`},
		},
		{
			name: "a user of a variable that an unknown base may set",
			text: "FROM example.com/base\nUSER $NOBODY\nWORKDIR x\nEXPOSE 80\n",
			want: []string{`User: unknown`, `WorkingDir: unknown`, `Cmd: unknown`, `Ports: [80/tcp] (line 4: "80")`},
		},
		{
			name: "an argument that an unknown base may set again",
			text: "FROM example.com/base AS a\nARG A=1\nENV X=$A\nFROM a\nENV Y=$A\n",
			want: []string{`Env X: 1 (line 3: "X=$A")`, `Env Y: unknown`},
		},
		{
			name: "a mistake hides all of its stage",
			text: "FROM scratch\nUSER me\nEXPOSE nope\nCMD x\n",
			want: []string{`User: unknown`, `Cmd: [/bin/sh -c x] (line 4: "x")`},
		},
		{
			name: "a mistake in a stage that is not used",
			text: "FROM scratch AS a\nNOPE\nFROM scratch\nUSER me\n",
			want: []string{`User: me (line 4: "me")`},
		},
		{
			name: "an image for Windows",
			text: "FROM --platform=windows/amd64 base\nUSER me\n",
			want: []string{`User: unknown`, `OS: windows (line 1: "--platform=windows/amd64")`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := facts(test.text, evaluate(t, test.text, dockerfile.Options{}))
			for _, want := range test.want {
				if !slices.Contains(got, want) {
					t.Errorf("no %s in\n%s", want, strings.Join(got, "\n"))
				}
			}
		})
	}
}

func TestPlatformOption(t *testing.T) {
	text := "FROM --platform=linux/arm64 base\nARG TARGETARCH\nENV A=$TARGETARCH\n"
	got := facts(text, evaluate(t, text, dockerfile.Options{Platform: "linux/amd64"}))
	for _, want := range []string{"OS: linux (--platform)", "Architecture: amd64 (--platform)", `Env A: amd64 (line 3: "A=$TARGETARCH")`} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, strings.Join(got, "\n"))
		}
	}
}

func TestInheritedPlaces(t *testing.T) {
	base := &dockerfile.Base{
		Config: check.Config{
			User: check.Known("base", check.At("config", "User")), Ports: check.Set{Have: []string{"80/tcp"}},
			Env:    check.NewEnv([]check.Variable{{Name: "A", Value: "1"}}, nil),
			Faults: []check.Fault{{Message: "of the base"}},
		},
		Accounts: &check.Accounts{}, RootFS: dockerfile.EmptyFS{},
	}
	text := "FROM --platform=linux/amd64 example.com/base:1\nCMD x\n"
	var asked []string
	image := evaluate(t, text, dockerfile.Options{Resolve: func(_ context.Context, ref, platform string) (*dockerfile.Base, error) {
		asked = append(asked, ref+" "+platform)
		return base, nil
	}})
	want := check.Location{Artifact: "Dockerfile", Line: 1, Column: 29, Width: 18, Base: "example.com/base:1"}
	for name, at := range map[string]check.Location{
		"User": image.Config.User.At(), "Ports": image.Config.Ports.At, "Env": image.Config.Env.Lookup("A").At(),
		"what is not set": image.Config.Entrypoint.At(), "a variable that is not set": image.Config.Env.Lookup("B").At(),
	} {
		if at != want {
			t.Errorf("%s at %+v, not %+v", name, at, want)
		}
	}
	if diff := cmp.Diff([]string{"example.com/base:1 linux/amd64"}, asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	if image.Config.Faults != nil || image.Build.Base != "example.com/base:1" {
		t.Errorf("faults %v, base %q", image.Config.Faults, image.Build.Base)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{name: "none", text: "FROM scratch\nUSER 1\n"},
		{name: "empty", text: "", want: []string{"1: file with no instructions"}},
		{name: "comments only", text: "# nothing\n\n", want: []string{"2: file with no instructions"}},
		{name: "no FROM", text: "# nothing\nUSER 1\n", want: []string{"2: no build stage in current context: FROM must come first"}},
		{
			name: "each is told, in stages that are not used too",
			text: "FROM scratch AS a\nNOPE x\nUSER\nFROM scratch\nWORKDIR\nEXPOSE x\n",
			want: []string{"2: unknown instruction: NOPE (did you mean COPY?)", "3: USER requires exactly one argument", "5: WORKDIR requires exactly one argument", "6: invalid containerPort: x"},
		},
		{
			name: "an instruction over lines is told by its first",
			text: "FROM scratch\nENV A=1 \\\n  B\n",
			want: []string{`2: Syntax error - can't find = in "B". Must be of the form: name=value`},
		},
		{name: "a required variable", text: "FROM scratch\n\nUSER ${A:?say who}\n", want: []string{`3: failed to process "${A:?say who}": A: say who`}},
		{name: "a blank base", text: "FROM $NOPE\n", want: []string{"1: base name ($NOPE) should not be blank"}},
		{name: "a base with a bad name", text: "FROM scratch AS a\nFROM Bad:1\n", want: []string{`2: failed to parse stage name "Bad:1": invalid reference format: repository name (library/Bad) must be lowercase`}},
		{name: "a bad platform", text: "FROM --platform=a/b/c/d x\n", want: []string{`1: failed to parse platform a/b/c/d: "a/b/c/d": cannot parse platform specifier: invalid argument`}},
		{name: "a stage that copies from itself", text: "FROM scratch AS a\nCOPY --from=a /x /y\n", want: []string{"2: circular dependency detected on stage: a"}},
		{name: "a stage that mounts itself", text: "FROM scratch AS a\nRUN --mount=from=a,target=/x y\n", want: []string{"2: circular dependency detected on stage: a"}},
		{
			name: "two stages that need one another",
			text: "FROM scratch AS a\nCOPY --from=b /x /y\nFROM scratch AS b\nRUN --mount=from=a,target=/x y\nFROM scratch\n",
			want: []string{"4: circular dependency detected on stage: a"},
		},
		{name: "a later stage", text: "FROM scratch AS a\nCOPY --from=b /x /y\nFROM scratch AS b\nFROM a\n", want: []string{`2: cannot copy from stage "b", it needs to be defined before current stage "a"`}},
		{name: "a stage number", text: "FROM scratch\nCOPY --from=3 /x /y\n", want: []string{"2: invalid stage index 3"}},
		{name: "a stage number in a trigger", text: "FROM scratch AS a\nONBUILD COPY --from=3 /x /y\n\nFROM a\n", want: []string{"4: invalid stage index 3"}},
		{name: "a mount in a stage that is mounted", text: "FROM scratch AS a\nUSER ${A:?}\nFROM scratch\nRUN --mount=from=a,target=/x y\n", want: []string{`2: failed to process "${A:?}": A: is not allowed to be unset`}},
		{name: "a mount of no type", text: "FROM scratch\nRUN --mount=type=nope,target=/x y\n", want: []string{`2: unsupported mount type "nope"`}},
		{name: "a trigger that is none", text: "FROM scratch AS a\nONBUILD USER\nFROM a\n", want: []string{"3: USER requires exactly one argument"}},
		{name: "a line too long", text: "FROM scratch\nENV A=" + strings.Repeat("x", 65_530) + "\n", want: []string{"2: the line has 65536 bytes; docker build takes 65535 at most"}},
		{name: "an open heredoc", text: "FROM scratch\nCOPY <<EOF /x\nUSER 1\n", want: []string{"2: unterminated heredoc"}},
		{name: "a port of a word", text: "FROM scratch\nENV P=http\nEXPOSE $P\n", want: []string{"3: invalid containerPort: http"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, fault := range evaluate(t, test.text, dockerfile.Options{}).Config.Faults {
				got = append(got, fmt.Sprintf("%d: %s", fault.At.Line, fault.Message))
				if fault.Fix == "" || fault.At.Artifact != "Dockerfile" {
					t.Errorf("%+v", fault)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStages(t *testing.T) {
	const text = "FROM example.com/one AS First\nUSER 1\nFROM example.com/two AS second\nUSER 2\nFROM first\n"
	tests := []struct{ target, stage, user, base string }{
		{"", "", `1 (line 2: "1")`, "example.com/one"},
		{"first", "first", `1 (line 2: "1")`, "example.com/one"},
		{"FIRST", "first", `1 (line 2: "1")`, "example.com/one"},
		{"second", "second", `2 (line 4: "2")`, "example.com/two"},
	}
	for _, test := range tests {
		image := evaluate(t, text, dockerfile.Options{Target: test.target})
		if got := fact("User", image.Config.User, text); got != "User: "+test.user || image.Stage != test.stage || image.Build.Base != test.base {
			t.Errorf("--target %s: stage %q on %s with %s", test.target, image.Stage, image.Build.Base, got)
		}
	}
	_, err := dockerfile.Evaluate(t.Context(), []byte(text), dockerfile.Options{Target: "third"})
	var none *dockerfile.NoStageError
	if !errors.As(err, &none) {
		t.Fatalf("--target third: %v", err)
	}
	if diff := cmp.Diff(&dockerfile.NoStageError{Name: "third", Stages: []string{"first", "second"}}, none); diff != "" {
		t.Errorf("--target third (-want +got):\n%s", diff)
	}
}

func TestNotices(t *testing.T) {
	tests := []struct {
		name, text string
		args       map[string]string
		want       []string
	}{
		{name: "none", text: "ARG A\nFROM scratch\nARG B\n", args: map[string]string{"A": "1", "B": "2", "http_proxy": "x"}},
		{
			name: "build arguments without an ARG", text: "FROM scratch\nENV B=1\n", args: map[string]string{"B": "1", "A": "2"},
			want: []string{"0: --build-arg A has no effect: no ARG declares it", "0: --build-arg B has no effect: no ARG declares it"},
		},
		{name: "a comment without a reason", text: "FROM scratch\n# fgpreflight:ignore=FG103\nUSER 1\n", want: []string{"2: fgpreflight:ignore=FG103 counts only with a reason behind it"}},
		{name: "a comment of another word", text: "FROM scratch\n# fgpreflight:skip=FG103 why\nUSER 1\n", want: []string{`2: the comment is not understood: write "# fgpreflight:ignore=FG103 REASON"`}},
		{name: "a comment without a rule", text: "FROM scratch\n# fgpreflight:ignore= why\nUSER 1\n", want: []string{`2: the comment is not understood: write "# fgpreflight:ignore=FG103 REASON"`}},
		{name: "a comment at the end", text: "FROM scratch\n# fgpreflight:ignore=FG103 why\n", want: []string{"2: fgpreflight:ignore=FG103 has no instruction below it"}},
		{name: "a comment in a heredoc", text: "FROM scratch\nCOPY <<EOF /x\n# fgpreflight:ignore=FG103\nEOF\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, notice := range evaluate(t, test.text, dockerfile.Options{BuildArgs: test.args}).Notices {
				got = append(got, fmt.Sprintf("%d: %s", notice.At.Line, notice.Message))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIgnores(t *testing.T) {
	const text = `# syntax=docker/dockerfile:1
# fgpreflight:ignore=FG101 the whole file
FROM scratch
# fgpreflight:ignore=FG102,FG103 two of them
# and another comment
USER 1 \
  # fgpreflight:ignore=FG104 inside
  x
  #  fgpreflight: ignore=root-user   spaces
CMD x
`
	type ignore struct {
		rule, reason      string
		line, first, last int
	}
	want := []ignore{
		{"FG101", "the whole file", 2, 0, 0},
		{"FG102", "two of them", 4, 6, 8},
		{"FG103", "two of them", 4, 6, 8},
		{"FG104", "inside", 7, 6, 8},
		{"root-user", "spaces", 9, 10, 10},
	}
	var got []ignore
	for _, i := range evaluate(t, text, dockerfile.Options{}).Ignores {
		got = append(got, ignore{i.Rule, i.Reason, i.At.Line, i.First, i.Last})
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(ignore{})); diff != "" {
		t.Errorf("ignores (-want +got):\n%s", diff)
	}
}

func TestBaseErrors(t *testing.T) {
	failure := errors.New("no route to host")
	resolve := func(_ context.Context, ref, _ string) (*dockerfile.Base, error) {
		if strings.Contains(ref, "bad") {
			return nil, failure
		}
		return &dockerfile.Base{Accounts: &check.Accounts{}, RootFS: dockerfile.EmptyFS{}}, nil
	}
	_, err := dockerfile.Evaluate(t.Context(), []byte("ARG X=bad\nFROM good\nFROM example.com/$X\n"), dockerfile.Options{Resolve: resolve})
	if !errors.Is(err, failure) || !strings.HasPrefix(err.Error(), "line 3: base image example.com/bad: ") {
		t.Errorf("a base that cannot be read: %v", err)
	}
	_, err = dockerfile.Evaluate(t.Context(), []byte("FROM bad AS unused\nFROM good\n"), dockerfile.Options{Resolve: resolve})
	if err != nil {
		t.Errorf("a base of an unused stage was asked for: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(failure)
	if _, err := dockerfile.Evaluate(ctx, []byte("FROM good\nUSER 1\n"), dockerfile.Options{}); !errors.Is(err, failure) {
		t.Errorf("a context that has ended: %v", err)
	}
}

func TestLimits(t *testing.T) {
	doubling := "FROM scratch\nENV A=0123456789\n" + strings.Repeat("ENV A=$A$A\n", 40)
	tests := []struct {
		name, text, want string // want begins the error or the first fault; "" for none
	}{
		{"too large", strings.Repeat("#", dockerfile.MaxSize) + "\n", "it is larger than 1048576 bytes"},
		{"as large as may be", "FROM scratch\n" + strings.Repeat("# a comment\n", 80_000), ""},
		{"binary", "FROM scratch\nUSER \x00\n", "it holds binary data"},
		{"variables that double", doubling, "line 17: the variables expand to more than is read"},
		{"variables that grow tenfold", "FROM scratch\nENV A=0123456789\n" + strings.Repeat("ENV A=$A$A$A$A$A$A$A$A$A$A\n", 10), "line 7: the variables expand"},
		{"arguments that double", "ARG A=0123456789\n" + strings.Repeat("ARG A=$A$A\n", 40) + "FROM scratch\n", "line 16: the variables expand"},
		{"labels of large variables", "FROM scratch\nENV A=" + strings.Repeat("x", 60_000) + "\n" + strings.Repeat("LABEL a=$A$A\n", 1_000), "line 142: the variables expand"},
		{"a replacement that multiplies", "FROM scratch\nENV A=" + strings.Repeat("x", 60_000) + "\nENV B=${A//x/$A}\n", "line 3: the variables expand"},
		{"many ports", "FROM scratch\n" + strings.Repeat("EXPOSE 0-65535\n", 2_000), "line 34: the variables expand"},
		{"all ports", "FROM scratch\nEXPOSE 0-65535 0-65535/udp 0-65535/sctp\n", ""},
		{"a thousand stages", strings.Repeat("FROM scratch\nUSER 1\n", 1_000), ""},
		{"more stages", strings.Repeat("FROM scratch\n", 1_001), "1001: it has more than 1000 stages"},
		{"a long chain", longChain(1_000), ""},
		{"a path that Linux does not take", "FROM scratch\n" + strings.Repeat("WORKDIR a\n", 50_000), "2049: the path of WORKDIR has 4096 bytes"},
		{"a stage that names itself", "FROM a AS a\nFROM a AS a\nFROM a\n", ""},
		{"triggers that copy from their own stage", "FROM scratch AS a\nONBUILD COPY --from=b /x /y\nFROM a AS b\n", ""},
		{"many mistakes", "FROM scratch\n" + strings.Repeat("ENV =\n", 1_000), `2: ENV names can not be blank`},
		{"many lines", "FROM scratch\n" + strings.Repeat("ENV A=1 B=$A C=$B\n", 20_000), ""},
		{"many variables", manyVariables(10_000), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			image, err := dockerfile.Evaluate(t.Context(), []byte(test.text), dockerfile.Options{})
			got := ""
			switch {
			case err != nil:
				got = err.Error()
			case len(image.Config.Faults) > 0:
				got = fmt.Sprintf("%d: %s", image.Config.Faults[0].At.Line, image.Config.Faults[0].Message)
			}
			if !strings.HasPrefix(got, test.want) || (got != "" && test.want == "") {
				t.Errorf("%q, not %q", got, test.want)
			}
		})
	}
}

// longChain returns stages that each stand on the one before.
func longChain(n int) string {
	var out strings.Builder
	out.WriteString("FROM scratch AS s0\nUSER me\n")
	for i := range n - 1 {
		fmt.Fprintf(&out, "FROM s%d AS s%d\nENV A%d=$A\n", i, i+1, i)
	}
	return out.String()
}

func manyVariables(n int) string {
	var out strings.Builder
	out.WriteString("FROM scratch\n")
	for i := range n {
		fmt.Fprintf(&out, "ENV A%d=x\n", i)
	}
	return out.String()
}
