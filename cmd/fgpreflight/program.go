// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// program is one call of the command.
type program struct {
	stdin  io.Reader
	stdout *output
	stderr io.Writer
	busy   *progress
	code   int // the exit code unless there is an error
}

// run carries out one call and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := untilSignal(ctx)
	defer stop()
	p := &program{stdin: stdin, stderr: stderr, busy: &progress{}}
	p.stdout = &output{Writer: stdout, program: p}
	root := p.rootCommand() //nolint:contextcheck // Cobra hands the context to the commands.
	root.SetArgs(args)
	return p.exitCode(root.ExecuteContext(ctx))
}

// exitCode tells what went wrong, one line each, and returns the exit code.
// What keeps the program from its work without being the user's mistake is an
// [incompleteError].
func (p *program) exitCode(err error) int {
	if failure := p.stdout.err; failure != nil {
		if !errors.Is(failure, syscall.EPIPE) { // A reader who has seen enough wants no message.
			p.complain(fmt.Sprintf("writing to standard output: %v", failure))
		}
		return check.ExitIncomplete
	}
	if err == nil {
		return p.code
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		p.complain(line)
	}
	if _, ok := errors.AsType[*incompleteError](err); ok {
		return check.ExitIncomplete
	}
	return check.ExitUsage
}

// maxComplaint is how many bytes a line on standard error may have.
const maxComplaint = 4 << 10

// complain writes one line to standard error.
func (p *program) complain(line string) {
	p.busy.aside(func() { fmt.Fprintln(p.stderr, "fgpreflight: "+report.Sanitise(line, maxComplaint)) })
}

// incompleteError is trouble that no other command line would have avoided.
type incompleteError struct{ err error }

func (e *incompleteError) Error() string { return e.err.Error() }
func (e *incompleteError) Unwrap() error { return e.err }

// output remembers that writing failed, since the writers of help texts and
// completions do not tell.
type output struct {
	io.Writer
	program *program
	err     error
}

func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n := 0
	o.program.busy.aside(func() { n, o.err = o.Writer.Write(b) })
	return n, o.err
}

var errInterrupted = errors.New("interrupted")

// untilSignal returns a context that the first interrupt ends; the second ends
// the program at once. While it lasts, writing to a pipe that nobody reads is
// an error like others instead of the program's end.
func untilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	interrupts, broken := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signal.Notify(interrupts, syscall.SIGHUP)
	}
	signal.Notify(broken, syscall.SIGPIPE)
	go func() {
		select {
		case <-interrupts:
			signal.Stop(interrupts)
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(interrupts)
		signal.Stop(broken)
		cancel(nil)
	}
}
