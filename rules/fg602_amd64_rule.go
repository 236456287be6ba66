// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var amd64 = &check.Rule{
	ID:    "FG602",
	Name:  "amd64",
	Title: "The image is for amd64",
	Why: `FunctionGraph runs containers on x86-64 machines. SWR, Huawei Cloud's registry,
takes an image for any architecture, so the push succeeds; the function then ends
in CrashLoopBackOff (the container is started over and over), and its log says exec
format error. Images built on an ARM laptop are for ARM unless the build says
otherwise.`,
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
		base, err := baseOf(ctx, s)
		if err != nil {
			return check.Verdict{}, err
		}
		return check.Failf(config.Architecture.At(), "the image is for %s, the platform's machines are amd64", arch).
			WithFix("%s", platformMend(config.Architecture.At(), base)), nil
	default:
		return check.Passf(config.Architecture.At(), "the image is for amd64"), nil
	}
}

// platformMend returns how to build for the platform of the service. What a FROM
// line says about the platform wins over what the build is told.
func platformMend(at check.Location, base string) string {
	if at.Line > 0 {
		return "take --platform out of the FROM line, or name the platform of the service there:\n\nFROM --platform=linux/amd64 " + base
	}
	return "build it for amd64, whatever machine builds it:\n\ndocker build --platform linux/amd64 ."
}

// baseOf returns the base image of a Dockerfile for a line to be typed, or a
// placeholder.
func baseOf(ctx context.Context, s *check.Subject) (string, error) {
	const placeholder = "<image>"
	build, err := s.Build(ctx)
	switch {
	case isUnavailable(err):
		return placeholder, nil
	case err != nil:
		return "", err
	case build == nil || !typeable(strings.ReplaceAll(build.Base, ":", "")):
		return placeholder, nil
	default:
		return build.Base, nil
	}
}
