// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"net/netip"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// EventKind tells events apart.
type EventKind string

// The kinds of event.
const (
	Listening EventKind = "listening" // the listeners, at the first look and whenever they changed
	Open      EventKind = "open"      // a connection to the port was accepted, or a request to a published one met a server
	Answer    EventKind = "answer"    // a request has met its outcome
	Done      EventKind = "done"      // the prober has finished
)

// Event is one thing that a [Prober] saw.
type Event struct {
	Kind EventKind
	Time time.Time // by the clock of the prober's host, which is the engine's too
	// Listeners are those of Listening; Trouble says why they cannot be known.
	Listeners []check.Listener `json:",omitempty"`
	Trouble   string           `json:",omitempty"`
	Answer    *check.Answer    `json:",omitempty"` // that of Answer
}

// isValid reports whether a prober may have written the event.
func (e Event) isValid() bool {
	if e.Time.IsZero() {
		return false
	}
	switch e.Kind {
	case Listening:
		return len(e.Listeners) <= MaxListeners && allValid(e.Listeners)
	case Answer:
		return e.Answer != nil && isValidAnswer(e.Answer)
	case Open, Done:
		return true
	}
	return false
}

func allValid(listeners []check.Listener) bool {
	for _, l := range listeners {
		_, err := netip.ParseAddr(l.Address)
		if err != nil || l.Port < 0 || l.Port > 65535 || !isProtocol(l.Protocol) {
			return false
		}
	}
	return true
}

func isProtocol(name string) bool {
	for _, table := range socketTables {
		if table.protocol == name {
			return true
		}
	}
	return false
}

func isValidAnswer(a *check.Answer) bool {
	return a.Outcome.IsValid() && a.Status >= 0 && a.Status <= 999 && a.Took >= 0 &&
		len(a.Body) <= maxKept && a.BodySize >= 0 && a.BodySize <= MaxBody+1
}
