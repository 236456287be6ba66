// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var amd64 = &check.Rule{
	ID:    "FG602",
	Name:  "amd64",
	Title: "The image is for amd64",
	Why: `FunctionGraph runs containers on x86-64 machines. SWR takes an image for any
architecture, so the push succeeds; the function then ends in
CrashLoopBackOff, its log says exec format error. Images built on an ARM
laptop are for ARM unless the build says otherwise.`,
	Fix: `Build for the platform of the service:

	docker build --platform linux/amd64 .`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://github.com/opentelekomcloud-community/otc-functiongraph-nodejs-runtime",
	},
	Severity: check.Error,
	Levels:   "CD",
	Bad: `-- image.json --
{"architecture": "arm64"}
`,
	Good: `-- image.json --
{"architecture": "amd64"}
`,
	Check: checkAmd64,
}

func checkAmd64(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	arch, set, err := config.Architecture.Get()
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set:
		return check.Unknownf("set it in the image's config, or build the image again", "the config names no architecture"), nil
	case arch != "amd64":
		return check.Failf(config.Architecture.At(), "the image is for %s, the platform's machines are amd64", arch).
			WithFix("build it for them, also on a machine of another kind:\n\ndocker build --platform linux/amd64 ."), nil
	default:
		return check.Passf(config.Architecture.At(), "the image is for amd64"), nil
	}
}
