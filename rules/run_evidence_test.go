// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/shell"
	"github.com/fgpreflight/fgpreflight/rules"
)

// evidenceCase is a start command that reading leaves open for a rule, and what
// the rule says of a start.
type evidenceCase struct {
	name    string
	rule    string
	command []string
	change  func(*check.Trial) // nil for a start without fault
	want    check.Outcome
	message string // a part of it
	mend    string // a part of the fix, or of the hint
}

// Start commands that reading does not understand.
var (
	opaque    = []string{"/bin/sh", "-c", "exec $SERVER"}
	broken    = []string{"/bin/sh", "-c", "if then node"}
	socket    = []string{"gunicorn", "-b", "unix:/tmp/app.sock", "--chdir", "/app", "app:app"}
	byScript  = []string{"/bin/sh", "/app/start.sh"}
	direct    = []string{"/app/server"}
	byWrapper = []string{"tini", "--", "/app/server"}
)

func exited(code int) func(*check.Trial) {
	return func(t *check.Trial) { t.Exit, t.Stop = check.Exit{Ended: true, Code: code}, check.Stop{} }
}

var (
	notThere  = refused(check.NoSuchProgram, `exec: "/app/server": stat /app/server: no such file or directory`)
	forbidden = refused(check.ProgramForbidden, `exec: "/app/server": permission denied`)
	foreign   = refused(check.WrongFormat, "exec /app/server: exec format error")
	noPage    = answers(answered("GET", "/", "health", 404, ""), answered("POST", "/helloworld", "invoke", 404, ""))
	hangs     = answers(met("GET", "/", "health", check.Silent))
)

var evidenceCases = []evidenceCase{
	{"a direct start", "FG301", direct, nil, check.Pass, "the engine started /app/server as 1003:1003", ""},
	{"a direct start that ends", "FG302", direct, ended(1), check.Pass, "the engine started /app/server", ""},
	{"a direct start of a server elsewhere", "FG304", direct, closed(tcp("0.0.0.0", 80)), check.Pass, "the engine started /app/server", ""},
	{"a direct start without interpreter", "FG303", direct, ended(127, "env: 'node': No such file or directory"), check.Unknown, "see FG801", ""},
	{"a program that is not there", "FG301", direct, notThere, check.Fail, "no such file or directory", "into the image"},
	{"a program that is not there", "FG302", direct, notThere, check.Unknown, "see FG801", ""},
	{"a program that is not there", "FG303", direct, notThere, check.Unknown, "see FG301", ""},
	{"a closed program", "FG302", direct, forbidden, check.Fail, "the engine did not start the program as 1003:1003: exec: \"/app/server\": permission denied", "RUN chmod"},
	{"a foreign program", "FG304", direct, foreign, check.Fail, "exec format error", "--platform linux/amd64"},
	{"a foreign program", "FG303", direct, foreign, check.Unknown, "see FG801", ""},
	{"a wrapper", "FG301", byWrapper, nil, check.Pass, "the server came up as 1003:1003", ""},
	{"a wrapper that ends", "FG301", byWrapper, ended(1), check.Unknown, "see FG801", ""},
	{"a wrapper that is not there", "FG301", byWrapper, notThere, check.Fail, "", ""},
	{"a script that serves", "FG301", opaque, nil, check.Pass, "the log names no program that did not start", ""},
	{"a script that serves", "FG304", opaque, nil, check.Pass, "", ""},
	{"a script that complains", "FG301", opaque, logged("sh: 1: /app/migrate: not found", "ready"), check.Unknown, `the log says "sh: 1: /app/migrate: not found"`, "see what the start command does"},
	{"a script that complains of format", "FG304", opaque, logged("/app/migrate: cannot execute binary file: Exec format error"), check.Unknown, "the log says", ""},
	{"a script that says much", "FG301", opaque, logged(slices.Repeat([]string{"ready"}, 50)...), check.Unknown, "only the last 50 lines", "--logs"},
	{"a page that is not found", "FG301", opaque, logged("GET /favicon.ico 404 not found"), check.Pass, "", ""},
	{"a script that ends later", "FG301", opaque, exited(1), check.Unknown, "see FG801", ""},
	{"a script without answer", "FG301", opaque, hangs, check.Unknown, "see FG106", ""},
	{"a script that does not serve", "FG302", opaque, closed(), check.Unknown, "see FG101", ""},
	{"a shell that is not there", "FG301", opaque, notThere, check.Unknown, "see FG801", ""},
	{"works with more privileges", "FG301", opaque, all(ended(1), worksWith(check.MoreCapabilities, "default capabilities")), check.Unknown, "see FG801", ""},

	{"a script that serves", "FG402", byScript, nil, check.Pass, "the server came up in / and answered GET / with 200", ""},
	{"a script that redirects", "FG402", byScript, answers(answered("GET", "/", "health", 302, "")), check.Pass, "with 302", ""},
	{"a script that finds no page", "FG402", byScript, noPage, check.Unknown, "answered no request with success", "pass --path"},
	{"a script that breaks", "FG402", byScript, answers(answered("GET", "/", "health", 500, "")), check.Unknown, "answered no request with success", "pass --path"},
	{"a script that ends later", "FG402", byScript, exited(1), check.Unknown, "see FG801", ""},
	{"a script that does not serve", "FG402", byScript, closed(), check.Unknown, "see FG101", ""},
	{"a script that works in WORKDIR", "FG402", byScript, all(ended(2), worksWith(check.InWorkdir, "WORKDIR /app")), check.Fail, "the start command works in WORKDIR /app and not in /, where the container ended", "name every file of the start from the root"},
	{"works as another user in WORKDIR", "FG402", byScript, all(ended(2), worksWith(check.AsImageUser, "USER root")), check.Unknown, "see FG801", ""},

	{"a script that serves", "FG401", broken, nil, check.Pass, "port 8000 was open 0.4 s after the start", ""},
	{"a script that ends", "FG401", broken, ended(0), check.Unknown, "see FG801", ""},
	{"a script that serves", "FG405", opaque, nil, check.Pass, "the main process runs on", ""},
	{"a script that ends", "FG405", opaque, exited(0), check.Unknown, "see FG801", ""},
	{"a socket file", "FG104", socket, nil, check.Pass, "port 8000 was open", ""},
	{"a socket file", "FG104", socket, closed(tcp("0.0.0.0", 80)), check.Unknown, "see FG101", ""},
	{"a script that serves", "FG209", opaque, nil, check.Pass, "the server came up as 1003:1003, without capabilities", ""},
	{"a script that changes owners", "FG209", opaque, logged("chown: /data: Operation not permitted"), check.Unknown, "Operation not permitted", ""},
}

// subject returns that of the case: an image whose files cannot be read for the
// rules about programs, with a start or without.
func (c *evidenceCase) subject(started bool) *check.Subject {
	tried := served()
	if c.change != nil {
		c.change(tried)
	}
	return trialSubject(tried, &check.Function{}, c.command).Changed(func(p *check.Provider) {
		p.Command = func(context.Context, *check.Subject) (*check.Command, error) { return analysed(c.command), nil }
		p.Config = func(context.Context) (*check.Config, error) {
			return &check.Config{
				Architecture: check.Known("amd64", check.At(check.ArtifactConfig, "architecture")),
				WorkingDir:   check.Known("/app", check.At(check.ArtifactConfig, "WorkingDir")),
			}, nil
		}
		if !started {
			p.Trial = nil
		}
	})
}

// analysed takes a start command apart.
func analysed(command []string) *check.Command {
	at := check.At(check.ArtifactConfig, "Cmd")
	var words []shell.Word
	for _, word := range command {
		words = append(words, shell.Word{Text: word, At: at})
	}
	cmd := shell.Analyse(words, check.Env{})
	cmd.At = []check.Location{at}
	return cmd
}

// TestRunEvidence shows what a start decides of what reading leaves open, and
// that nothing else changes.
func TestRunEvidence(t *testing.T) {
	for _, c := range evidenceCases {
		t.Run(c.rule+" "+c.name, func(t *testing.T) {
			list := []*check.Rule{check.Find(rules.All, c.rule)}
			read := check.Run(t.Context(), c.subject(false), list, check.Policy{}).Results[0]
			if read.Outcome != check.Unknown || read.Err != nil || slices.Contains(read.Asked, "running container") {
				t.Errorf("without a start: %s (%s), error %v, asked %q", read.Outcome, read.Message, read.Err, read.Asked)
			}
			got := check.Run(t.Context(), c.subject(true), list, check.Policy{}).Results[0]
			if got.Outcome != c.want || got.Err != nil || !strings.Contains(got.Message, c.message) || !strings.Contains(got.Fix+got.Hint, c.mend) {
				t.Errorf("got %s: %s\nmend: %s%s\nerror: %v; want %s: %s", got.Outcome, got.Message, got.Fix, got.Hint, got.Err, c.want, c.message)
			}
			broken := c.subject(true).Changed(func(p *check.Provider) { p.Trial = failingOn[*check.Trial](errBroken) })
			if got := check.Run(t.Context(), broken, list, check.Policy{}).Results[0]; !errors.Is(got.Err, errBroken) {
				t.Errorf("the error of the start is swallowed: %s", got.Message)
			}
			left := &check.UnavailableError{Fact: "running container", Why: "no engine answers"}
			without := c.subject(true).Changed(func(p *check.Provider) { p.Trial = failingOn[*check.Trial](left) })
			if got := check.Run(t.Context(), without, list, check.Policy{}).Results[0]; got.Message != read.Message || got.Hint != read.Hint {
				t.Errorf("without an engine: %s, by reading: %s", got.Message, read.Message)
			}
		})
	}
}
