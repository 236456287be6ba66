// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"time"
)

// Trial is what happened when the image was started as FunctionGraph starts
// it: as the function's user, in /, without capabilities, with the function's
// memory and variables.
type Trial struct {
	Engine string // "Docker Engine 27.1"
	// Refusal is why the engine could not start the program at all; zero when
	// it did.
	Refusal Refusal
	// Listeners are the sockets that the container listened at when it was
	// looked at last and had any, each once: those of a server that ended
	// since are still here. NoListeners says why they cannot be known.
	Listeners   []Listener
	NoListeners error
	// Listening is the time from the start until port 8000 was open, Answering
	// until the first whole answer of any status came; 0 for never.
	Listening, Answering time.Duration
	Waited               time.Duration // how long the port was waited for
	// Answers are what the requests met, in the order they were sent; none
	// where the port never opened.
	Answers []Answer
	// OwnEvent says that the last answer for "invoke" is one to an event that
	// the user gave; the others are to events of a template.
	OwnEvent bool
	// ExpectStatus is the status that the user asks of the answer for "health";
	// 0 for any.
	ExpectStatus int

	Exit      Exit // how the container ended by itself; zero while it ran
	Stop      Stop // how it ended when it was told to; zero when it was not
	Memory    MemoryUse
	Changes   []string // paths written outside of /tmp and the mounts, at most 1,000; sorted
	NoChanges error    // why Changes cannot be known
	Log       Log
	// Experiments are further starts, each with one condition changed, after a
	// start that failed.
	Experiments []Experiment
	Offline     bool // the container had no network but its own loopback
}

// Refusal is why an engine could not start a program.
type Refusal struct {
	Kind    RefusalKind
	Message string // the engine's own words
}

// RefusalKind tells refusals apart.
type RefusalKind int

// The kinds of refusal. The zero value is none of them.
const (
	Started          RefusalKind = iota
	NoSuchProgram                // the program, or the interpreter of it, is not there
	ProgramForbidden             // no permission to execute it
	WrongFormat                  // it is for another architecture, or no program
	UnknownUser                  // the user does not exist
	OtherRefusal                 // anything else; see the message
)

// Listener is a socket that waits for connections, or for datagrams.
type Listener struct {
	// Protocol is "tcp", "tcp6", "udp" or "udp6". An IPv6 socket bound to "::"
	// may take IPv4 connections as well; only a connection can tell.
	Protocol string
	// Address is "0.0.0.0", "127.0.0.1", "::", "::1"; an IPv4 address that an
	// IPv6 socket is bound to is written as one.
	Address string
	Port    int
}

// Answer is what came of one request.
type Answer struct {
	Method, Path string
	Purpose      string // "health", "invoke", "init", "extra": what the request stood for
	Outcome      AnswerOutcome
	Status       int    // HTTP status; 0 where no HTTP answer began
	Proto        string // what was spoken: "HTTP/1.1", "HTTP/2", "TLS", "SSH"; "" where nothing tells
	ContentType  string
	// Body holds the first 64 KiB of the body; the first bytes of what is not
	// HTTP; nothing for "extra" requests.
	Body     []byte
	BodySize int64 // bytes of the body that were read, at most 8 MiB and one
	Took     time.Duration
	Error    string // what ended or broke the exchange; "" for an HTTP answer
}

// AnswerOutcome tells apart what a request can meet.
type AnswerOutcome int

// The outcomes of a request.
const (
	NotSent     AnswerOutcome = iota
	Answered                  // a whole HTTP/1.x answer of any status
	Refused                   // nothing listens
	Reset                     // the connection was closed without an answer
	Silent                    // accepted, and no answer in time
	SpeaksTLS                 // the server wants TLS
	SpeaksHTTP2               // the server wants HTTP/2 without an upgrade
	SpeaksOther               // something that is not HTTP
	Malformed                 // it began as HTTP and breaks its grammar, or has a header of more than 64 KiB
	Incomplete                // the answer began, and broke off or did not end in time
)

// answerOutcomes names the outcomes as a sentence about the server would.
var answerOutcomes = [...]string{
	NotSent:     "not sent",
	Answered:    "answered",
	Refused:     "connection refused",
	Reset:       "connection closed without an answer",
	Silent:      "no answer in time",
	SpeaksTLS:   "speaks TLS",
	SpeaksHTTP2: "speaks HTTP/2 only",
	SpeaksOther: "does not speak HTTP",
	Malformed:   "malformed HTTP answer",
	Incomplete:  "incomplete answer",
}

// String returns the outcome in words: "connection refused".
func (o AnswerOutcome) String() string {
	if !o.IsValid() {
		return fmt.Sprintf("AnswerOutcome(%d)", int(o))
	}
	return answerOutcomes[o]
}

// IsValid reports whether the outcome is one of the constants, which one that
// was read from outside need not be.
func (o AnswerOutcome) IsValid() bool { return o >= 0 && int(o) < len(answerOutcomes) }

// Exit is how a container ended by itself.
type Exit struct {
	Ended       bool
	Code        int           // exit code; 128 + N for signal N
	OutOfMemory bool          // the kernel killed it for its memory limit
	After       time.Duration // from its start
	Early       bool          // before the port was open
}

// Stop is how a container ended that was told to.
type Stop struct {
	Told  bool
	Term  bool          // SIGTERM was enough
	After time.Duration // from SIGTERM to the end
}

// MemoryUse is how much memory a container took.
type MemoryUse struct {
	Limit  int64 // bytes; 0 for none
	Peak   int64 // bytes; UnknownBytes where the engine does not tell
	Killed bool  // it was killed for the limit
}

// MaxLogLines is how many lines of a log are kept.
const MaxLogLines = 50

// Log is what a container wrote to its console.
type Log struct {
	Lines []string // the last, at most [MaxLogLines], each at most 500 bytes
	Bytes int64    // that were written, as far as it was read
	Cut   bool     // more was written than was read
}

// Experiment is one further start.
type Experiment struct {
	Change    string // "WORKDIR /app", "memory 512 MB", "USER node", "default capabilities"
	Kind      ExperimentKind
	Works     bool // it listened and answered then
	Listening time.Duration
}

// ExperimentKind tells experiments apart.
type ExperimentKind int

// The kinds of experiment.
const (
	InWorkdir ExperimentKind = iota + 1
	MoreMemory
	AsImageUser
	MoreCapabilities
)
