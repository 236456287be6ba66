// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"

	"github.com/fgpreflight/fgpreflight/check"
)

var fitsMemory = &check.Rule{
	ID:    "FG804",
	Name:  "fits-memory",
	Title: "The function fits its memory",
	Why: `A process that needs more memory than the function has is killed: 4205, runtime
memory limit exceeded, or 4204, "runtime process is exited", when the kernel is
faster than the platform.`,
	Fix: `Give the function the next memory size that fits with some room, or limit what
the program takes (worker count, heap size, caches).`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Levels:   "XF",
	Check:    onTrial(judgeFitsMemory),
}

func judgeFitsMemory(t *trial) check.Verdict {
	limit, e := megabytes(t.Memory.Limit), t.works(check.MoreMemory)
	switch {
	case t.IsShortOfMemory() && e != nil && !t.Memory.Killed && !t.Exit.OutOfMemory:
		return check.Failf(t.function.Memory.At(), "the start works with %s, and the share of a CPU that it brings, and not with %s%s", brief(e.Change), limit, t.failure()).
			WithFix("give the function what it worked with, or limit what the program takes: %s", brief(e.Change))
	case t.IsShortOfMemory() && e != nil:
		return check.Failf(t.function.Memory.At(), "a process was killed for the memory of %s; the start works with %s", limit, brief(e.Change)).
			WithFix("give the function as much, or limit what the program takes (workers, heap, caches): %s", brief(e.Change))
	case t.IsShortOfMemory():
		return check.Failf(t.function.Memory.At(), "a process was killed for the memory of %s", limit).
			WithFix("give the function more memory, or limit what the program takes (workers, heap, caches):\n\n--memory %d", largerMemory(t.function.Memory.Or(0)))
	}
	if v, ok := t.unserved(); ok {
		return v
	}
	return t.judgePeak()
}

// judgePeak is the verdict on a container that served and was not killed.
func (t *trial) judgePeak() check.Verdict {
	peak, size := t.Memory.Peak, t.FittingMemory()
	switch {
	case t.Memory.Limit == 0 && peak == check.UnknownBytes:
		return check.Unknownf("pass --memory with that of the function", "the function's memory is not given, and the engine does not tell what the container took")
	case t.Memory.Limit == 0 && size == 0:
		return check.Unknownf("pass --memory 10240, the largest", "the function's memory is not given; the container took %s, of which no size leaves 20 %% free", megabytes(peak))
	case t.Memory.Limit == 0:
		return check.Unknownf(fmt.Sprintf("pass --memory %d", size), "the function's memory is not given; the container took %s, and %d MB leave 20 %% free", megabytes(peak), size)
	case peak == check.UnknownBytes:
		return check.Passf(t.function.Memory.At(), "nothing was killed for the memory of %s; the engine does not tell what the container took", megabytes(t.Memory.Limit))
	case size != 0 && size<<20 <= t.Memory.Limit:
		return check.Passf(t.function.Memory.At(), "the container took %s of %s; %d MB leave 20 %% free", megabytes(peak), megabytes(t.Memory.Limit), size)
	case size != 0:
		return check.Passf(t.function.Memory.At(), "the container took %s of %s, which is tight: %d MB leave 20 %% free", megabytes(peak), megabytes(t.Memory.Limit), size)
	default:
		return check.Passf(t.function.Memory.At(), "the container took %s of %s, which is tight, and no size leaves 20 %% free", megabytes(peak), megabytes(t.Memory.Limit))
	}
}

// megabytes returns a number of bytes in the unit of the function's memory,
// rounded up: "84 MB".
func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", (bytes+1<<20-1)>>20) }
