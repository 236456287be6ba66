// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/probe"
)

func at(second int) time.Time { return time.Unix(1_700_000_000+int64(second), 0).UTC() }

// lines returns events as a prober writes them.
func lines(tb testing.TB, events ...probe.Event) string {
	tb.Helper()
	var out strings.Builder
	for _, e := range events {
		if err := json.NewEncoder(&out).Encode(e); err != nil {
			tb.Fatal(err)
		}
	}
	return out.String()
}

func answerEvent(second int, a check.Answer) probe.Event {
	return probe.Event{Kind: probe.Answer, Time: at(second), Answer: &a}
}

func TestRead(t *testing.T) {
	at8000 := []check.Listener{{Protocol: "tcp6", Address: "::", Port: 8000}}
	ok := check.Answer{Method: "GET", Path: "/\x1b[", Outcome: check.Answered, Status: 200, Body: []byte("\xff\x00"), BodySize: 2, Took: 5}
	reset := check.Answer{Outcome: check.Reset, Error: "connection closed"}
	all := lines(t,
		probe.Event{Kind: probe.Listening, Time: at(1)},
		probe.Event{Kind: probe.Open, Time: at(2)},
		probe.Event{Kind: probe.Listening, Time: at(3), Listeners: at8000},
		answerEvent(4, reset), answerEvent(5, ok), answerEvent(6, ok),
		probe.Event{Kind: probe.Listening, Time: at(7)},
		probe.Event{Kind: probe.Done, Time: at(8)},
	)
	want := probe.Result{
		Began: at(1), Opened: at(2), Answered: at(5), Listeners: at8000, Answers: []check.Answer{reset, ok, ok}, Done: true,
	}
	unreadable := probe.Event{Kind: probe.Listening, Time: at(1), Trouble: "permission denied"}
	noListeners := &check.UnavailableError{Fact: "listeners", Why: "permission denied"}
	for name, test := range map[string]struct {
		text string
		want probe.Result
	}{
		"nothing":               {"", probe.Result{}},
		"a whole run":           {all, want},
		"without the last line": {strings.TrimSuffix(all, "\n"), want},
		"among other lines":     {"x\n\n{}\n[]\nnull\n{\"Kind\":\n" + all + "panic: y\n", want},
		"a line that is too long": {
			"{" + strings.Repeat(" ", 1<<20) + "}\n" + all, want,
		},
		"a last line that is too long": {all + strings.Repeat("x", 1<<20), want},
		"opened once": {
			all + lines(t, probe.Event{Kind: probe.Open, Time: at(9)}), want,
		},
		"unreadable": {lines(t, unreadable), probe.Result{Began: at(1), NoListeners: noListeners}},
		"unreadable at first": {
			lines(t, unreadable, probe.Event{Kind: probe.Listening, Time: at(2), Listeners: at8000}),
			probe.Result{Began: at(1), Listeners: at8000},
		},
		"unreadable at last": {
			lines(t, probe.Event{Kind: probe.Listening, Time: at(1), Listeners: at8000}, unreadable),
			probe.Result{Began: at(1), Listeners: at8000},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := probe.Read(strings.NewReader(test.text), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadInvalid skips events that no prober writes.
func TestReadInvalid(t *testing.T) {
	listening := func(l check.Listener) probe.Event {
		return probe.Event{Kind: probe.Listening, Time: at(1), Listeners: []check.Listener{l}}
	}
	for name, e := range map[string]probe.Event{
		"no time":         {Kind: probe.Done},
		"no kind":         {Time: at(1)},
		"another kind":    {Kind: "other", Time: at(1)},
		"no answer":       {Kind: probe.Answer, Time: at(1)},
		"outcome":         answerEvent(1, check.Answer{Outcome: check.Incomplete + 1}),
		"status":          answerEvent(1, check.Answer{Status: 1000}),
		"negative status": answerEvent(1, check.Answer{Status: -1}),
		"time":            answerEvent(1, check.Answer{Took: -1}),
		"body":            answerEvent(1, check.Answer{Body: make([]byte, 64<<10+1)}),
		"negative size":   answerEvent(1, check.Answer{BodySize: -1}),
		"size":            answerEvent(1, check.Answer{BodySize: probe.MaxBody + 2}),
		"protocol":        listening(check.Listener{Protocol: "icmp", Address: "::"}),
		"address":         listening(check.Listener{Protocol: "tcp", Address: "\x1b"}),
		"port":            listening(check.Listener{Protocol: "tcp", Address: "::", Port: 65536}),
		"negative port":   listening(check.Listener{Protocol: "tcp", Address: "::", Port: -1}),
		"too many": {
			Kind: probe.Listening, Time: at(1),
			Listeners: make([]check.Listener, probe.MaxListeners+1),
		},
	} {
		got, err := probe.Read(strings.NewReader(lines(t, e)), func(e probe.Event) { t.Errorf("%s: event %v", name, e) })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(probe.Result{}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadLimits(t *testing.T) {
	open := lines(t, probe.Event{Kind: probe.Open, Time: at(1)})
	for name, test := range map[string]struct {
		stream io.Reader
		want   error
	}{
		"events":      {strings.NewReader(strings.Repeat(open, 10_001)), probe.ErrLimit},
		"most events": {strings.NewReader(strings.Repeat(open, 10_000)), nil},
		"bytes":       {io.MultiReader(strings.NewReader(open), endless{}), probe.ErrLimit},
		"trouble":     {io.MultiReader(strings.NewReader(open), failing{}), errBroken},
	} {
		got, err := probe.Read(test.stream, nil)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v", name, err, test.want)
		}
		if got.Opened != at(1) {
			t.Errorf("%s: opened %v, want %v", name, got.Opened, at(1))
		}
	}
}

// endless is a line without end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// FuzzRead reads arbitrary lines. What it takes of them it takes again when it
// is written as a prober would.
func FuzzRead(f *testing.F) {
	f.Add([]byte(lines(f,
		probe.Event{Kind: probe.Listening, Time: at(1), Listeners: []check.Listener{{Protocol: "tcp", Address: "0.0.0.0", Port: 8000}}},
		probe.Event{Kind: probe.Open, Time: at(2)},
		answerEvent(3, check.Answer{Method: "GET", Outcome: check.Answered, Status: 200, Body: []byte("x")}),
		probe.Event{Kind: probe.Done, Time: at(4)})))
	f.Fuzz(func(t *testing.T, text []byte) {
		var events []probe.Event
		first, err := probe.Read(bytes.NewReader(text), func(e probe.Event) { events = append(events, e) })
		if err != nil {
			t.Fatal(err)
		}
		second, err := probe.Read(strings.NewReader(lines(t, events...)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("read again (-first +second):\n%s", diff)
		}
	})
}
