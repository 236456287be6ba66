// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// startExample is a start that breaks a rule and one that keeps it, in words
// and as what is seen of them.
type startExample struct {
	broken, kept string
	change       func(*check.Trial)
	good         func(*check.Trial) // nil for a start without fault
	function     func(*check.Function)
}

// startExamples are examples of the rules that a start alone decides.
func startExamples() map[string]startExample {
	const structured = `{"statusCode": 200, "isBase64Encoded": false, "headers": {}, "body": "hello"}`
	init := func(status int) check.Answer { return answered("POST", "/init", "init", status, "") }
	invoke := answered("POST", "/invoke", "invoke", 200, "done")
	slow := func(t *check.Trial) { t.Listening, t.Answering = 14*time.Second, 14*time.Second }
	large := func(t *check.Trial) { t.Answers[0].BodySize = 7 << 20 }
	killed := func(t *check.Trial) { t.Exit, t.Memory.Killed = check.Exit{Ended: true, Code: 137}, true }
	wrote := func(t *check.Trial) { t.Changes = []string{"/app/cache/index"} }
	deaf := func(t *check.Trial) { t.Stop = check.Stop{Told: true, After: 10 * time.Second} }
	loopback := func(t *check.Trial) {
		t.Listeners = []check.Listener{{Protocol: "tcp", Address: "127.0.0.1", Port: 8000}}
	}
	return map[string]startExample{
		"FG101": {"listens on port 3000", "listens on port 8000", closed(check.Listener{Protocol: "tcp", Address: "0.0.0.0", Port: 3000}), nil, nil},
		"FG102": {"listens on the loopback alone", "listens on all interfaces", loopback, nil, nil},
		"FG106": {"expects TLS", "answers plain HTTP", get(check.SpeaksTLS), nil, nil},
		"FG107": {"listens after 14 seconds", "listens after less than one", slow, nil, withMemory(512)},
		"FG108": {"does not know /invoke", "answers it", event(404, "Cannot POST /invoke"), event(200, "done"), forEvent},
		"FG109": {"does not answer /init", "answers it", answers(met("POST", "/init", "init", check.Silent), invoke), answers(init(200), invoke), withInitialization},
		"FG110": {"answers with a server error", "answers with none", answers(answered("GET", "/", "health", 503, "no database")), nil, nil},
		"FG111": {"answers with 7 MB", "answers in short", large, nil, nil},
		"FG112": {"answers with plain text", "answers in the gateway's structure", event(200, "hello"), event(200, structured), withGateway},
		"FG113": {"answers in the gateway's structure", "answers plainly", answers(answered("GET", "/", "health", 200, structured)), nil, nil},
		"FG801": {"ends at once", "keeps running", ended(1, "Error: Cannot find module 'express'"), nil, nil},
		"FG802": {"works in the image's WORKDIR alone", "works in /", all(ended(1, "can't open file '/main.py'"), worksWith(check.InWorkdir, "WORKDIR /app")), nil, nil},
		"FG803": {"says nothing", "logs to the console", func(t *check.Trial) { t.Log = check.Log{} }, nil, nil},
		"FG804": {"needs more memory than it has", "fits it", all(limited(128, 128), killed), limited(128, 84), withMemory(128)},
		"FG805": {"writes beside its code", "writes to /tmp alone", wrote, nil, nil},
		"FG806": {"needs the engine's capabilities", "needs none", all(ended(1, "Operation not permitted"), worksWith(check.MoreCapabilities, "default capabilities")), nil, nil},
		"FG807": {"does not heed SIGTERM", "ends by it", deaf, nil, nil},
		"FG808": {"answers the first connection alone", "answers all", answers(answered("GET", "/", "health", 200, ""), met("POST", "/helloworld", "invoke", check.Silent)), nil, nil},
	}
}

// writeStarts writes the examples of a rule that a start alone decides.
func writeStarts(t *testing.T, b *bytes.Buffer, rule *check.Rule) {
	t.Helper()
	example, ok := startExamples()[rule.ID]
	if !ok {
		t.Fatalf("%s has no example of a start", rule.ID)
	}
	for _, start := range []struct {
		words  string
		change func(*check.Trial)
	}{{example.broken, example.change}, {example.kept, example.good}} {
		trial, function := served(), &check.Function{}
		if start.change != nil {
			start.change(trial)
		}
		if example.function != nil {
			example.function(function)
		}
		r := check.Run(t.Context(), trialSubject(trial, function, nil), []*check.Rule{rule}, check.Policy{})
		writeReported(t, b, r, "A program that "+start.words+".\n")
	}
}
