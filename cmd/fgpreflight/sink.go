// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// sink is a format on its way to where it goes.
type sink struct {
	format
	to     destination
	toFile bool
	// extra marks what the user did not ask for: trouble with it is told, and
	// changes nothing else.
	extra bool
}

// sinks is where the formats of a call go.
type sinks []sink

// openSinks makes every destination before anything is read, so that a wrong
// path is told at once.
func (p *program) openSinks(f *checkFlags) (sinks, error) {
	var out sinks
	for _, w := range f.wantedFormats() {
		flag, path := "--format", w.file
		if path == "" {
			flag, path = "--output", f.output
		}
		to, err := p.destination(flag, path)
		if err != nil {
			out.abandon()
			return nil, err
		}
		out = append(out, sink{format: w.format, to: to, toFile: path != ""})
		if w.name == autoFormat && onGitHub() {
			out = append(out, p.githubSinks()...)
		}
	}
	return out, nil
}

// onGitHub reports whether this is a step of GitHub Actions.
func onGitHub() bool { return os.Getenv("GITHUB_ACTIONS") == "true" }

// githubSinks returns what GitHub Actions gets beside the text: annotations,
// which it reads from standard error as well, so that standard output is what
// it is elsewhere, and a part of the job's summary.
func (p *program) githubSinks() sinks {
	out := sinks{{format: mustFind(githubFormat), to: stream{p.stderr}, extra: true}}
	path := os.Getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return out
	}
	// What the step's other commands wrote stays.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0) //nolint:gosec // G304: The pipeline names the file.
	if err != nil {
		p.complain(fmt.Sprintf("the job summary: %v", err))
		return out
	}
	return append(out, sink{format: mustFind(markdownFormat), to: device{file, p.busy}, extra: true})
}

func mustFind(name string) format {
	f, err := findFormat(name)
	if err != nil {
		panic(err)
	}
	return f
}

func (s sinks) abandon() {
	for _, one := range s {
		one.to.abandon()
	}
}

// commit completes all destinations, or those before the first that fails.
func (s sinks) commit() error {
	for _, one := range s {
		if err := one.to.commit(); err != nil && !one.extra {
			return err
		}
	}
	return nil
}

// isText reports whether the format is for people.
func (s sink) isText() bool { return s.document == nil && s.line == nil }

// wantDocument reports whether a format needs all reports at the end.
func (s sinks) wantDocument() bool {
	return slices.ContainsFunc(s, func(one sink) bool { return one.document != nil })
}

// writeTarget writes the report of one target in the formats that do not wait
// for the others.
func (c *call) writeTarget(r *check.Report, first bool) error {
	for _, s := range c.sinks {
		var err error
		switch {
		case s.line != nil:
			err = s.line(s.to, r, c.gate())
		case s.isText():
			err = c.writeText(s, r, first)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *call) writeText(s sink, r *check.Report, first bool) error {
	if !first {
		if err := emptyLine(s.to); err != nil {
			return err
		}
	}
	return report.Text(s.to, r, c.textOptions(s))
}

// writeEnd writes what follows the last target, and the formats that are
// documents of the whole call.
func (c *call) writeEnd(done *collected) error {
	for _, s := range c.sinks {
		err := c.finish(s, done)
		switch {
		case err != nil && s.extra:
			c.complain(err.Error())
		case err != nil:
			return err
		}
	}
	return nil
}

func (c *call) finish(s sink, done *collected) error {
	switch {
	case s.document != nil:
		return s.document(s.to, done.reports, c.reportOptions())
	case !s.isText(), len(done.lines) < 2:
		return nil
	}
	if err := emptyLine(s.to); err != nil {
		return err
	}
	return report.Summary(s.to, done.lines, c.style(c.flags.color, s.toFile))
}

func emptyLine(w io.Writer) error {
	if _, err := io.WriteString(w, "\n"); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

func (c *call) textOptions(s sink) report.TextOptions {
	return report.TextOptions{
		Style:   c.style(c.flags.color, s.toFile),
		Gate:    c.gate(),
		Verbose: c.flags.verbose,

		Baseline: c.baseline.path,
	}
}

// reportOptions returns how the formats for programs are written. Their paths begin
// at the root of the repository, where a pipeline says which that is.
func (c *call) reportOptions() report.Options {
	o := report.Options{Gate: c.gate(), Version: version(), Verbose: c.flags.verbose}
	dir, err := os.Getwd()
	if err != nil {
		return o // Paths stay as they were named.
	}
	o.Dir, o.Root = dir, dir
	for _, name := range []string{"GITHUB_WORKSPACE", "CI_PROJECT_DIR"} {
		if root := os.Getenv(name); filepath.IsAbs(root) {
			o.Root = root
		}
	}
	return o
}
