// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var exposes8000 = &check.Rule{
	ID:    "FG103",
	Name:  "exposes-8000",
	Title: "The image declares port 8000/tcp",
	Why: `FunctionGraph talks to TCP port 8000, no setting changes that, and Huawei's
guide asks to leave the line EXPOSE 8000 as it is. The line opens nothing by
itself, and an official image works without it. But an image that declares
another port alone was most likely built for another platform, and its server
listens there: the start then ends in "timeout waiting for http server running".`,
	Fix: `Declare the port that the server listens on:

	EXPOSE 8000`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://docs.docker.com/reference/dockerfile/#expose",
	},
	Severity: check.Warning,
	Levels:   "DC",
	Bad: `-- config.json --
{"ExposedPorts": {"9000/tcp": {}}}
`,
	Good: `-- config.json --
{"ExposedPorts": {"8000/tcp": {}}}
`,
	Check: checkExposes8000,
}

func checkExposes8000(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	ports := config.Ports
	exposed, err := ports.Has("8000/tcp")
	switch {
	case err != nil:
		return check.Verdict{}, err
	case exposed:
		return check.Passf(ports.At, "8000/tcp is declared"), nil
	case len(ports.Have) == 0:
		return check.Failf(ports.At, "no port is declared").
			WithFix("add to the Dockerfile:\n\nEXPOSE 8000"), nil
	case len(ports.Have) == 1 && ports.Have[0] == "8000/udp":
		return check.Failf(ports.At, "port 8000 is declared for UDP, not for TCP").
			WithFix("replace the EXPOSE line by:\n\nEXPOSE 8000/tcp").WithEdit(ports.At, "8000/udp", "8000/tcp"), nil
	default:
		list := brief(strings.Join(ports.Have, ", "))
		return check.Failf(ports.At, "8000/tcp is not among the declared ports: %s", list).
			WithFix("let the server listen on 8000, and declare that beside or in place of %s:\n\nEXPOSE 8000", list), nil
	}
}
