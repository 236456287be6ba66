// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// mbPerCore is the memory that brings a whole core: 128 MB have a tenth.
const mbPerCore = 1280

// withMemory returns the conditions with the memory of a function, in MB, and
// the share of the CPU that comes with it; 0 is no limit and one core.
func withMemory(k engine.Conditions, mb int64) engine.Conditions {
	k.Memory, k.CPUs = mb<<20, float64(mb)/mbPerCore
	return k
}

// leastMore is the memory in MB that a failed start is tried with at least.
const leastMore = 512

// moreMemory returns the first size of memory in MB that is at least twice as
// large, or 0.
func moreMemory(mb int64) int64 {
	i := slices.IndexFunc(check.MemorySizes, func(size int64) bool { return size >= max(2*mb, leastMore) })
	if i < 0 {
		return 0
	}
	return check.MemorySizes[i]
}

// change is one condition that is changed.
type change struct {
	check.Experiment

	conditions engine.Conditions
}

// changes returns what may be tried, the likeliest cause first.
func (o *Options) changes() []change {
	normal := o.conditions()
	var list []change
	add := func(kind check.ExperimentKind, what string, changed engine.Conditions) {
		list = append(list, change{check.Experiment{Kind: kind, Change: what}, changed})
	}
	if o.WorkDir != "" && o.WorkDir != "/" {
		k := normal
		k.Dir = o.WorkDir
		add(check.InWorkdir, "WORKDIR "+o.WorkDir, k)
	}
	if now := o.Function.Memory.Or(0); now > 0 && moreMemory(now) > 0 {
		more := moreMemory(now)
		add(check.MoreMemory, fmt.Sprintf("memory %d MB", more), withMemory(normal, more))
	}
	if !o.ExplainFailures {
		return list
	}
	k, what := normal, "default capabilities"
	if o.User != nil && *o.User != normal.User {
		k.User = *o.User
		add(check.AsImageUser, "USER "+o.UserName, k)
		// Capabilities mean nothing to most users but root.
		what = "USER " + o.UserName + " and default capabilities"
	}
	k.DefaultCapabilities = true
	add(check.MoreCapabilities, what, k)
	return list
}

// experiment starts the image with one change at a time until it works. What
// the time does not allow any more is left out.
func (o *Options) experiment(ctx context.Context) ([]check.Experiment, error) {
	var done []check.Experiment
	silent := *o
	silent.Progress = nil
	for _, c := range o.changes() {
		if end, ok := ctx.Deadline(); ok && time.Until(end) < o.StartTimeout+finishing {
			break
		}
		o.tell("trying with " + c.Change)
		t, err := silent.attempt(ctx, c.conditions, false)
		if err != nil {
			return done, err
		}
		c.Works, c.Listening = works(t), t.Listening
		done = append(done, c.Experiment)
		if c.Works {
			break
		}
	}
	return done, nil
}

// finishing is the time that is left for everything but the experiments.
const finishing = 20 * time.Second

func works(t *check.Trial) bool {
	return !t.Exit.Ended && slices.ContainsFunc(t.Answers, func(a check.Answer) bool { return a.Outcome == check.Answered })
}
