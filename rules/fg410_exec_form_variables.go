// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"regexp"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var execFormVariables = &check.Rule{
	ID:    "FG410",
	Name:  "exec-form-variables",
	Title: "No variable stands in an exec-form command, where nothing expands it",
	Why: `Only a shell expands $NAME. In exec form there is none: the program gets the
dollar sign and the name as they stand, looks for a file or a port of that name,
and ends ("runtime process is exited").

The rule fails only for names that are variables of the image or the function,
and not where a shell, an init wrapper or the program itself may expand them.`,
	Fix: `Write the value, or let a shell expand it:

	CMD ["node", "/app/main.js"]
	CMD ["sh", "-c", "exec node $APP_DIR/main.js"]`,
	Source: []string{
		"https://docs.docker.com/reference/dockerfile/#shell-and-exec-form",
	},
	Severity: check.Error,
	Levels:   "DC",
	Bad: `-- config.json --
{"Env": ["APP_DIR=/app"], "Cmd": ["node", "$APP_DIR/main.js"]}
`,
	Good: `-- config.json --
{"Env": ["APP_DIR=/app"], "Cmd": ["/bin/sh", "-c", "exec node $APP_DIR/main.js"]}
`,
	Check: checkExecFormVariables,
}

// variablePattern is a variable as a shell expands it. Names with a dot are
// properties, which Java programs expand by themselves.
var variablePattern = regexp.MustCompile(`\$(\w+|\{\w+\})`)

func checkExecFormVariables(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	switch {
	case len(cmd.Args) == 0:
		return check.SeeRule("FG401", "start-command"), nil
	case cmd.Shell != "":
		return check.Passf(startedAt(cmd), "%s expands the variables of the command", cmd.Shell), nil
	}
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	for _, call := range cmd.Calls {
		l := recognise(call)
		for i, word := range call.Args {
			if i > 0 && (len(call.Wrappers) > 0 || l.known != nil && l.known.expands) {
				break
			}
			value, found, err := expand(word, env)
			if found != "" || err != nil {
				return check.Failf(call.At, "%s in %q is not expanded: there is no shell", found, brief(word)).
					WithFix("write the value in place of %q:\n\n%s", brief(word), cut(value, maxMend)), err
			}
		}
	}
	return check.Passf(startedAt(cmd), "no variable of the image stands in the command"), nil
}

// expand replaces the variables in a word by their values and returns the first
// that it found set, as written.
func expand(word string, env check.Env) (expanded, found string, err error) {
	expanded = variablePattern.ReplaceAllStringFunc(word, func(reference string) string {
		value, set, lookUp := env.Lookup(strings.Trim(reference, "${}")).Get()
		if lookUp != nil {
			err = lookUp
		}
		if !set {
			return reference
		}
		if found == "" {
			found = reference
		}
		return value
	})
	return expanded, found, err
}
