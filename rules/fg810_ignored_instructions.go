// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var ignoredInstructions = &check.Rule{
	ID:    "FG810",
	Name:  "ignored-instructions",
	Title: "The image has no instruction that FunctionGraph ignores",
	Why: `FunctionGraph has its own way to watch, mount and stop a container. HEALTHCHECK,
VOLUME and STOPSIGNAL of an image have no effect there, and whoever relies on
one is not told.`,
	Fix: `Leave them out, or keep them for other platforms and expect nothing of them:
serve health on a path of the server, write to /tmp or a mounted file system,
end on SIGTERM.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://docs.docker.com/reference/dockerfile/",
	},
	Severity: check.Note,
	Levels:   "DC",
	Bad: `-- config.json --
{"Volumes": {"/data": {}}}
`,
	Good: `-- config.json --
{}
`,
	Check: checkIgnoredInstructions,
}

func checkIgnoredInstructions(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	signal, hasSignal, signalErr := config.StopSignal.Get()
	_, hasHealthcheck, healthcheckErr := config.Healthcheck.Get()
	var found, mends []string
	var at []check.Location
	note := func(is bool, where check.Location, what, mend string) {
		if is {
			found, mends, at = append(found, what), append(mends, mend), append(at, where)
		}
	}
	note(hasHealthcheck, config.Healthcheck.At(), "HEALTHCHECK", dropMend(config.Healthcheck.At(), "HEALTHCHECK")+": the platform looks at port 8000 itself")
	note(len(config.Volumes.Have) > 0, config.Volumes.At, "VOLUME "+listed(config.Volumes.Have), dropMend(config.Volumes.At, "VOLUME")+": write to /tmp, or mount a file system in the function's settings")
	note(hasSignal && signal != "SIGTERM" && signal != "15", config.StopSignal.At(), "STOPSIGNAL "+signal, dropMend(config.StopSignal.At(), "STOPSIGNAL "+signal)+": end on SIGTERM")
	if len(found) > 0 {
		return check.Failf(at[0], "%s will have no effect", strings.Join(found, " and ")).Also(at[1:]...).
			WithFix("%s", strings.Join(mends, "\n")), nil
	}
	return check.Passf(config.Volumes.At, "no HEALTHCHECK, VOLUME or STOPSIGNAL"), cmp.Or(signalErr, healthcheckErr, config.Volumes.Rest)
}

// dropMend tells to take an instruction out, or to expect nothing of one that
// the base image brings.
func dropMend(at check.Location, instruction string) string {
	if at.Base != "" {
		return "expect nothing of the " + instruction + " of " + brief(at.Base)
	}
	return "drop " + instruction
}
