// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var linux = &check.Rule{
	ID:    "FG601",
	Name:  "linux",
	Title: "The image is for Linux",
	Why: `FunctionGraph runs Linux containers only. An image for another system is
accepted by the registry and never starts.`,
	Fix: `Build for the platform of the service:

	docker build --platform linux/amd64 .`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
	},
	Severity: check.Error,
	Levels:   "CD",
	Bad: `-- image.json --
{"os": "windows"}
`,
	Good: `-- image.json --
{"os": "linux"}
`,
	Check: checkLinux,
}

func checkLinux(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	system, set, err := config.OS.Get()
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !set:
		return check.Unknownf("set it in the image's config, or build the image again", "the config names no operating system"), nil
	case system != "linux":
		return check.Failf(config.OS.At(), "the image is for %s", system).
			WithFix("build it for Linux, on a Linux base image:\n\ndocker build --platform linux/amd64 ."), nil
	default:
		return check.Passf(config.OS.At(), "the image is for linux"), nil
	}
}
