// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

var memorySize = &check.Rule{
	ID:    "FG901",
	Name:  "memory-size",
	Title: "The function's memory is a size that FunctionGraph offers",
	Why: `A function's memory is one of fifteen sizes, from 128 MB to 10,240 MB; its share
of a CPU grows with it, from 0.1 core. The API refuses any other number.`,
	Fix: `Choose one of 128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584,
4096, 8192 and 10240.`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://support.huaweicloud.com/intl/en-us/api-functiongraph/functiongraph_06_0108.html",
	},
	Severity: check.Error,
	Levels:   "F",
	Bad: `-- function.yaml --
function: {memory: 500}
`,
	Good: `-- function.yaml --
function: {memory: 512}
`,
	Check: checkMemorySize,
}

// newerMemorySizes begins the sizes that the API's page does not list: older
// regions stop before it.
const newerMemorySizes = 8192

func checkMemorySize(_ context.Context, s *check.Subject) (check.Verdict, error) {
	setting := s.Function().Memory
	memory := setting.Or(0)
	sizes := check.MemorySizes
	largest := sizes[len(sizes)-1]
	switch {
	case !setting.IsSet():
		return check.NotApplicablef("the function's memory is not given; --memory tells it"), nil
	case slices.Contains(sizes, memory) && memory >= newerMemorySizes:
		return check.Passf(setting.At(), "%d MB is offered in newer regions; older ones stop at 4096 MB", memory), nil
	case slices.Contains(sizes, memory):
		return check.Passf(setting.At(), "%d MB is offered", memory), nil
	case memory > largest:
		return check.Failf(setting.At(), "%d MB is more than FunctionGraph offers", memory).
			WithFix("set the memory to at most %d", largest), nil
	default:
		i, _ := slices.BinarySearch(sizes, memory)
		return check.Failf(setting.At(), "%d MB is no size that FunctionGraph offers", memory).
			WithFix("set the memory to %d, the next larger size", sizes[i]), nil
	}
}
