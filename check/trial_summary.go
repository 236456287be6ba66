// SPDX-License-Identifier: Apache-2.0

package check

import (
	"slices"
	"time"
)

// TrialSummary is what a [Report] tells of a [Trial] whatever the rules say:
// how long the start took, how much memory, and the log of one that failed.
type TrialSummary struct {
	Engine  string
	Refused bool // the engine could not start the program
	// Listening, Answering and Waited are those of the trial, and so are Exit
	// and Memory.
	Listening, Answering, Waited time.Duration
	Exit                         Exit
	Memory                       MemoryUse
	FittingMemory                int64    // as [Trial.FittingMemory] has it
	Log                          []string // the last lines, as they were written; none of a start without fault
}

// Summary returns what a report tells of the trial.
func (t *Trial) Summary() *TrialSummary {
	s := &TrialSummary{
		Engine: t.Engine, Refused: t.Refusal.Kind != Started,
		Listening: t.Listening, Answering: t.Answering, Waited: t.Waited,
		Exit: t.Exit, Memory: t.Memory, FittingMemory: t.FittingMemory(),
	}
	if t.isAtFault() {
		s.Log = slices.Clone(t.Log.Lines)
	}
	return s
}

// isAtFault reports whether the log may tell why something went wrong.
func (t *Trial) isAtFault() bool {
	const serverError = 500 // and above
	return t.Answering == 0 || t.Exit.Ended || t.Memory.Killed ||
		slices.ContainsFunc(t.Answers, func(a Answer) bool { return a.Status >= serverError })
}

// IsShortOfMemory reports whether the function's memory is what the container
// failed for.
func (t *Trial) IsShortOfMemory() bool {
	worksWithMore := func(e Experiment) bool { return e.Kind == MoreMemory && e.Works }
	return t.Memory.Limit > 0 && (t.Memory.Killed || t.Exit.OutOfMemory || slices.ContainsFunc(t.Experiments, worksWithMore))
}

// MemorySizes are the sizes of memory that FunctionGraph offers, in MB of 2^20
// bytes.
// Source: https://support.huaweicloud.com/intl/en-us/api-functiongraph/functiongraph_06_0108.html
var MemorySizes = []int64{128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 8192, 10240}

// FittingMemory returns the smallest of [MemorySizes] that leaves a fifth free
// of what the container took at most. It is 0 where none does, and where the
// trial does not tell: the port never opened, the peak is not known, or the
// container failed for its memory.
func (t *Trial) FittingMemory() int64 {
	if t.Listening == 0 || t.Memory.Peak == UnknownBytes || t.IsShortOfMemory() {
		return 0
	}
	i := slices.IndexFunc(MemorySizes, func(size int64) bool { return t.Memory.Peak <= size<<20/5*4 })
	if i < 0 {
		return 0
	}
	return MemorySizes[i]
}
