// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
)

// What tests call beside the program itself.
var (
	Run   = run
	Open  = open
	Suit  = suit
	Blame = blame
)

// Progress is what shows on a terminal what the checks do.
type Progress = progress

// NewProgress returns the progress on a terminal.
func NewProgress(terminal io.Writer) *Progress { return &progress{terminal: terminal} }

// Start begins to show it, until end is called or the context ends.
func (p *progress) Start(ctx context.Context) (end func()) { return p.start(ctx) }

// Of returns what is told of the check of a target.
func (p *progress) Of(target string) func(doing string) { return p.of(target) }

// Aside lets others write.
func (p *progress) Aside(write func()) { p.aside(write) }
