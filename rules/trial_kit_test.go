// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

// trialCase is a start of an image, told by what differs from one without
// fault, and what a rule says of it.
type trialCase struct {
	name     string
	rule     string
	change   func(*check.Trial)
	function func(*check.Function) // nil for an HTTP function without settings
	command  []string              // nil for a program that is not known
	want     check.Outcome
	message  string // a part of it
	mend     string // a part of the fix, or of the hint
}

// served is a start without fault, of an HTTP function.
func served() *check.Trial {
	return &check.Trial{
		Listeners: []check.Listener{{Protocol: "tcp", Address: "0.0.0.0", Port: 8000}},
		Listening: 400 * time.Millisecond, Answering: 500 * time.Millisecond, Waited: 400 * time.Millisecond,
		Answers: []check.Answer{
			answered("GET", "/", "health", 200, "hello"),
			answered("POST", "/helloworld", "invoke", 404, "nothing here"),
		},
		Stop:    check.Stop{Told: true, Term: true, After: 50 * time.Millisecond},
		Memory:  check.MemoryUse{Peak: 84 << 20},
		Log:     check.Log{Lines: []string{"listening on 8000"}, Bytes: 18},
		Offline: true,
	}
}

func answered(method, path, purpose string, status int, body string) check.Answer {
	return check.Answer{
		Method: method, Path: path, Purpose: purpose, Outcome: check.Answered, Status: status, Proto: "HTTP/1.1",
		Body: []byte(body), BodySize: int64(len(body)), Took: 3 * time.Millisecond,
	}
}

// met is a request without a whole answer.
func met(method, path, purpose string, outcome check.AnswerOutcome) check.Answer {
	return check.Answer{Method: method, Path: path, Purpose: purpose, Outcome: outcome, Took: 3 * time.Second, Error: "EOF"}
}

// answers sends requests with those outcomes.
func answers(list ...check.Answer) func(*check.Trial) {
	return func(t *check.Trial) { t.Answers = list }
}

// closed never opens port 8000; the listeners are elsewhere.
func closed(listeners ...check.Listener) func(*check.Trial) {
	return func(t *check.Trial) {
		t.Listening, t.Answering, t.Waited, t.Answers, t.Listeners = 0, 0, time.Minute, nil, listeners
	}
}

// ended ends before port 8000 is open, with that code and log.
func ended(code int, log ...string) func(*check.Trial) {
	return func(t *check.Trial) {
		closed()(t)
		t.Exit = check.Exit{Ended: true, Code: code, After: 300 * time.Millisecond, Early: true}
		t.Stop, t.Log = check.Stop{}, check.Log{Lines: log, Bytes: int64(len(strings.Join(log, "\n")))}
	}
}

func refused(kind check.RefusalKind, message string) func(*check.Trial) {
	return func(t *check.Trial) {
		*t = check.Trial{Refusal: check.Refusal{Kind: kind, Message: message}, Offline: true}
	}
}

// all makes several changes, one after the other.
func all[T any](changes ...func(*T)) func(*T) {
	return func(to *T) {
		for _, change := range changes {
			change(to)
		}
	}
}

// worksWith adds an experiment that worked.
func worksWith(kind check.ExperimentKind, change string) func(*check.Trial) {
	return func(t *check.Trial) {
		t.Experiments = append(t.Experiments, check.Experiment{Kind: kind, Change: change, Works: true})
	}
}

func logged(lines ...string) func(*check.Trial) {
	return func(t *check.Trial) { t.Log = check.Log{Lines: lines, Bytes: 1} }
}

// limited gives the container a memory and lets it take so much, both in MB.
func limited(limit, peak int64) func(*check.Trial) {
	return func(t *check.Trial) { t.Memory = check.MemoryUse{Limit: limit << 20, Peak: peak << 20} }
}

func withMemory(megabytes int64) func(*check.Function) {
	return func(f *check.Function) { f.Memory = check.Known(megabytes, check.At("--memory", "")) }
}

func withVariable(name, value string) func(*check.Function) {
	return func(f *check.Function) {
		f.Env = check.NewEnv([]check.Variable{{Name: name, Value: value, At: check.At("--env", "")}}, nil)
	}
}

func forEvent(f *check.Function) { f.Type = check.Known(check.Event, check.At("--function", "")) }

func withInitialization(f *check.Function) {
	forEvent(f)
	f.Initialization = check.Known(true, check.At("--initialization", ""))
}

func withGateway(f *check.Function) {
	forEvent(f)
	f.Trigger = check.Known("apig", check.At("--trigger", ""))
}

// run applies the rule to the case.
func (c *trialCase) run(t *testing.T) check.Result {
	t.Helper()
	trial := served()
	if c.change != nil {
		c.change(trial)
	}
	function := &check.Function{}
	if c.function != nil {
		c.function(function)
	}
	rule := check.Find(rules.All, c.rule)
	if rule == nil {
		t.Fatalf("there is no rule %s", c.rule)
	}
	return check.Run(t.Context(), trialSubject(trial, function, c.command), []*check.Rule{rule}, check.Policy{}).Results[0]
}

func trialSubject(trial *check.Trial, function *check.Function, command []string) *check.Subject {
	if command == nil {
		command = []string{"/app/server"}
	}
	at := check.At(check.ArtifactConfig, "Cmd")
	cmd := &check.Command{Args: command, At: []check.Location{at}, Calls: []check.Call{{Args: command, At: at}}}
	if command[0] == "/bin/sh" {
		cmd.Shell = command[0]
	}
	config := &check.Config{WorkingDir: check.Known("/app", check.At(check.ArtifactConfig, "WorkingDir"))}
	return check.NewSubject(check.Info{}, function, check.Provider{
		Config:  func(context.Context) (*check.Config, error) { return config, nil },
		Command: func(context.Context, *check.Subject) (*check.Command, error) { return cmd, nil },
		Trial:   func(context.Context, *check.Subject) (*check.Trial, error) { return trial, nil },
	})
}

// runTrialCases checks outcome, message and mend of each case.
func runTrialCases(t *testing.T, cases []trialCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.rule+" "+c.name, func(t *testing.T) {
			got := c.run(t)
			if got.Outcome != c.want || got.Err != nil {
				t.Fatalf("got %s (%s), error %v; want %s", got.Outcome, got.Message, got.Err, c.want)
			}
			if !strings.Contains(got.Message, c.message) {
				t.Errorf("the message is %q, want %q in it", got.Message, c.message)
			}
			if mend := got.Fix + got.Hint; !strings.Contains(mend, c.mend) {
				t.Errorf("the mend is %q, want %q in it", mend, c.mend)
			}
			if got.Outcome == check.Fail && (got.Fix == "" || strings.Contains(got.Fix, "%!")) {
				t.Errorf("no mend: %q", got.Fix)
			}
			if strings.HasSuffix(got.Message, ".") || strings.ContainsAny(got.Message, "\n") {
				t.Errorf("the message is not one sentence without a full stop: %q", got.Message)
			}
		})
	}
}
