// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

var reservedVariables = &check.Rule{
	ID:    "FG507",
	Name:  "reserved-variables",
	Title: "No variable of the platform is set in the image",
	Why: `FunctionGraph presets variables such as RUNTIME_FUNC_NAME and RUNTIME_MEMORY, and
refuses functions that set one of them. A value baked into the image hides the
platform's or is hidden by it, and reads as truth in both cases.`,
	Fix: `Remove the ENV line, or choose another name.`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
	},
	Severity: check.Warning,
	Levels:   "DC",
	Bad: `-- config.json --
{"Env": ["RUNTIME_MEMORY=512"]}
`,
	Good: `-- config.json --
{"Env": ["APP_MEMORY=512"]}
`,
	Check: checkReservedVariables,
}

// presetVariables are the variables that FunctionGraph sets itself and that a
// function must not (contract 2.4). RUNTIME_LOG_LEVEL is not among them.
var presetVariables = []string{
	"RUNTIME_PROJECT_ID",
	"RUNTIME_FUNC_NAME",
	"RUNTIME_FUNC_VERSION",
	"RUNTIME_PACKAGE",
	"RUNTIME_HANDLER",
	"RUNTIME_TIMEOUT",
	"RUNTIME_USERDATA",
	"RUNTIME_CPU",
	"RUNTIME_MEMORY",
	"RUNTIME_MAX_RESP_BODY_SIZE",
	"RUNTIME_INITIALIZER_HANDLER",
	"RUNTIME_INITIALIZER_TIMEOUT",
	"RUNTIME_ROOT",
	"RUNTIME_CODE_ROOT",
	"RUNTIME_LOG_DIR",
}

func checkReservedVariables(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	var names []string
	var at []check.Location
	for _, v := range config.Env.All() {
		if slices.Contains(presetVariables, v.Name) {
			names, at = append(names, v.Name), append(at, v.At)
		}
	}
	if len(names) > 0 {
		return check.Failf(at[0], "the image sets %s, which FunctionGraph presets", listed(names)).Also(at[1:]...).
			WithFix("%s", unsetMend(at[0], names)), nil
	}
	return check.Passf(config.Env.Lookup(presetVariables[0]).At(), "no preset variable is set"), config.Env.Rest()
}

// unsetMend returns how to get rid of variables: a Dockerfile cannot take away
// what its base image sets.
func unsetMend(at check.Location, names []string) string {
	if at.Base != "" {
		return "build on a base image that does not set " + listed(names)
	}
	return "remove from the Dockerfile's ENV: " + listed(names)
}
