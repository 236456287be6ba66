// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strconv"

	"github.com/mattn/go-isatty"

	"github.com/fgpreflight/fgpreflight/check/report"
)

// isTerminal reports whether the reader or writer is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(interface{ Fd() uintptr })
	return ok && (isatty.IsTerminal(file.Fd()) || isatty.IsCygwinTerminal(file.Fd()))
}

// style returns how text is laid out. Unless the user decides it, there are
// colours only on a terminal that has some, and never with NO_COLOR.
func (p *program) style(color string, toFile bool) report.Style {
	s := report.Style{Color: color == "always"}
	if color == "auto" {
		s.Color = !toFile && isTerminal(p.stdout.Writer) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		s.Width = columns
	}
	return s
}
