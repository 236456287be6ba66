// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/fgpreflight/fgpreflight/check"
)

const (
	maxOutput  = 256 << 20 // bytes that are passed on
	maxLogLine = 500       // bytes of a line
)

// output is what a container writes to its console. It reads whatever comes,
// and keeps only the last lines.
type output struct {
	writers [2]io.Writer // of standard output and standard error; nil for nobody
	close   func() error // told the end; nil for nobody
	done    chan struct{}

	mu      sync.Mutex
	lines   []string
	partial [2][]byte // the lines that have no end yet
	open    [2]bool   // there is such a line
	size    int64
	left    int64 // bytes that are still passed on
	err     error // what broke the stream
}

func newOutput(stdout, stderr io.Writer, end func() error) *output {
	return &output{writers: [2]io.Writer{stdout, stderr}, close: end, done: make(chan struct{}), left: maxOutput}
}

// readAll reads the stream to its end: frames of a head of eight bytes, whose
// first tells the stream and the last four the size of what follows.
// Source: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
func (o *output) readAll(r io.Reader) {
	defer close(o.done)
	if o.close != nil {
		defer func() { _ = o.close() }()
	}
	in := bufio.NewReaderSize(r, 64<<10)
	buf := make([]byte, 32<<10)
	var head [8]byte
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			o.end(err)
			return
		}
		if head[0] > 2 {
			o.end(fmt.Errorf("%w: output of stream %d", errOddAnswer, head[0]))
			return
		}
		for left := int(binary.BigEndian.Uint32(head[4:])); left > 0; {
			n, err := in.Read(buf[:min(left, len(buf))])
			o.write(int(head[0])/2, buf[:n])
			left -= n
			if err != nil {
				o.end(io.ErrUnexpectedEOF)
				return
			}
		}
	}
}

func (o *output) end(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !errors.Is(err, io.EOF) {
		o.err = err
	}
}

// write takes a piece of a stream. The writer is called outside of the lock:
// it may block.
func (o *output) write(stream int, p []byte) {
	o.mu.Lock()
	o.size += int64(len(p))
	passed := p[:min(int64(len(p)), o.left)]
	o.left -= int64(len(passed))
	o.keep(stream, p)
	o.mu.Unlock()
	if w := o.writers[stream]; w != nil && len(passed) > 0 {
		if _, err := w.Write(passed); err != nil {
			o.writers[stream] = nil // who does not want more gets no more
		}
	}
}

// keep adds to the last lines. Lines that would fall out again are not looked
// at, so that a flood costs little.
func (o *output) keep(stream int, p []byte) {
	if rest := lastLines(p); len(rest) < len(p) {
		o.partial[stream], o.open[stream], p = nil, false, rest
	}
	for len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte("\n"))
		p = rest
		have := o.partial[stream]
		o.partial[stream] = append(have, line[:min(len(line), maxLogLine-len(have))]...)
		o.open[stream] = true
		if ended {
			o.lines = append(o.lines, string(o.partial[stream]))
			o.lines = o.lines[max(0, len(o.lines)-check.MaxLogLines):]
			o.partial[stream], o.open[stream] = nil, false
		}
	}
}

// lastLines returns the end of p with the last whole lines and what follows
// them.
func lastLines(p []byte) []byte {
	end := len(p)
	for range check.MaxLogLines + 1 {
		if end = bytes.LastIndexByte(p[:end], '\n'); end < 0 {
			return p
		}
	}
	return p[end+1:]
}

// Log returns the last lines that the container wrote to its console so far,
// those of both streams as they came. Their bytes are as they were written.
func (c *Container) Log() check.Log {
	o := c.output
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := slices.Clone(o.lines)
	for stream := range o.partial {
		if o.open[stream] {
			lines = append(lines, string(o.partial[stream]))
		}
	}
	return check.Log{
		Lines: lines[max(0, len(lines)-check.MaxLogLines):],
		Bytes: o.size,
		Cut:   o.err != nil || o.size > maxOutput,
	}
}
