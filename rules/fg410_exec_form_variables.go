// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"regexp"
	"strconv"
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
			e, err := expand(word, env)
			if e.found != "" || err != nil {
				return check.Failf(call.At, "%s in %q is not expanded: there is no shell", e.found, brief(word)).
					WithFix("%s:\n\n%s", e.mend(word), cut(e.text, maxMend)), err
			}
		}
	}
	return check.Passf(startedAt(cmd), "no variable of the image stands in the command"), nil
}

// expansion is a word with its variables replaced by their values.
type expansion struct {
	text  string   // with a placeholder where a variable has no value
	found string   // the first variable that has one, as written; "" for none
	unset []string // the others
}

// expand replaces the variables in a word.
func expand(word string, env check.Env) (expansion, error) {
	var e expansion
	var err error
	e.text = variablePattern.ReplaceAllStringFunc(word, func(reference string) string {
		name := strings.Trim(reference, "${}")
		value, set, lookUp := env.Lookup(name).Get()
		if lookUp != nil {
			err = lookUp
		}
		if !set {
			e.unset = append(e.unset, reference)
			return "<" + name + ">"
		}
		if e.found == "" {
			e.found = reference
		}
		return value
	})
	return e, err
}

// mend introduces what to write in place of the word.
func (e *expansion) mend(word string) string {
	text := "write the value in place of " + strconv.Quote(brief(word))
	if len(e.unset) > 0 {
		text += ", and yours for what has none: " + brief(listed(e.unset))
	}
	return text
}

// unexpanded refers to FG410 for a name of the start command that is not in the
// image because nothing expands the variable in it; ok is false for any other. An
// error says that it is not known whether it is one.
func unexpanded(ctx context.Context, s *check.Subject, name string) (verdict check.Verdict, ok bool, err error) {
	if !variablePattern.MatchString(name) {
		return check.Verdict{}, false, nil
	}
	verdict, err = checkExecFormVariables(ctx, s)
	if err != nil || verdict.Outcome != check.Fail {
		return check.Verdict{}, false, err
	}
	return check.SeeRule("FG410", "exec-form-variables"), true, nil
}
