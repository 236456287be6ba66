// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/rules"
)

// A program of one's own checks a Dockerfile as fgpreflight does, and tells what
// would fail the build.
func Example() {
	const dockerfile = `FROM python:3.13-slim
COPY server.py /home/app/server.py
ENV HOME=/home/app USER_ID=1003 USER_NAME=app GROUP_ID=1003 GROUP_NAME=app
CMD ["python3", "/home/app/server.py"]
`
	ctx := context.Background()
	subject, closer, err := source.Open(ctx, "-", source.Options{Dockerfile: true, Stdin: strings.NewReader(dockerfile)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer closer.Close()

	gate := check.Gate{FailOn: check.Error}
	report := check.Run(ctx, subject, rules.All, check.Policy{})
	for _, result := range report.Results {
		if gate.Counts(result) {
			fmt.Printf("%s %s: %s\n", result.Rule.ID, result.Rule.Name, result.Message)
		}
	}
	fmt.Println("exit code", report.ExitCode(gate))
	// Output:
	// FG202 nonroot-user: neither the Dockerfile nor python:3.13-slim sets USER, so the image runs as root
	// exit code 1
}
