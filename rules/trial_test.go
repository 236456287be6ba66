// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

// trialRules are the rules that a started container alone decides.
func trialRules() []*check.Rule {
	var list []*check.Rule
	for _, r := range rules.All {
		if r.RunOnly() {
			list = append(list, r)
		}
	}
	return list
}

// TestServedTrial shows that a start without fault passes every rule, but that
// about the memory, which is not given.
func TestServedTrial(t *testing.T) {
	for _, r := range trialRules() {
		want := check.Pass
		switch r.ID {
		case "FG108", "FG109", "FG112":
			want = check.NotApplicable
		case "FG804":
			want = check.Unknown
		}
		c := trialCase{rule: r.ID}
		if got := c.run(t); got.Outcome != want || got.Err != nil {
			t.Errorf("%s: got %s (%s), error %v; want %s", r.ID, got.Outcome, got.Message, got.Err, want)
		}
	}
}

// TestTrialNotStarted shows that the rows ask for a run where there was none,
// tell why there could be none, and pass on trouble.
func TestTrialNotStarted(t *testing.T) {
	broken := errors.New("the engine broke down")
	noEngine := &check.UnavailableError{Fact: "running container", Why: "no engine answers", Hint: "start docker"}
	event := &check.Function{}
	withInitialization(event)
	withGateway(event)
	for _, r := range trialRules() {
		function := event
		if r.ID == "FG113" {
			function = &check.Function{}
		}
		for name, tt := range map[string]struct {
			trial func(context.Context, *check.Subject) (*check.Trial, error)
			hint  string
			err   error
		}{
			"without --run": {nil, "pass --run", nil},
			"no engine":     {failingOn[*check.Trial](noEngine), "start docker", nil},
			"trouble":       {failingOn[*check.Trial](broken), "see the error", broken},
		} {
			subject := check.NewSubject(check.Info{}, function, check.Provider{Trial: tt.trial})
			got := check.Run(t.Context(), subject, []*check.Rule{r}, check.Policy{}).Results[0]
			if got.Outcome != check.Unknown || got.Hint != tt.hint || !errors.Is(got.Err, tt.err) || got.Deferred != (tt.trial == nil) {
				t.Errorf("%s %s: got %s with the hint %q, error %v", r.ID, name, got.Outcome, got.Hint, got.Err)
			}
		}
	}
}

// TestTrialWithoutCommand shows that the rules judge a container whose start
// command is not known, and pass on trouble with reading it or the config.
func TestTrialWithoutCommand(t *testing.T) {
	broken := errors.New("the command cannot be read")
	for _, r := range trialRules() {
		function := &check.Function{}
		if r.ID != "FG113" {
			withInitialization(function)
			withGateway(function)
		}
		for _, change := range []func(*check.Trial){nil, closed(check.Listener{Protocol: "tcp", Address: "127.0.0.1", Port: 80}), at("127.0.0.1"), worksWith(check.InWorkdir, "WORKDIR /app")} {
			trial := served()
			if change != nil {
				change(trial)
			}
			provider := check.Provider{Trial: func(context.Context, *check.Subject) (*check.Trial, error) { return trial, nil }}
			subject := check.NewSubject(check.Info{}, function, provider)
			if got := check.Run(t.Context(), subject, []*check.Rule{r}, check.Policy{}).Results[0]; got.Err != nil || got.Message == "" {
				t.Errorf("%s without a command: %s %q, error %v", r.ID, got.Outcome, got.Message, got.Err)
			}
			subject = trialSubject(trial, function, nil).Changed(func(p *check.Provider) { p.Config = failing[*check.Config](broken) })
			got := check.Run(t.Context(), subject, []*check.Rule{r}, check.Policy{}).Results[0]
			if asked := slices.Contains(got.Asked, "config"); asked != errors.Is(got.Err, broken) {
				t.Errorf("%s asked for the config: %v; error %v", r.ID, asked, got.Err)
			}
			subject = subject.Changed(func(p *check.Provider) { p.Command = failingOn[*check.Command](broken) })
			if got := check.Run(t.Context(), subject, []*check.Rule{r}, check.Policy{}).Results[0]; !errors.Is(got.Err, broken) {
				t.Errorf("%s swallowed the error of the command: %s", r.ID, got.Message)
			}
		}
	}
}

func tcp(address string, port int) check.Listener {
	protocol := "tcp"
	if strings.Contains(address, ":") {
		protocol = "tcp6"
	}
	return check.Listener{Protocol: protocol, Address: address, Port: port}
}

func udp(port int) check.Listener {
	return check.Listener{Protocol: "udp", Address: "0.0.0.0", Port: port}
}

// at binds the server, whose port is open, to those addresses.
func at(addresses ...string) func(*check.Trial) {
	return func(t *check.Trial) {
		t.Listeners = nil
		for _, address := range addresses {
			t.Listeners = append(t.Listeners, tcp(address, 8000))
		}
	}
}

const failedLookUp = "Error: getaddrinfo EAI_AGAIN db.example"

func TestTrialListening(t *testing.T) {
	noListeners := func(err error) func(*check.Trial) { return func(t *check.Trial) { t.NoListeners = err } }
	unseen := noListeners(&check.UnavailableError{Fact: "listeners", Why: "the sidecar does not run here", Hint: "run it on Linux"})
	online := func(t *check.Trial) { t.Offline = false }
	runtime := "the program runs and listens on no port"
	runTrialCases(t, []trialCase{
		{"open", "FG101", nil, nil, nil, check.Pass, "open 0.4 s after the start", ""},
		{"nothing listens", "FG101", closed(), nil, nil, check.Fail, runtime + ` 60 s after its start; its log ends with "listening on 8000"`, "--start-timeout 300s"},
		{"nothing listens or is logged", "FG101", all(closed(), logged()), nil, nil, check.Fail, "wrote nothing to its log", "--start-timeout"},
		{"nothing listens, but with capabilities", "FG101", all(closed(), worksWith(check.MoreCapabilities, "default capabilities")), nil, nil, check.Fail, "; it works with default capabilities", ""},
		{"other port of an unknown program", "FG101", closed(tcp("0.0.0.0", 3000)), nil, nil, check.Fail, "listens on 0.0.0.0:3000 and not on port 8000", "ENV PORT=8000"},
		{"other port by a word", "FG101", closed(tcp("::", 3000)), nil, []string{"/app/server", ":3000"}, check.Fail, "not on port 8000, by :3000", "write in place of :3000:\n\n:8000"},
		{"other port by a word of its own kind", "FG101", closed(tcp("::", 3000)), nil, []string{"/app/server", "-x", "-Dhttp=0.0.0.0:3000"}, check.Fail, "", "-Dhttp=0.0.0.0:8000"},
		{"other port by a variable", "FG101", closed(tcp("::", 3000)), withVariable("APP_PORT", "3000"), nil, check.Fail, "by APP_PORT=3000", "APP_PORT=8000"},
		{"other port, and another variable", "FG101", closed(tcp("::", 3000)), withVariable("APP_PORT", "4000"), nil, check.Fail, "not on port 8000", "ENV PORT=8000"},
		{"other port by an option", "FG101", closed(tcp("0.0.0.0", 5000)), nil, []string{"flask", "--app", "/app/a.py", "run", "--port", "5000"}, check.Fail, "not on port 8000, by --port 5000", "--port 8000"},
		{"other port by default", "FG101", closed(tcp("::", 3000)), nil, []string{"next", "start", "/app"}, check.Fail, "listens on [::]:3000 and not on port 8000, by the default of next", "tell next start the port"},
		{"other port than told", "FG101", closed(tcp("127.0.0.1", 9000)), nil, []string{"uvicorn", "main:app", "--port", "8000"}, check.Fail, "127.0.0.1:9000 and not on port 8000, whatever --port 8000 says", "source or configuration"},
		{"other port by a file", "FG101", closed(tcp("0.0.0.0", 80)), nil, []string{"nginx", "-g", "daemon off;"}, check.Fail, "the configuration file of nginx decides", "write 8000 in place of 80"},
		{"many ports", "FG101", closed(tcp("0.0.0.0", 1), tcp("0.0.0.0", 1), tcp("0.0.0.0", 2), tcp("0.0.0.0", 3), tcp("0.0.0.0", 4), tcp("0.0.0.0", 5), tcp("0.0.0.0", 6), tcp("0.0.0.0", 7)), nil, nil, check.Fail, "0.0.0.0:5, 2 more and", ""},
		{"IPv6 loopback", "FG101", closed(tcp("::1", 8000)), nil, nil, check.Fail, "for IPv6 alone ([::1]:8000)", "bind the server to 0.0.0.0"},
		{"IPv6 wildcard", "FG101", closed(tcp("::", 8000)), nil, nil, check.Fail, "for IPv6 alone ([::]:8000)", "IPV6_V6ONLY"},
		{"one address", "FG101", closed(tcp("172.17.0.2", 8000)), nil, nil, check.Fail, "open at 172.17.0.2:8000 alone", "bind the server to 0.0.0.0"},
		{"open and deaf", "FG101", closed(tcp("0.0.0.0", 8000)), nil, nil, check.Fail, "took no connection within 60 s", ""},
		{"UDP on the port", "FG101", closed(udp(8000)), nil, nil, check.Fail, "for UDP alone", "over TCP"},
		{"UDP elsewhere", "FG101", closed(udp(5353)), nil, nil, check.Fail, "UDP datagrams at 0.0.0.0:5353", "over TCP"},
		{"ended", "FG101", ended(1), nil, nil, check.Unknown, "see FG801", ""},
		{"not started", "FG101", refused(check.NoSuchProgram, "no such file"), nil, nil, check.Unknown, "see FG801", ""},
		{"works in WORKDIR", "FG101", all(closed(), worksWith(check.InWorkdir, "WORKDIR /app")), nil, nil, check.Unknown, "see FG802", ""},
		{"works with more memory", "FG101", all(closed(), limited(128, 100), worksWith(check.MoreMemory, "memory 512 MB")), nil, nil, check.Unknown, "see FG804", ""},
		{"waits for the network", "FG101", all(closed(), logged(failedLookUp)), nil, nil, check.Unknown, "EAI_AGAIN", "pass --network bridge"},
		{"ended without the network", "FG101", ended(1, failedLookUp), nil, nil, check.Unknown, "EAI_AGAIN", "pass --network bridge"},
		{"has the network", "FG101", all(closed(), logged(failedLookUp), online), nil, nil, check.Fail, runtime, ""},
		{"elsewhere, waits for the network", "FG101", all(closed(tcp("0.0.0.0", 3000)), logged(failedLookUp)), nil, nil, check.Unknown, "EAI_AGAIN", "pass --network bridge"},
		{"elsewhere as told, no network", "FG101", all(closed(tcp("0.0.0.0", 3000)), logged(failedLookUp)), nil, []string{"next", "start", "/app"}, check.Fail, "listens on 0.0.0.0:3000", ""},
		{"loopback refuses", "FG101", all(closed(), logged("connection to localhost failed: connection timed out")), nil, nil, check.Fail, runtime, ""},
		{"listeners unseen", "FG101", all(closed(), unseen), nil, nil, check.Unknown, "the sidecar does not run here", "run it on Linux"},
		{"listeners broken", "FG101", all(closed(), noListeners(errBroken)), nil, nil, check.Fail, runtime, ""},

		{"dual stack", "FG102", at("::"), nil, nil, check.Pass, "[::]:8000", ""},
		{"loopback", "FG102", at("127.0.0.1"), nil, nil, check.Fail, "loopback alone (127.0.0.1:8000)", "bind the server to 0.0.0.0 in place of 127.0.0.1"},
		{"both loopbacks", "FG102", at("127.0.0.1", "::1"), nil, nil, check.Fail, "127.0.0.1:8000, [::1]:8000", ""},
		{"loopback and more", "FG102", at("127.0.0.1", "172.17.0.2"), nil, nil, check.Pass, "", ""},
		{"loopback by an option", "FG102", at("127.0.0.1"), nil, []string{"uvicorn", "main:app", "--host", "localhost"}, check.Fail, "", "write in place of --host localhost:\n\n--host 0.0.0.0"},
		{"loopback by an address", "FG102", at("127.0.0.1"), nil, []string{"gunicorn", "-b", "127.0.0.1:8000", "a:b"}, check.Fail, "", "-b 0.0.0.0:8000"},
		{"loopback by default", "FG102", at("127.0.0.1"), nil, []string{"uvicorn", "main:app"}, check.Fail, "", "tell uvicorn the address, behind its name in the start command:\n\n--host 0.0.0.0"},
		{"loopback by default of an address", "FG102", at("127.0.0.1"), nil, []string{"hypercorn", "main:app"}, check.Fail, "", "-b 0.0.0.0:8000"},
		{"loopback of a program without an option", "FG102", at("127.0.0.1"), nil, []string{"node", "/app/a.js"}, check.Fail, "", "in its start command or its source"},
		{"gone since", "FG102", at(), nil, nil, check.Unknown, "", ""},
		{"unseen", "FG102", unseen, nil, nil, check.Unknown, "the sidecar does not run here", "run it on Linux"},
		{"closed", "FG102", closed(tcp("::1", 8000)), nil, nil, check.Unknown, "see FG101", ""},
		{"closed without the network", "FG102", all(closed(), logged(failedLookUp)), nil, nil, check.Unknown, "", "pass --network bridge"},

		{"quick", "FG107", func(t *check.Trial) { t.Listening = 10 * time.Second }, withMemory(128), nil, check.Pass, "10 s, with 0.1 of a CPU, as 128 MB bring", ""},
		{"slow", "FG107", func(t *check.Trial) { t.Listening = 14 * time.Second }, withMemory(128), nil, check.Fail, "14 s, with 0.1 of a CPU, as 128 MB bring", "--memory 256"},
		{"slow, largest", "FG107", func(t *check.Trial) { t.Listening = 14 * time.Second }, withMemory(10240), nil, check.Fail, "8.0 of a CPU", "--memory 10240"},
		{"slow without memory", "FG107", func(t *check.Trial) { t.Listening = 14 * time.Second }, nil, nil, check.Fail, "with a whole CPU", "--memory 1536"},
		{"slow without the network", "FG107", all(func(t *check.Trial) { t.Listening = 14 * time.Second }, logged(failedLookUp)), nil, nil, check.Unknown, "", "pass --network bridge"},
		{"closed", "FG107", closed(), nil, nil, check.Unknown, "see FG101", ""},
	})
}
