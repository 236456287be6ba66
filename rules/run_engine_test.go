// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
)

// engineCase is an image that real engines start, and what the rules say of
// it.
type engineCase struct {
	name    string
	command []string // the image's, of the servers of testdata/servers
	memory  int64    // of the function, in MB; 0 where it is not given
	user    string   // the image's USER
	want    string   // a line for each of FG101, FG102, FG106, FG801 and FG804: "pass: part of the message"
}

// startedRules are the rules that engineCase.want tells of, in its order.
var startedRules = []string{"FG101", "FG102", "FG106", "FG801", "FG804"}

// Rows that many cases have.
const (
	noMemory   = "unknown: the function's memory is not given; the container took"
	runsOn     = "pass: the container runs on after the last request, as 1003:1003"
	opensLater = "pass: port 8000 was open"
	anyAddress = "pass: the server listens on 0.0.0.0:8000"
	seeOpen    = "unknown: see FG101"
	seeRunning = "unknown: see FG801"
	seeMemory  = "unknown: see FG804"
)

// rows joins rows to what engineCase.want has.
func rows(list ...string) string { return strings.Join(list, "\n") }

// eitherWay is a row that depends on which of two moments is seen.
const eitherWay = ""

// notOpen is the rows of a container that runs, and whose port stays closed.
func notOpen(message string) string { return rows("fail: "+message, seeOpen, seeOpen, runsOn, seeOpen) }

// notHTTP is the rows of a server that speaks something else.
func notHTTP(message string) string {
	return rows(opensLater, anyAddress, "fail: "+message, runsOn, noMemory)
}

// notRunning is the rows of a container that does not come up.
func notRunning(message string) string {
	return rows(seeRunning, seeRunning, seeRunning, "fail: "+message, seeRunning)
}

// outOfMemory is the rows of a container that is killed before it serves.
func outOfMemory(message string) string {
	return rows(seeMemory, seeMemory, seeMemory, seeMemory, "fail: "+message)
}

// engineCases has every way in which a start can go.
var engineCases = []engineCase{
	{"serves", server("http tcp4 0.0.0.0:8000"), 256, "", rows(opensLater, anyAddress, "pass: GET / was answered with 200 by HTTP/1.1", runsOn, "pass: the container took")},
	{"dual stack", server("http tcp [::]:8000"), 0, "", rows(opensLater, "pass: the server listens on [::]:8000", "pass: GET / was answered with 200", runsOn, noMemory)},
	{"user that the image has not", server("http tcp4 0.0.0.0:8000"), 0, "nobody-here", rows(opensLater, anyAddress, "pass: GET / was answered with 200", runsOn, noMemory)},
	{"slow start", server("slow 1s"), 0, "", rows("pass: port 8000 was open 1.", anyAddress, "pass: GET / was answered with 200", runsOn, noMemory)},
	{"loopback", server("http tcp4 127.0.0.1:8000"), 0, "", rows(opensLater, "fail: the server listens on loopback alone (127.0.0.1:8000)", "pass: GET / was answered with 200", runsOn, noMemory)},

	{"nothing listens", server("sleep"), 0, "", notOpen("the program runs and listens on no port 2.0 s after its start; it wrote nothing to its log")},
	{"another port", server("http tcp4 0.0.0.0:3000"), 0, "", notOpen("the server listens on 0.0.0.0:3000 and not on port 8000, by 0.0.0.0:3000")},
	{"IPv6 alone", server("http tcp6 [::]:8000"), 0, "", notOpen("port 8000 is open for IPv6 alone ([::]:8000), and FunctionGraph calls 127.0.0.1")},
	{"UDP on the port", server("udp 0.0.0.0:8000"), 0, "", notOpen("port 8000 is open for UDP alone")},

	{"TLS", server("tls"), 0, "", notHTTP("port 8000 speaks TLS, and GET / came in plain HTTP")},
	{"HTTP/2", server("h2c"), 0, "", notHTTP("port 8000 speaks HTTP/2 without upgrade (h2c) and does not answer GET / in HTTP/1.1")},
	{"SSH", server("raw SSH-2.0-OpenSSH_9.2"), 0, "", notHTTP(`port 8000 does not speak HTTP but SSH: "SSH-2.0-OpenSSH_9.2"`)},
	{"accepts and hangs", server("raw hang"), 0, "", notHTTP("port 8000 took the connection for GET / and did not answer within 1.0 s")},
	{"accepts and closes", server("raw close"), 0, "", notHTTP("port 8000 took the connection for GET / and closed it without an answer")},

	{"ends at once", server("exit 0s 3"), 0, "", notRunning("with exit code 3, before port 8000 was seen open; its log ends with \"ending with 3\"")},
	{"ends early", server("exit 1s 3"), 0, "", notRunning("with exit code 3, before port 8000 was seen open")},
	{"ends late", server("late"), 0, "", rows(opensLater, anyAddress, "pass: GET / was answered with 200", `fail: with exit code 1, after port 8000 was open; its log ends with "servers: out of luck"`, noMemory)},
	{"is done", server("exit 0s 0"), 0, "", notRunning("with exit code 0, before port 8000 was seen open; its log ends with \"ending with 0\", so the program was done")},
	{"takes too much memory", server("take 1000"), 128, "", outOfMemory("a process was killed for the memory of 128 MB")},
	{"takes more memory", server("take 300"), 128, "", outOfMemory("a process was killed for the memory of 128 MB; the start works with memory 512 MB")},

	{"no program", []string{"/missing"}, 0, "", notRunning("the engine did not find the program, or the interpreter of it: exec")},
	{"no interpreter", []string{"/no-interpreter"}, 0, "", notRunning("the engine did not find the program, or the interpreter of it: exec")},
	{"no loader", []string{"/no-loader"}, 0, "", notRunning("the engine did not find the program, or the interpreter of it: exec")},
	{"no permission", []string{"/closed"}, 0, "", notRunning("the engine may not execute the program as 1003:1003: exec")},
	{"no program's format", []string{"/no-format"}, 0, "", notRunning("the program is for another architecture, or no program: exec")},
	{"another architecture", []string{"/arm64"}, 0, "", notRunning("the program is for another architecture, or no program: exec")},
}

// server returns the command with which the servers are started.
func server(mode string) []string { return append([]string{"/servers"}, strings.Fields(mode)...) }

// TestStartedImages shows what the rules say of images that real engines
// start and the prober calls, and that nothing of it is left in the engine.
func TestStartedImages(t *testing.T) {
	programs := buildPrograms(t, "../testdata/servers", "../cmd/fgpreflight")
	for _, kind := range checktest.Engines {
		t.Run(string(kind), func(t *testing.T) {
			at := checktest.NeedEngine(t, kind)
			t.Run("started", func(t *testing.T) {
				for _, c := range engineCases {
					t.Run(c.name, func(t *testing.T) {
						t.Parallel()
						c.compare(t, c.start(t, at, c.archive(t, programs[0]), programs[1]))
					})
				}
			})
			if left := leftInEngine(t, at); len(left) > 0 {
				t.Errorf("left in the engine: %q", left)
			}
		})
	}
}

// compare compares the results of startedRules with those that the case wants.
func (c *engineCase) compare(t *testing.T, got []check.Result) {
	t.Helper()
	for i, want := range strings.Split(c.want, "\n") {
		if want == eitherWay {
			continue
		}
		outcome, message, _ := strings.Cut(want, ": ")
		if r := got[i]; r.Err != nil || r.Outcome.String() != outcome || !strings.Contains(r.Message, message) {
			t.Errorf("%s is %s: %s, error %v\nwant %s", startedRules[i], r.Outcome, r.Message, r.Err, want)
		}
	}
}
