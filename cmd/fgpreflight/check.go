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
		if err := f.trial.check(cmd.Flags(), len(targets)); err != nil {
			return seeHelp(cmd, err.Error())
		}
		if err := f.checkFormats(); err != nil {
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

// checkable returns the targets, the working folder for none. The error says
// what is wrong with the command line as a whole.
func (p *program) checkable(f *checkFlags, targets []string) ([]string, error) {
	if len(targets) == 0 {
		return f.workingFolder()
	}
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
		if target == "-" {
			streams++
		}
	}
	what, try := "an archive", "pipe one in, as in: docker save app:1.0 | fgpreflight -"
	if f.dockerfile {
		what, try = "a Dockerfile", "redirect it, as in: fgpreflight --dockerfile - <Dockerfile"
	}
	switch {
	case streams > 1:
		return errors.New("the target - is named twice, and there is one standard input")
	case streams == 1 && isTerminal(p.stdin):
		return fmt.Errorf("the target - is %s on standard input, which is a terminal; %s", what, try)
	}
	return nil
}

// check checks the targets and writes the report.
func (p *program) check(ctx context.Context, f *checkFlags, targets []string) error {
	all, err := f.settingsOf(targets)
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
	logs, err := f.trial.openLogs()
	if err != nil {
		return err
	}
	c := &call{program: p, flags: f, settings: all, targets: targets, sinks: to, logs: logs, told: map[string]bool{}}
	if err := errors.Join(c.report(ctx), p.endLogs(logs)); err != nil {
		return err
	}
	if p.code == check.ExitUsage {
		return nil // Nothing was done, so an older report stays.
	}
	return to.commit()
}

// call is one call of the command check.
type call struct {
	*program
	flags    *checkFlags
	targets  []string
	settings []*settings.Settings // of each target
	sinks    sinks
	logs     *logFile        // nil for none
	told     map[string]bool // lines on standard error
}

// gate returns when the call fails, which is the same for all targets.
func (c *call) gate() check.Gate { return c.settings[0].Gate }

// report checks the targets, tells their troubles as they come and writes the
// reports: text as soon as its turn comes, other formats at the end. As long as every
// target is one that cannot be meant, nothing is written, for then the call as
// a whole is wrong.
func (c *call) report(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	outcomes, wait := c.start(ctx)
	defer wait()
	defer cancel()
	var reports []*check.Report
	written, meant := 0, false
	for _, next := range outcomes {
		o := <-next
		if ctx.Err() != nil {
			return &incompleteError{context.Cause(ctx)}
		}
		c.tell(o)
		reports = append(reports, o.report)
		meant = meant || !o.usage
		for ; meant && written < len(reports); written++ {
			if err := c.writeText(reports[written], written == 0); err != nil {
				return &incompleteError{err}
			}
		}
	}
	if !meant {
		c.code = check.ExitUsage
		return nil
	}
	c.code = report.ExitCode(reports, c.gate())
	if err := c.writeEnd(reports); err != nil {
		return &incompleteError{err}
	}
	return nil
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
