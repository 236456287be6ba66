// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/fgpreflight/fgpreflight/check"
)

// Limits on a Dockerfile. Real ones have some hundred lines.
const (
	// MaxSize is how many bytes a Dockerfile may have.
	MaxSize   = 1 << 20
	maxFaults = 20 // mistakes that the parser is restarted after
	maxStages = 1_000
	maxLine   = 64<<10 - 1 // bytes; the parser takes no longer ones
)

// file is a Dockerfile taken apart.
type file struct {
	*listing
	args   []*instruction // ARG before the first FROM
	stages []*stage
	faults []check.Fault
	broken error // why nothing at all can be known; nil for a file with stages
}

// instruction is one instruction and its lines.
type instruction struct {
	command     any // a pointer of package instructions; nil where there is a fault
	first, last int
	heredoc     bool
	fault       error // why it is none
}

// stage is a build stage: FROM and the instructions up to the next.
type stage struct {
	*instruction
	index    int
	from     *instructions.Stage
	commands []*instruction

	// What the first pass finds out:
	ref      string // the expanded name of the base image
	refErr   error  // why that is not certain
	platform string // the expanded --platform; "" for none
	platErr  error  // why that is not certain
	base     *stage // the stage that FROM names; nil for an image
}

// name returns the stage's name as FROM gives it, in lower case.
func (s *stage) name() string { return strings.ToLower(s.from.Name) }

// parse takes the text apart. Mistakes are faults of the file. An error means
// that this is no text to be judged.
func parse(name string, data []byte) (*file, error) {
	switch {
	case len(data) > MaxSize:
		return nil, fmt.Errorf("it is larger than %d bytes, so it is no Dockerfile", MaxSize)
	case bytes.IndexByte(data, 0) >= 0:
		return nil, errors.New("it holds binary data, so it is no Dockerfile")
	}
	f := &file{listing: newListing(name, data)}
	for i, line := range f.lines {
		if len(line) > maxLine {
			f.breaks(i+1, fmt.Errorf("the line has %d bytes; docker build takes %d at most", len(line), maxLine))
			return f, nil
		}
	}
	list := f.instructions(data)
	f.group(list)
	return f, nil
}

// breaks notes a mistake that leaves nothing to be known.
func (f *file) breaks(line int, err error) {
	f.fault(line, err)
	f.broken = seeFG001(line)
}

// fault notes a mistake for FG001.
func (f *file) fault(line int, err error) {
	f.faults = append(f.faults, check.Fault{
		At: f.line(line), Message: brief(err.Error()),
		Fix: "correct what is marked: docker build stops there with the same message",
	})
}

// seeFG001 is why a fact behind a mistake is not known.
func seeFG001(line int) error {
	return &check.UnavailableError{
		Fact: "Dockerfile",
		Why:  fmt.Sprintf("line %d is wrong, so what it was meant to do is not known; see FG001 (parses)", line),
		Hint: "mend FG001 first",
	}
}

// instructions parses the text. What does not parse is blanked out and becomes
// an instruction with a fault, so that the rest can be read.
func (f *file) instructions(data []byte) []*instruction {
	lines := bytes.Split(data, []byte("\n"))
	var list []*instruction
	for {
		result, err := parser.Parse(bytes.NewReader(bytes.Join(lines, []byte("\n"))))
		if err == nil {
			f.escape = result.EscapeToken
			list = append(list, f.typed(result.AST)...)
			break
		}
		first, last := linesOf(err)
		known := first >= 1 && last >= first && last <= len(lines)
		blank := known && len(bytes.TrimSpace(bytes.Join(lines[first-1:last], nil))) == 0
		if !known || blank || len(list) >= maxFaults {
			f.breaks(min(max(first, 1), len(lines)), messageOf(err))
			break
		}
		list = append(list, &instruction{first: first, last: last, fault: messageOf(err)})
		for i := first - 1; i < last; i++ {
			lines[i] = nil
		}
	}
	slices.SortStableFunc(list, func(a, b *instruction) int { return cmp.Compare(a.first, b.first) })
	return list
}

// typed returns the instructions of a syntax tree.
func (f *file) typed(tree *parser.Node) []*instruction {
	lint := linter.New(&linter.Config{}) // A nil one makes the parser panic.
	var list []*instruction
	for _, node := range tree.Children {
		in := &instruction{first: node.StartLine, last: node.EndLine, heredoc: len(node.Heredocs) > 0}
		command, err := instructions.ParseInstructionWithLinter(node, lint)
		if err != nil {
			in.fault = messageOf(err)
		} else {
			in.command = command
		}
		list = append(list, in)
	}
	return list
}

// group divides the instructions into stages.
func (f *file) group(list []*instruction) {
	for _, in := range list {
		if in.fault != nil {
			f.fault(in.first, in.fault)
		}
		from, isFrom := in.command.(*instructions.Stage)
		_, isArg := in.command.(*instructions.ArgCommand)
		switch {
		case isFrom && len(f.stages) == maxStages:
			f.breaks(in.first, fmt.Errorf("it has more than %d stages", maxStages))
			return
		case isFrom:
			f.stages = append(f.stages, &stage{instruction: in, index: len(f.stages), from: from})
		case len(f.stages) > 0:
			last := f.stages[len(f.stages)-1]
			last.commands = append(last.commands, in)
		case isArg:
			f.args = append(f.args, in)
		case in.fault == nil:
			f.fault(in.first, errors.New("no build stage in current context: FROM must come first"))
		}
	}
	if len(f.stages) == 0 && f.broken == nil {
		f.broken = seeFG001(1)
		if len(f.faults) == 0 {
			f.breaks(1, errors.New("the Dockerfile has no FROM"))
		}
	}
}

// linesOf returns the lines that an error of the parser is about, 0 for none.
func linesOf(err error) (first, last int) {
	var located *parser.LocationError
	if !errors.As(err, &located) {
		return 0, 0
	}
	for _, ranges := range located.Locations {
		for _, r := range ranges {
			if first == 0 || r.Start.Line < first {
				first = r.Start.Line
			}
			last = max(last, r.End.Line)
		}
	}
	return first, last
}

// messageOf returns an error of the parser without what only its program needs.
func messageOf(err error) error {
	return errors.New(brief(err.Error()))
}

// maxShown is how many bytes of the text get into a message.
const maxShown = 200

func brief(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "…"
}
