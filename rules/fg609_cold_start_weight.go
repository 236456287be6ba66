// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var coldStartWeight = &check.Rule{
	ID:    "FG609",
	Name:  "cold-start-weight",
	Title: "The image is under 500 MB compressed",
	Why: `The first cold start on a machine pulls the image before anything else happens,
and machines without it pull it again. Requests wait for that time.`,
	Fix: `Use a slim or distroless base, build in an earlier stage, and clean package
caches in the instruction that fills them.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
	},
	Severity: check.Note,
	Levels:   "C",
	Bad: `-- image.json --
{"layerSizes": [500000000]}
`,
	Good: `-- image.json --
{"layerSizes": [499999999]}
`,
	Check: checkColdStartWeight,
}

// heavyBytes is where the wait for a pull begins to be felt; a value of
// experience, no limit of the platform.
const heavyBytes = 500 * megabyte

func checkColdStartWeight(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	size, err := s.Size(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	switch {
	case size.Compressed >= heavyBytes:
		return check.Failf(size.At, "the image is %s compressed, and the first cold start pulls it", byteSize(size.Compressed)).
			WithFix("see which layers weigh most and slim the base:\n\ndocker history IMAGE"), nil
	case size.Compressed != check.UnknownBytes || size.Unpacked != check.UnknownBytes && size.Unpacked < heavyBytes:
		return check.Passf(size.At, "the image is %s", sizeText(size)), nil
	case size.Unpacked == check.UnknownBytes:
		return check.Unknownf("check the image in its registry", "the compressed size is not known"), nil
	default:
		return check.Unknownf("check the image in its registry", "the image is %s unpacked; the compressed size is not known", byteSize(size.Unpacked)), nil
	}
}
