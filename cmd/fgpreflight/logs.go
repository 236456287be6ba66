// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"sync"

	"github.com/fgpreflight/fgpreflight/check"
)

// logFile is the file that the flag --logs names.
type logFile struct {
	file *os.File

	mu      sync.Mutex
	written int64
	whole   int64 // bytes that the container wrote, as far as is known
	err     error // of the first write that failed
}

// openLogs returns the file for the log of the container, or nil where none is
// wanted. What it holds stays until a container is started.
func (f *trialFlags) openLogs() (*logFile, error) {
	if f.logs == "" {
		return nil, nil
	}
	//nolint:gosec // G302, G304: The user names the file, and a log is for everybody whom the umask lets.
	file, err := os.OpenFile(f.logs, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("--logs: %w", err)
	}
	return &logFile{file: file}, nil
}

// begin makes room for a new log.
func (l *logFile) begin() { _ = l.file.Truncate(0) } // A device or a pipe has no length.

// Write writes a piece of the log. The container is not held up by an error.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.file.Write(p)
	l.written += int64(n)
	l.err = err
	return n, err
}

// note keeps how much the container wrote.
func (l *logFile) note(log check.Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.whole = log.Bytes
}

// endLogs closes the file, and tells what is missing in it.
func (p *program) endLogs(l *logFile) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.err
	if closeErr := l.file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return &incompleteError{fmt.Errorf("writing the container's log: %w", err)}
	}
	if l.written < l.whole {
		p.complain(fmt.Sprintf("%s: the container wrote at least %d bytes, and the log holds the first %d", l.file.Name(), l.whole, l.written))
	}
	return nil
}
