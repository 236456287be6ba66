// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

var otherPlatform = &check.Rule{
	ID:    "FG105",
	Name:  "other-platform",
	Title: "The image is not made for another serverless platform",
	Why: `Images for AWS Lambda hold no HTTP server: they fetch events from an interface
that FunctionGraph does not have, and end at once ("runtime process is exited").
Images for Azure Functions hold a host that serves port 80. Images for Alibaba
Function Compute, Tencent SCF and Cloud Run do hold a server, but take its port
from variables that FunctionGraph does not set.

The rule knows the variables that Lambda's base images set, Lambda's runtime
clients, and the names that the other platforms reserve.`,
	Fix: `Start an HTTP server on port 8000 instead, from a plain base image:

	FROM python:3.13-slim
	CMD ["uvicorn", "main:app", "--app-dir", "/app", "--host", "0.0.0.0", "--port", "8000"]`,
	Source: []string{
		"https://github.com/j0taaa/auto-functiongraph",
		"https://github.com/fg-serverless-app/fg-comfyui",
	},
	Severity: check.Warning,
	Levels:   "DC",
	Bad: `-- config.json --
{"Env": ["LAMBDA_TASK_ROOT=/var/task"], "Entrypoint": ["/lambda-entrypoint.sh"], "Cmd": ["app.handler"]}
`,
	Good: `The web adapter for Lambda is idle where there is no Lambda.
-- config.json --
{"Env": ["AWS_LWA_PORT=8000"], "Cmd": ["node", "/app/main.js"]}
`,
	Check: checkOtherPlatform,
}

// platformMark is a trace of a serverless platform in an image.
type platformMark struct {
	platform  string
	programs  words // names of programs and Python modules in the start command
	variables words
	mend      string
	source    string
}

// platformMarks are the traces that the rule knows.
var platformMarks = []platformMark{
	{
		platform: "AWS Lambda", source: "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
		programs:  "lambda-entrypoint.sh aws-lambda-rie aws-lambda-ric awslambdaric",
		variables: "LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR",
		mend:      "start an HTTP server on port 8000 that calls the handler, from a base image without Lambda's runtime",
	},
	{
		platform: "Alibaba Function Compute", source: "https://www.alibabacloud.com/help/en/functioncompute/fc/principles-1",
		variables: "FC_SERVER_PORT FC_CUSTOM_LISTEN_PORT FC_FUNC_CODE_PATH",
		mend:      "let the server listen on port 8000, whatever such variables say",
	},
	{
		platform: "Tencent SCF", source: "https://www.tencentcloud.com/document/product/583/38129",
		programs: "scf_bootstrap", variables: "SCF_RUNTIME_API TENCENTCLOUD_RUNENV",
		mend: "start the server itself, on port 8000",
	},
	{
		platform: "Azure Functions", source: "https://learn.microsoft.com/en-us/azure/azure-functions/functions-create-container-registry",
		variables: "AzureWebJobsScriptRoot AzureFunctionsJobHost__Logging__Console__IsEnabled",
		mend:      "start an HTTP server on port 8000 that calls the function, from a base image without the host of Azure Functions",
	},
	{
		platform: "Cloud Run", source: "https://cloud.google.com/run/docs/container-contract",
		variables: "K_SERVICE K_REVISION K_CONFIGURATION",
		mend:      "let the server listen on port 8000 where there is no Cloud Run as well",
	},
}

// adapterVariable belongs to Lambda Web Adapter, which runs beside an HTTP
// server and only on Lambda.
const adapterVariable = "AWS_LWA_PORT"

func checkOtherPlatform(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	for _, v := range env.All() {
		for _, mark := range platformMarks {
			if mark.variables.has(v.Name) {
				return check.Failf(v.At, "the variable %s belongs to %s", v.Name, mark.platform).WithFix("take the variable %s out: %s", v.Name, mark.mend), nil
			}
		}
	}
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	for _, call := range cmd.Calls {
		l := recognise(call)
		for _, mark := range platformMarks {
			if name := mark.programIn(l); name != "" {
				return check.Failf(call.At, "the start command runs %s, which belongs to %s", name, mark.platform).WithFix("do not start %s: %s", name, mark.mend), nil
			}
		}
	}
	if err := env.Rest(); err != nil {
		return check.Verdict{}, err
	}
	if adapter := env.Lookup(adapterVariable); adapter.IsSet() {
		return check.Passf(adapter.At(), "%s is for Lambda Web Adapter, which leaves the server alone elsewhere", adapterVariable), nil
	}
	return check.NotApplicablef("no trace of another platform was recognised"), nil
}

// programIn returns the platform's program that the launch runs, or "".
func (m platformMark) programIn(l *launch) string {
	candidates := []string{l.call.Name(), l.name, l.module}
	if i := slices.IndexFunc(candidates, m.programs.has); i >= 0 {
		return candidates[i]
	}
	return ""
}
