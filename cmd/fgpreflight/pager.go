// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
)

// paged writes a text to standard output, by way of a pager where that is a
// terminal and the text does not fit on it.
func (p *program) paged(ctx context.Context, text []byte) error {
	rows := 0
	if isTerminal(p.stdout.Writer) && os.Getenv("TERM") != "dumb" {
		rows = terminalRows(p.stdout.Writer)
	}
	if rows == 0 || bytes.Count(text, []byte("\n")) < rows || !p.page(ctx, text) {
		_, err := p.stdout.Write(text)
		return err
	}
	return nil
}

// page lets the user's pager show the text. It returns false where there is no
// pager that runs.
func (p *program) page(ctx context.Context, text []byte) bool {
	words := pager()
	if len(words) == 0 {
		return false
	}
	// An interrupt is the pager's affair, which has the terminal.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), words[0], words[1:]...) //nolint:gosec // Starting what the user named is the purpose.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), p.stdout.Writer, p.stderr
	if err := cmd.Start(); err != nil {
		return false
	}
	_ = cmd.Wait() // A pager that quits early says so here, and the user wanted it.
	return true
}

// pager returns the command of the user's pager and its arguments: what PAGER
// says, with blanks between them, or less. It is empty for none.
func pager() []string {
	command, set := os.LookupEnv("PAGER")
	if !set {
		command = "less -FRX"
	}
	return strings.Fields(command)
}
