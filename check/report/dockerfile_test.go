// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// dockerfileText is a file whose lines are hard to show.
const dockerfileText = `FROM python:3.12-slim AS base
FROM base AS server
	ENV	A="日本語" HOME=app
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential libpq-dev && useradd --uid 1000 app && rm --recursive --force /var/lib/apt/lists/*
EXPOSE 8080 9090/tcp
CMD ["uvicorn", "app:app", "--host", "127.0.0.1", "--port", "8080"]
USER root
`

const dockerfileName = "app/Dockerfile"

// in returns the place of a word in a line of the Dockerfile.
func in(line int, word string) check.Location {
	text := strings.Split(dockerfileText, "\n")[line-1]
	before, _, found := strings.Cut(text, word)
	if !found {
		panic(fmt.Sprintf("line %d does not hold %q", line, word))
	}
	return check.Location{Artifact: dockerfileName, Line: line, Column: utf8.RuneCountInString(before) + 1, Width: utf8.RuneCountInString(word)}
}

// inherited returns the place of FROM for a value of the base image.
func inherited() check.Location {
	l := in(1, "python:3.12-slim")
	l.Base = "python:3.12-slim"
	return l
}

var dockerfileInfo = check.Info{
	Target: dockerfileName, Source: "dockerfile", Name: "server", Platform: "linux/amd64",
	Text: dockerfileText, Artifact: dockerfileName,
	Notices: []check.Notice{
		{At: check.Location{Artifact: dockerfileName, Line: 5}, Message: "fgpreflight:ignore=FG103 suppresses nothing: FG103 fails at app/Dockerfile:5:8"},
		{Message: "no ARG instruction uses the build argument VERSION"},
	},
}

func dockerfile() *check.Report {
	return &check.Report{Info: dockerfileInfo, Function: &check.Function{}, Results: append([]check.Result{
		row(nonroot, check.Failf(in(7, "root"), "USER root is the root user").
			WithFix("replace the last USER instruction:\n\nUSER 1003:1003"), "user"),
		row(userResolves, check.Failf(in(4, "1000"), "UID 1000 is none of the function's").WithFix("useradd --uid 1003")),
		row(listens, check.Failf(in(6, `"8080"`), "uvicorn listens on port 8080").WithFix("let it listen on port 8000")),
		row(listenAddress, check.Failf(in(6, `"127.0.0.1"`), "uvicorn listens on 127.0.0.1").WithFix("let it listen on 0.0.0.0")),
		row(exposes, check.Failf(in(5, "8080"), "8080/tcp and 9090/tcp are declared, 8000/tcp is not").Also(in(5, "9090/tcp"), in(5, "8080")).
			WithFix("declare the port that the function serves:\n\nEXPOSE 8000")),
		row(home, check.Failf(in(3, "app"), "HOME is app, which is relative").Also(inherited()).WithFix("ENV HOME=/home/app")),
		suppressed(row(accountEntry, check.Failf(inherited(), "UID 1003 has no entry")), "it is written at start"),
	}, calm[3:]...)}
}

func TestDockerfileText(t *testing.T) {
	for name, o := range map[string]report.TextOptions{
		"dockerfile-80.txt":      {Gate: onErrors},
		"dockerfile-40.txt":      {Style: report.Style{Width: 40}, Gate: onErrors},
		"dockerfile-120.txt":     {Style: report.Style{Width: 120}, Gate: onErrors},
		"dockerfile-color.txt":   {Style: report.Style{Color: true}, Gate: onErrors},
		"dockerfile-verbose.txt": {Gate: onErrors, Verbose: true},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, func(w io.Writer) error { return report.Text(w, dockerfile(), o) })
		})
	}
}

// unbased is the report of a Dockerfile on an image that nobody knows.
func unbased() *check.Report {
	r := &check.Report{Info: dockerfileInfo, Function: &check.Function{}, Results: calm[:3:3]}
	r.Info.Notices = nil
	for i := range 15 {
		rule := rule(fmt.Sprintf("FG2%02d", i), fmt.Sprintf("name-of-rule-%d", i), check.Error, "DC")
		r.Results = append(r.Results, row(rule, check.Unknownf("pass --resolve-base",
			"what registry.example.com/platform/python:3.12 sets is not known here")))
	}
	return r
}

func TestUnknownBase(t *testing.T) {
	golden(t, "unknown-base.txt", func(w io.Writer) error {
		return report.Text(w, unbased(), report.TextOptions{Gate: onErrors})
	})
}

func TestDockerfileHeader(t *testing.T) {
	for _, c := range []struct {
		info check.Info
		want string
	}{
		{check.Info{Target: "Dockerfile", Artifact: "Dockerfile"}, "Dockerfile"},
		{check.Info{Target: "Dockerfile", Artifact: "Dockerfile", Platform: "linux/amd64"}, "Dockerfile (linux/amd64)"},
		{check.Info{Target: "Dockerfile", Artifact: "Dockerfile", Name: "server", Platform: "linux/amd64"}, "Dockerfile (stage server, linux/amd64)"},
		{check.Info{Target: "server/Dockerfile", Artifact: "server/Dockerfile", Name: "server"}, "server/Dockerfile (stage server)"},
		{check.Info{Target: "api", Artifact: "api/Dockerfile", Platform: "linux/amd64"}, "api (api/Dockerfile, linux/amd64)"},
		{check.Info{Target: ".", Artifact: "Containerfile", Name: "server"}, ". (Containerfile, stage server)"},
		{check.Info{Target: "dockerfile:api.txt", Artifact: "api.txt", Platform: "linux/arm64"}, "dockerfile:api.txt (linux/arm64)"},
		{check.Info{Target: "-", Artifact: "-", Name: "a"}, "- (stage a)"},
	} {
		t.Run(c.want, func(t *testing.T) {
			c.info.Source = "dockerfile"
			got := text(t, &check.Report{Info: c.info, Function: &check.Function{}}, report.TextOptions{})
			if line, _, _ := strings.Cut(got, "\n"); line != c.want {
				t.Errorf("the header is %q", line)
			}
		})
	}
}

// excerptOf returns the lines that a failure at the locations shows of a text.
func excerptOf(t *testing.T, source string, width int, at ...check.Location) []string {
	t.Helper()
	for i := range at {
		at[i].Artifact = "Dockerfile"
	}
	r := &check.Report{
		Info: check.Info{Text: source, Artifact: "Dockerfile"}, Function: &check.Function{},
		Results: []check.Result{row(nonroot, check.Failf(at[0], "MESSAGE").Also(at[1:]...).WithFix("FIX"))},
	}
	_, after, _ := strings.Cut(text(t, r, report.TextOptions{Style: report.Style{Width: width}}), "  MESSAGE\n")
	shown, _, found := strings.Cut(after, "  fix: FIX\n")
	if !found {
		t.Fatalf("the report goes on with:\n%s", after)
	}
	return strings.Split(strings.TrimSuffix(shown, "\n"), "\n")
}

func TestExcerpt(t *testing.T) {
	at := func(line, column, width int) check.Location {
		return check.Location{Line: line, Column: column, Width: width}
	}
	long := strings.Repeat("a", 60) + " BAD " + strings.Repeat("z", 60)
	for _, c := range []struct {
		name string
		text string
		at   []check.Location
		want []string
	}{
		{"a word", "USER root\n", []check.Location{at(1, 6, 4)}, []string{
			"     1 | USER root",
			"       |      ^~~~",
		}},
		{"a point", "USER root\n", []check.Location{at(1, 6, 0)}, []string{
			"     1 | USER root",
			"       |      ^",
		}},
		{"the whole line", "  USER root \n", []check.Location{at(1, 0, 0)}, []string{
			"     1 |   USER root ",
			"       |   ^~~~~~~~~",
		}},
		{"without a line break", "FROM a\nUSER root", []check.Location{at(2, 1, 4)}, []string{
			"     2 | USER root",
			"       | ^~~~",
		}},
		{"wider than the line", "USER root\nUSER 1\n", []check.Location{at(1, 6, 99)}, []string{
			"     1 | USER root",
			"       |      ^~~~",
		}},
		{"behind the line", "USER root\n", []check.Location{at(1, 10, 1)}, []string{
			"     1 | USER root",
		}},
		{"a line that is not there", "USER root\n", []check.Location{at(3, 1, 1)}, []string{""}},
		{"a blank line", "USER root\n \t\n", []check.Location{at(2, 1, 1)}, []string{""}},
		{"a line number of five digits", strings.Repeat("\n", 12344) + "USER root\n", []check.Location{at(12345, 6, 4)}, []string{
			"  12345 | USER root",
			"        |      ^~~~",
		}},
		{"carriage returns", "FROM a\r\nUSER root\r\n", []check.Location{at(2, 0, 0)}, []string{
			"     2 | USER root",
			"       | ^~~~~~~~~",
		}},
		{"byte order mark", "\ufeffUSER root\n", []check.Location{at(1, 6, 4)}, []string{
			"     1 | USER root",
			"       |      ^~~~",
		}},
		{"tabs", "\tUSER\troot\n", []check.Location{at(1, 7, 4)}, []string{
			"     1 |     USER    root",
			"       |             ^~~~",
		}},
		{"wide characters", "ENV 日本=語 B=1\n", []check.Location{at(1, 8, 1), at(1, 10, 3)}, []string{
			"     1 | ENV 日本=語 B=1",
			"       |          ^~ ^~~",
		}},
		{"combining characters", "ENV A=e\u0301 B=1\n", []check.Location{at(1, 7, 2), at(1, 10, 3)}, []string{
			"     1 | ENV A=e\u0301 B=1",
			"       |       ^ ^~~",
		}},
		{"a combining character at the end", "ENV A=e\u0301\n", []check.Location{at(1, 8, 1)}, []string{
			"     1 | ENV A=e\u0301",
			"       |       ^",
		}},
		{"nothing but combining characters", "\u0301\u0302\n", []check.Location{at(1, 1, 1)}, []string{""}},
		{"control characters", "USER \x1b[2K\u202e\xff\n", []check.Location{at(1, 6, 1), at(1, 10, 2)}, []string{
			`     1 | USER \x1b[2K\u202e\xff`,
			`       |      ^~~~   ^~~~~~~~~~`,
		}},
		{"two places in a line", "EXPOSE 80 81\n", []check.Location{at(1, 11, 2), at(1, 8, 2)}, []string{
			"     1 | EXPOSE 80 81",
			"       |        ^~ ^~",
		}},
		{"a place in another", "EXPOSE 80 81\n", []check.Location{at(1, 8, 5), at(1, 11, 2), at(1, 0, 0)}, []string{
			"     1 | EXPOSE 80 81",
			"       | ^~~~~~~^~~^~",
		}},
		{"several lines", "a\nb\nc\nd\n", []check.Location{at(3, 1, 1), at(1, 1, 1), at(3, 1, 1), at(4, 1, 1), at(2, 1, 1)}, []string{
			"     3 | c",
			"       | ^",
			"     1 | a",
			"       | ^",
			"     4 | d",
			"       | ^",
		}},
		{"a long line, its middle", long, []check.Location{at(1, 62, 3)}, []string{
			"     1 | …aaaaaaaaa BAD zzzzzzzzzzzzzzz…",
			"       |            ^~~",
		}},
		{"a long line, its start", long, []check.Location{at(1, 1, 3)}, []string{
			"     1 | aaaaaaaaaaaaaaaaaaaaaaaaaaaaa…",
			"       | ^~~",
		}},
		{"a long line, its end", long, []check.Location{at(1, 125, 1)}, []string{
			"     1 | …zzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
			"       |                              ^",
		}},
		{"a long line, most of it", long, []check.Location{at(1, 62, 60)}, []string{
			"     1 | …aaaaaaaaa BAD zzzzzzzzzzzzzzz…",
			"       |            ^~~~~~~~~~~~~~~~~~~",
		}},
		{"a long line, a place out of sight", long, []check.Location{at(1, 62, 3), at(1, 1, 3), at(1, 125, 1)}, []string{
			"     1 | …aaaaaaaaa BAD zzzzzzzzzzzzzzz…",
			"       |            ^~~",
		}},
		{"a long line, no place in it", long, []check.Location{at(1, 999, 3)}, []string{
			"     1 | aaaaaaaaaaaaaaaaaaaaaaaaaaaaa…",
		}},
		{"a line as wide as the page", strings.Repeat("a", 31), []check.Location{at(1, 31, 1)}, []string{
			"     1 | " + strings.Repeat("a", 31),
			"       | " + strings.Repeat(" ", 30) + "^",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, excerptOf(t, c.text, 40, c.at...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// noisy returns a report with as many notices.
func noisy(notices int) *check.Report {
	r := &check.Report{Function: &check.Function{}}
	for i := range notices {
		r.Info.Notices = append(r.Info.Notices, check.Notice{Message: fmt.Sprintf("notice %d", i+1)})
	}
	return r
}

func TestNotices(t *testing.T) {
	for _, c := range []struct {
		notices int
		verbose bool
		shown   int
		more    string // "" for none
	}{
		{notices: 0},
		{notices: 10, shown: 10},
		{notices: 11, shown: 10, more: "! notice   and 1 more\n"},
		{notices: 11, verbose: true, shown: 11},
		{notices: 1000, verbose: true, shown: 100, more: "! notice   and 900 more\n"},
	} {
		t.Run(fmt.Sprintf("%d, verbose %t", c.notices, c.verbose), func(t *testing.T) {
			got := text(t, noisy(c.notices), report.TextOptions{Verbose: c.verbose})
			if n := strings.Count(got, "! notice   notice "); n != c.shown {
				t.Errorf("%d notices are shown, want %d:\n%s", n, c.shown, got)
			}
			if !strings.Contains(got, c.more) || strings.Contains(got, " more\n") != (c.more != "") {
				t.Errorf("%q is missing, or there is more, in:\n%s", c.more, got)
			}
		})
	}
}

// A notice leaves the figures, the verdict and the exit code as they are.
func TestNoticesChangeNothing(t *testing.T) {
	for _, r := range []*check.Report{passing(), failing(), incomplete()} {
		o := report.TextOptions{Gate: check.Gate{FailOn: check.Note, Strict: true}}
		quiet := text(t, r, o)
		code := report.ExitCode([]*check.Report{r}, o.Gate)
		r.Info.Notices = []check.Notice{{Message: "NOTICE"}}
		if got := strings.Replace(text(t, r, o), "\n! notice   NOTICE\n", "", 1); got != quiet {
			t.Errorf("the report changed (-without +with the notice):\n%s", cmp.Diff(quiet, got))
		}
		if got := report.ExitCode([]*check.Report{r}, o.Gate); got != code {
			t.Errorf("the exit code is %d, want %d", got, code)
		}
	}
}

func TestUnknownRulesByIDAlone(t *testing.T) {
	for n, want := range map[int]string{
		4: "\n? unknown  FG200 name-of-rule-0, FG201 name-of-rule-1, FG202 name-of-rule-2,\n           FG203 name-of-rule-3\n",
		5: "\n? unknown  5 rules: FG200 FG201 FG202 FG203 FG204\n",
	} {
		r := unbased()
		r.Results = r.Results[3 : 3+n]
		if got := text(t, r, report.TextOptions{}); !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
}

// FuzzExcerpt shows one place of one text: nothing in it is raw, the page is
// kept, and what stands above the caret and the tildes is what the location
// means.
func FuzzExcerpt(f *testing.F) {
	for i, line := range strings.Split(dockerfileText, "\n") {
		f.Add(dockerfileText, i+1, len(line)/2, 7, 40)
	}
	f.Add(evil, 1, 3, 2, 60)
	f.Add("e\u0301\u0301 日本語\r\n\t\x00\xff", 1, 3, 1, 0)
	f.Add("\u0301\u0301", 1, 1, 1, 0)
	f.Add("\u0301\r", 1, 0, 1, 0)
	f.Add(strings.Repeat("語", 100)+"\u0301", 1, 101, 9, 40)
	f.Add("\ufeffFROM a", 1, 6, 1<<62, 0)
	f.Fuzz(func(t *testing.T, source string, line, column, width, page int) {
		page = max(page, 0)
		at := check.Location{Line: max(line, 0), Column: max(column, 0), Width: max(width, 0)}
		shown := excerptOf(t, source, page, at)
		if len(shown) == 1 {
			return
		}
		limit := max(page, 40)
		if page == 0 {
			limit = 80
		}
		for _, text := range shown {
			if n := report.Columns(text); n > limit {
				t.Fatalf("a line has %d columns of %d: %q", n, limit, text)
			}
			if report.Sanitise(text, 1<<20) != text {
				t.Fatalf("the line is not safe: %q", text)
			}
		}
		gutter := strings.Index(shown[1], "|") + 2
		marks := shown[1][gutter:]
		start := strings.IndexByte(marks, '^')
		if start < 0 || strings.Trim(marks[start+1:], "~") != "" || len(marks) > report.Columns(shown[0][gutter:]) {
			t.Fatalf("the marks are wrong:\n%s", strings.Join(shown, "\n"))
		}
		if at.Column > 0 {
			wantAbove(t, source, at, shown[0][gutter:], start, len(marks))
		}
	})
}

// wantAbove fails the test unless the columns of what is shown from start up to
// end hold the characters of the location, or the first ones of them where the
// line is cut. Characters without a column do not matter.
func wantAbove(t *testing.T, source string, at check.Location, shown string, start, end int) {
	t.Helper()
	var want, above strings.Builder
	lines := strings.Split(strings.TrimPrefix(source, "\ufeff"), "\n")
	for i, char := range characters(strings.TrimSuffix(lines[at.Line-1], "\r")) {
		if i >= at.Column-1 && i-at.Column+1 < max(at.Width, 1) {
			want.WriteString(strings.ReplaceAll(report.Sanitise(char, 16), `\t`, "    "))
		}
	}
	column := 0
	for _, char := range characters(shown) {
		if column >= start && column < end {
			above.WriteString(char)
		}
		column += report.Columns(char)
	}
	if got, want := visible(above.String()), visible(want.String()); want != "" && !strings.HasPrefix(want, got) {
		t.Fatalf("%q is marked in %q, want %q", got, shown, want)
	}
}

// characters returns the characters of s; an invalid byte is one.
func characters(s string) []string {
	var out []string
	for s != "" {
		_, size := utf8.DecodeRuneInString(s)
		out = append(out, s[:size])
		s = s[size:]
	}
	return out
}

// visible returns s without the characters that take no column.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if report.Columns(string(r)) == 0 {
			return -1
		}
		return r
	}, s)
}
