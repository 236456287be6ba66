// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
	"github.com/fgpreflight/fgpreflight/check/settings"
	"github.com/fgpreflight/fgpreflight/check/source"
)

func (p *program) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "check [flags] [TARGET...]",
		Short:   "Check Dockerfiles and images; the word may be left out",
		Example: rootExample,
	}
	p.checksTargets(cmd)
	return cmd
}

// checksTargets makes cmd the command that checks targets.
func (p *program) checksTargets(cmd *cobra.Command) {
	f := newCheckFlags(cmd.Flags())
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, targets []string) error {
		if err := f.trial.check(cmd.Flags()); err != nil {
			return seeHelp(cmd, err.Error())
		}
		if err := f.checkFormats(); err != nil {
			return seeHelp(cmd, err.Error())
		}
		if err := f.checkBaseline(); err != nil {
			return seeHelp(cmd, err.Error())
		}
		targets, err := p.checkable(f, targets)
		if err != nil {
			return seeHelp(cmd, err.Error())
		}
		return p.check(cmd.Context(), f, targets)
	}
	cmd.Annotations = map[string]string{moreKey: formatsHelp()}
	completeCheck(cmd, f)
}

// checkable returns the targets on the command line and in the list, the
// working folder where there is neither. The error says what is wrong with the
// call as a whole.
func (p *program) checkable(f *checkFlags, targets []string) ([]string, error) {
	if len(targets) == 0 && f.targetsFrom == "" {
		return f.workingFolder()
	}
	if err := p.checkStreams(f, targets); err != nil {
		return nil, err
	}
	listed, err := p.listed(f)
	if err != nil {
		return nil, err
	}
	targets = append(targets, listed...)
	return targets, p.checkStreams(f, targets)
}

// workingFolder returns the target that is meant where none is named.
func (f *checkFlags) workingFolder() ([]string, error) {
	if f.dockerfile {
		return nil, errors.New("name the target - for standard input, as in: fgpreflight --dockerfile - <Dockerfile")
	}
	if _, err := source.Detect(".", sight); err != nil {
		return nil, errors.New("the working folder holds no Dockerfile; name a target, as in: fgpreflight api.Dockerfile, or: fgpreflight docker:app:1.0")
	}
	return []string{"."}, nil
}

// checkStreams returns what is wrong with the target on standard input.
func (p *program) checkStreams(f *checkFlags, targets []string) error {
	streams := 0
	for _, target := range targets {
		if target == stdinName {
			streams++
		}
	}
	what, try := "an archive", "pipe one in, as in: docker save app:1.0 | fgpreflight -"
	if f.dockerfile {
		what, try = "a Dockerfile", "redirect it, as in: fgpreflight --dockerfile - <Dockerfile"
	}
	switch {
	case streams > 0 && f.targetsFrom == stdinName:
		return errors.New("standard input cannot be both the target - and the list of --targets-from")
	case streams > 1:
		return errors.New("the target - is named twice, and there is one standard input")
	case streams == 1 && isTerminal(p.stdin):
		return fmt.Errorf("the target - is %s on standard input, which is a terminal; %s", what, try)
	}
	return nil
}

// check checks the targets and writes the report.
func (p *program) check(ctx context.Context, f *checkFlags, targets []string) error {
	targets, lost := p.expanded(ctx, f, targets)
	part := f.shard.part(targets)
	if len(part) == 0 {
		p.complain(fmt.Sprintf("no target is in part %d of %d, as there are %d", f.shard.number, f.shard.of, len(targets)))
	}
	if f.trial.logs != "" && len(part) > 1 {
		return errors.New("--logs takes the log of one target, and there are several")
	}
	all, err := f.settingsOf(part)
	if err != nil {
		return err
	}
	p.busy = p.progress(f)
	defer p.busy.start(ctx)()
	to, err := p.openSinks(f)
	if err != nil {
		return err
	}
	defer to.abandon()
	known, err := p.openBaseline(f, all[0].Gate)
	if err != nil {
		return err
	}
	defer known.abandon()
	logs, err := f.trial.openLogs()
	if err != nil {
		return err
	}
	c := &call{program: p, flags: f, targets: part, lost: lost, settings: all, sinks: to, baseline: known, logs: logs, told: map[string]bool{}}
	if err := errors.Join(c.report(ctx), p.endLogs(logs)); err != nil {
		return err
	}
	if p.code == check.ExitUsage {
		return nil // Nothing was done, so an older report stays.
	}
	return errors.Join(to.commit(), c.endBaseline())
}

// call is one call of the command check.
type call struct {
	*program
	flags    *checkFlags
	targets  []string
	lost     map[string]error     // why a target that is a pattern is not known to stand for any
	settings []*settings.Settings // of each target, and of one where there is none
	shared   *source.Shared       // what the targets have in common
	sinks    sinks
	baseline baseline
	logs     *logFile        // nil for none
	told     map[string]bool // lines on standard error
}

// gate returns when the call fails, which is the same for all targets.
func (c *call) gate() check.Gate { return c.settings[0].Gate }

// collected is what is kept of the targets that were checked.
type collected struct {
	lines   []report.Line
	reports []*check.Report // only where a format needs them all
}

// report checks the targets, tells their troubles as they come and writes the
// reports: text and lines as soon as their turn comes, other formats at the end.
// As long as every target is one that cannot be meant, nothing is written, for
// then the call as a whole is wrong.
func (c *call) report(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	c.shared = source.NewShared(ctx)
	defer c.shared.Close()
	turns, wait := c.start(ctx)
	defer wait()
	defer cancel()
	var done collected
	var waiting []*check.Report
	written, meant := 0, len(c.targets) == 0
	for turn := range turns {
		o := <-turn
		if ctx.Err() != nil {
			break
		}
		c.tell(o)
		c.baseline.apply(o.report)
		c.take(o.report, &done)
		waiting = append(waiting, o.report)
		if meant = meant || !o.usage; !meant {
			continue
		}
		for _, r := range waiting {
			if err := c.writeTarget(r, written == 0); err != nil {
				return &incompleteError{err}
			}
			written++
		}
		waiting = nil
	}
	switch {
	case ctx.Err() != nil:
		return &incompleteError{context.Cause(ctx)}
	case !meant:
		c.code = check.ExitUsage
		return nil
	}
	if err := c.writeEnd(&done); err != nil {
		return &incompleteError{err}
	}
	return nil
}

// take keeps what is needed of a report.
func (c *call) take(r *check.Report, done *collected) {
	line := report.NewLine(r, c.gate())
	done.lines = append(done.lines, line)
	c.code = max(c.code, line.Code)
	if c.sinks.wantDocument() {
		done.reports = append(done.reports, r)
	}
}

// tell writes the troubles of a target to standard error, each once.
func (c *call) tell(o outcome) {
	for _, err := range o.report.Errors() {
		if !c.told[err.Error()] {
			c.told[err.Error()] = true
			c.complain(err.Error())
		}
	}
}
