// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var parses = &check.Rule{
	ID:    "FG001",
	Name:  "parses",
	Title: "The Dockerfile builds as far as its text tells, the image's config is consistent",
	Why: `docker build reads the whole Dockerfile before it does anything: a mistake in the
syntax, an instruction or a flag that does not exist stops it, even in a stage
that the image does not need. One of the images that FunctionGraph's own people
publish cannot be built for that reason.

A container runtime believes the config of an image: it looks up layers by it,
sets its variables and opens its ports. One that contradicts the manifest or
holds entries that mean nothing makes the pull fail, or silently loses a
setting. Such configs come from tools that edit images, seldom from a builder.`,
	Fix: `Correct the line that is named: docker build tells the same.

Build an image whose config is broken again, or mend the tool that wrote it.`,
	Source: []string{
		"https://docs.docker.com/reference/dockerfile/",
		"https://github.com/opencontainers/image-spec/blob/main/config.md",
		"https://github.com/Ma-Chang-an/easyocr",
	},
	Severity: check.Error,
	Levels:   "DC",
	Bad: `-- config.json --
{"Env": ["NODE_ENV"]}
`,
	Good: `-- config.json --
{"Env": ["NODE_ENV=production"]}
`,
	Check: checkParses,
}

// maxFaultsShown is how many faults are told one by one; a text can hold very
// many.
const maxFaultsShown = 5

func checkParses(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if len(config.Faults) == 0 {
		return check.Passf(check.Location{}, "its text has no mistake and no contradiction"), nil
	}
	first := config.Faults[0]
	verdict := check.Verdict{Outcome: check.Fail, Message: first.Message, Fix: first.Fix, At: []check.Location{first.At}}
	shown := config.Faults[:min(len(config.Faults), maxFaultsShown)]
	for _, fault := range shown[1:] {
		verdict.Message += "; " + fault.Message
		if !slices.Contains(verdict.At, fault.At) {
			verdict.At = append(verdict.At, fault.At)
		}
		if !slices.Contains(strings.Split(verdict.Fix, "\n"), fault.Fix) {
			verdict.Fix += "\n" + fault.Fix
		}
	}
	if more := len(config.Faults) - len(shown); more > 0 {
		verdict.Message += fmt.Sprintf("; and %d more", more)
	}
	return verdict, nil
}
