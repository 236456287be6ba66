// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

var startupTime = &check.Rule{
	ID:    "FG107",
	Name:  "startup-time",
	Title: "The server listens within 10 s of its start",
	Why: `A cold start lasts until the server listens, with the share of a CPU that the
function's memory brings: 0.1 core at 128 MB. Requests wait that long, and
those through the gateway end after 5 s unless the trigger says otherwise.`,
	Fix: `Do at build time what the start does now (compiling, downloading, installing),
load what is large on the first request, or give the function more memory.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong",
		"https://github.com/fg-serverless-app/fg-blender",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    onTrial(judgeStartupTime),
}

// slowStart is how long a start may take (contract 2.1).
const slowStart = 10 * time.Second

func judgeStartupTime(t *trial) check.Verdict {
	if v, ok := t.unserved(); ok {
		return v
	}
	if t.Listening <= slowStart {
		return check.Passf(t.at, "port 8000 was open after %s, %s", seconds(t.Listening), t.cpuShare())
	}
	if t.lacksNetwork() {
		return t.withoutNetwork()
	}
	return check.Failf(t.at, "port 8000 was open after %s, %s", seconds(t.Listening), t.cpuShare()).
		WithFix("do at build time what the start does now, or give the function more memory, which brings a larger share of a CPU:\n\n--memory %d", largerMemory(t.function.Memory.Or(memoryOfCPU)))
}

// memoryOfCPU is the memory in MB that brings a whole CPU: 128 MB bring a tenth
// (contract 2.6).
const memoryOfCPU = 1280

// cpuShare tells how much of a CPU the container had.
func (t *trial) cpuShare() string {
	memory, set, _ := t.function.Memory.Get()
	if !set {
		return "with a whole CPU, as the function's memory is not given"
	}
	return fmt.Sprintf("with %.1f of a CPU, as %d MB bring", float64(memory)/memoryOfCPU, memory)
}

// largerMemory returns the next size that FunctionGraph offers, or the largest.
func largerMemory(memory int64) int64 {
	for _, size := range check.MemorySizes {
		if size > memory {
			return size
		}
	}
	return check.MemorySizes[len(check.MemorySizes)-1]
}
