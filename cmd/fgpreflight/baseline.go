// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// checkBaseline says what is wrong with the flags of the baseline together.
func (f *checkFlags) checkBaseline() error {
	switch {
	case f.baseline != "" && f.writeBaseline != "":
		return errors.New("--baseline and --write-baseline exclude each other: what the one hides, the other would not record; leave --baseline out to record what is left")
	case f.writeBaseline != "" && f.shard.of != 0:
		return errors.New("--write-baseline takes all targets, and --shard leaves some out; leave --shard out to record them")
	case f.writeBaseline == "":
		return nil
	}
	reports := []string{f.output}
	for _, w := range f.formats {
		reports = append(reports, w.file)
	}
	for _, file := range reports {
		if file != "" && filepath.Clean(file) == filepath.Clean(f.writeBaseline) {
			return fmt.Errorf("--write-baseline: %s is the file of a report", file)
		}
	}
	return nil
}

// baselineFile reads the value of a flag that names a baseline.
func baselineFile(s string) (string, error) {
	if s == "" || s == stdinName {
		return "", errors.New("want the name of a file, which is kept with the targets")
	}
	return s, nil
}

// baseline is that of a call: none, one that was read, or one that is written.
type baseline struct {
	*report.Baseline // nil for none
	path             string
	to               destination // nil unless it is written
}

// openBaseline reads the baseline, or makes the file for a new one, before any
// target is read.
func (p *program) openBaseline(f *checkFlags, g check.Gate) (baseline, error) {
	switch {
	case f.baseline != "":
		known, err := readBaseline(f.baseline, baselineOptions(f.baseline, g))
		return baseline{Baseline: known, path: f.baseline}, err
	case f.writeBaseline != "":
		to, err := p.destination("--write-baseline", f.writeBaseline)
		return baseline{report.NewBaseline(f.writeBaseline, baselineOptions(f.writeBaseline, g)), f.writeBaseline, to}, err
	}
	return baseline{}, nil
}

// baselineOptions makes the folder of the baseline the root of its paths.
func baselineOptions(path string, g check.Gate) report.Options {
	o := report.Options{Gate: g}
	dir, err := os.Getwd()
	if err != nil {
		return o // Paths stay as they were named.
	}
	o.Dir, o.Root = dir, filepath.Dir(path)
	if !filepath.IsAbs(path) {
		o.Root = filepath.Join(dir, o.Root)
	}
	return o
}

func readBaseline(path string, o report.Options) (*report.Baseline, error) {
	file, err := os.Open(path) //nolint:gosec // G304: Opening the file that the user named is the purpose.
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--baseline: %w; record what fails now with --write-baseline %s", err, path)
	case err != nil:
		return nil, fmt.Errorf("--baseline: %w; let it be read", err)
	}
	defer file.Close() //nolint:errcheck // It was only read.
	known, err := report.ReadBaseline(file, path, o)
	if err != nil {
		return nil, fmt.Errorf("--baseline: %s: %w; restore it, or write it anew with --write-baseline %s", path, err, path)
	}
	return known, nil
}

// apply hides in a report what the baseline knows, or comes to know.
func (b baseline) apply(r *check.Report) {
	if b.Baseline == nil {
		return
	}
	if b.to != nil {
		b.Record(r)
	}
	b.Apply(r)
}

func (b baseline) abandon() {
	if b.to != nil {
		b.to.abandon()
	}
}

// endBaseline completes a new baseline, or tells what an old one knows in vain.
// Neither is sure when the check is not complete.
func (c *call) endBaseline() error {
	switch b := c.baseline; {
	case b.to != nil && c.code == check.ExitIncomplete:
		c.complain(fmt.Sprintf("--write-baseline: %s is not written, as the check is not complete; see to the trouble and try again", b.path))
	case b.to != nil:
		if err := b.Write(b.to); err != nil {
			return &incompleteError{fmt.Errorf("--write-baseline: %w", err)}
		}
		return b.to.commit()
	case b.Baseline != nil && c.code != check.ExitIncomplete && c.flags.shard.of == 0:
		c.tellGone(b)
	}
	return nil
}

// maxGone is how many findings that are gone are told.
const maxGone = 20

// tellGone tells what the baseline knows and the targets do not hold any more.
func (c *call) tellGone(b baseline) {
	gone := b.Gone()
	for _, known := range gone[:min(maxGone, len(gone))] {
		c.complain(fmt.Sprintf("baseline %s: no longer there: %v", b.path, known))
	}
	if more := len(gone) - maxGone; more > 0 {
		c.complain(fmt.Sprintf("baseline %s: no longer there: %d more", b.path, more))
	}
	if len(gone) > 0 {
		c.complain(fmt.Sprintf("baseline %s: record what is left with --write-baseline %s in place of --baseline", b.path, b.path))
	}
}
