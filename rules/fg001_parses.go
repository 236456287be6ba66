// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"

	"github.com/fgpreflight/fgpreflight/check"
)

var parses = &check.Rule{
	ID:    "FG001",
	Name:  "parses",
	Title: "The image's config is consistent with itself and its layers",
	Why: `A container runtime believes the config: it looks up layers by it, sets its
variables and opens its ports. One that contradicts the manifest or holds
entries that mean nothing makes the pull fail, or silently loses a setting.
Such configs come from tools that edit images, seldom from a builder.`,
	Fix: `Build the image again with docker build, or mend the tool that wrote the config.`,
	Source: []string{
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

// maxFaultsShown is how many faults are told one by one; a config can hold very
// many.
const maxFaultsShown = 5

func checkParses(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if len(config.Faults) == 0 {
		return check.Passf(check.Location{Artifact: check.ArtifactConfig}, "the config is consistent"), nil
	}
	first := config.Faults[0]
	verdict := check.Verdict{Outcome: check.Fail, Message: first.Message, Fix: first.Fix, At: []check.Location{first.At}}
	shown := config.Faults[:min(len(config.Faults), maxFaultsShown)]
	for _, fault := range shown[1:] {
		verdict.Message += "; " + fault.Message
		verdict.Fix += "\n" + fault.Fix
		verdict.At = append(verdict.At, fault.At)
	}
	if more := len(config.Faults) - len(shown); more > 0 {
		verdict.Message += fmt.Sprintf("; and %d more", more)
	}
	return verdict, nil
}
