// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var workAtStart = &check.Rule{
	ID:    "FG409",
	Name:  "work-at-start",
	Title: "The server is started directly, nothing is built or downloaded first",
	Why: `Every new instance runs the start command while a request waits, with the CPU
share of the function's memory: a tenth of a core at 128 MB. What compiles or
downloads there makes each cold start slow, fails without a way out to the
network, and writes to folders that user 1003 may not write to. It can end in
"timeout waiting for http server running".

The rule knows the usual tools: dotnet run, npm install, npx -y, pip install, go
run, mvn and the like.`,
	Fix: `Do the work while the image is built:

	RUN dotnet publish -c Release -o /app
	ENTRYPOINT ["dotnet", "/app/service.dll"]`,
	Source: []string{
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
		"https://github.com/fg-serverless-app/fg-mcp-server",
	},
	Severity: check.Warning,
	Levels:   "DC",
	Bad: `-- config.json --
{"Cmd": ["dotnet", "run", "--project", "/app"]}
`,
	Good: `-- config.json --
{"Cmd": ["dotnet", "/app/service.dll"]}
`,
	Check: checkWorkAtStart,
}

func checkWorkAtStart(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	var known *launch
	for _, call := range cmd.Calls {
		l := recognise(call)
		if w := l.work; w != nil {
			return check.Failf(call.At, "%s %s at each start", w.name, w.work).
				WithFix("let %s work while the image is built:\n\n%s", w.name, strings.ReplaceAll(w.instead, "<package>", brief(call.Args[l.start]))), nil
		}
		if known == nil && l.known != nil {
			known = l
		}
	}
	return directStart(cmd.Opaque, known), nil
}

// directStart is the verdict where no work was seen; known is the first known
// program, or nil.
func directStart(opaque error, known *launch) check.Verdict {
	switch {
	case opaque != nil:
		return check.Unknownf("see how long a start takes, by --run and FG107 (startup-time)", "the script is not certain: %v", opaque)
	case known == nil:
		return check.NotApplicablef("the start command names no tool or server that the rule knows")
	default:
		return check.Passf(known.call.At, "%s is started directly", known.name)
	}
}
