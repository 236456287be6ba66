// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// Limits on what is read of a prober. The longest line is a body of 64 KiB in
// base64, or 1,000 listeners.
const (
	maxLine   = 256 << 10
	maxEvents = 10_000
	maxStream = 64 << 20
)

// ErrLimit is the error of [Read] for more events or bytes than a prober
// writes.
var ErrLimit = errors.New("a prober does not write that much")

// Result is all that a prober saw.
type Result struct {
	Began    time.Time // the first look
	Opened   time.Time // when the port was found open; zero for never
	Answered time.Time // when the first whole HTTP answer had come; zero for never
	// Listeners and NoListeners are as in check.Trial.
	Listeners   []check.Listener
	NoListeners error
	Answers     []check.Answer
	Done        bool // the prober came to its end
}

// Read reads the lines of a prober until it is done, or to their end. Each event
// is passed to each, unless that is nil. Lines that are no event are skipped;
// the result holds what was read until the error.
func Read(r io.Reader, each func(Event)) (Result, error) {
	var result Result
	// One byte more than the limit tells a stream that goes on.
	stream := &io.LimitedReader{R: r, N: maxStream + 1}
	lines := bufio.NewReaderSize(stream, maxLine)
	for events := 0; ; {
		line, err := readLine(lines)
		if e, ok := decode(line); ok {
			if events++; events > maxEvents {
				return result, fmt.Errorf("%w: more than %d events", ErrLimit, maxEvents)
			}
			result.add(e)
			if each != nil {
				each(e)
			}
			if result.Done {
				return result, nil
			}
		}
		switch {
		case stream.N <= 0:
			return result, fmt.Errorf("%w: more than %d bytes", ErrLimit, maxStream)
		case errors.Is(err, io.EOF):
			return result, nil
		case err != nil:
			return result, err
		}
	}
}

// readLine returns the next line. One that is too long is skipped, and empty
// for the caller.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	return nil, err
}

// decode returns the event that a line holds.
func decode(line []byte) (Event, bool) {
	var e Event
	// Other lines are cheaply told from events, and there may be many.
	if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &e) != nil {
		return Event{}, false
	}
	return e, e.isValid()
}

func (r *Result) add(e Event) {
	switch e.Kind {
	case Listening:
		r.addListeners(e)
	case Open:
		if r.Opened.IsZero() {
			r.Opened = e.Time
		}
	case Answer:
		r.Answers = append(r.Answers, *e.Answer)
		if e.Answer.Outcome == check.Answered && r.Answered.IsZero() {
			r.Answered = e.Time
		}
	case Done:
		r.Done = true
	}
}

// addListeners keeps the last listeners that there were, so that those of a
// server that has ended since are known.
func (r *Result) addListeners(e Event) {
	first := r.Began.IsZero()
	if first {
		r.Began = e.Time
	}
	switch {
	case e.Trouble == "":
		r.NoListeners = nil
		if len(e.Listeners) > 0 {
			r.Listeners = e.Listeners
		}
	case first:
		r.NoListeners = &check.UnavailableError{Fact: "listeners", Why: e.Trouble}
	}
}
