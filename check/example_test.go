// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"context"
	"fmt"

	"github.com/fgpreflight/fgpreflight/check"
)

// A rule of one's own asks the subject for facts, here the configuration of an
// image that a program has in its hands already.
func ExampleRun() {
	const label = "org.opencontainers.image.source"
	labelled := &check.Rule{
		ID:       "FG999",
		Name:     "source-label",
		Title:    "a label leads to the image's source",
		Severity: check.Warning,
		Levels:   "DC",
		Check: func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
			config, err := s.Config(ctx)
			if err != nil {
				return check.Verdict{}, err
			}
			at := check.At("config", "Labels")
			if config.Labels[label] == "" {
				return check.Failf(at, "there is no label %s", label).WithFix("add to the Dockerfile:\n\nLABEL %s=https://…", label), nil
			}
			return check.Passf(at, "%s leads to %s", label, config.Labels[label]), nil
		},
	}
	subject := check.NewSubject(check.Info{Target: "app:1.0"}, &check.Function{}, check.Provider{
		Config: func(context.Context) (*check.Config, error) {
			return &check.Config{Labels: map[string]string{"maintainer": "shop"}}, nil
		},
	})

	report := check.Run(context.Background(), subject, []*check.Rule{labelled}, check.Policy{})
	for _, result := range report.Results {
		fmt.Printf("%s %s at %s: %s\n", result.Outcome, result.Rule.ID, result.At[0], result.Message)
	}
	fmt.Println("exit code", report.ExitCode(check.Gate{FailOn: check.Warning}))
	// Output:
	// fail FG999 at config.Labels: there is no label org.opencontainers.image.source
	// exit code 1
}
