// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var execForm = &check.Rule{
	ID:    "FG403",
	Name:  "exec-form",
	Title: "The server is started in exec form, without a shell around it",
	Why: `A command that is no JSON array is run by /bin/sh -c. The shell then is the
main process: it gets the signal when the instance ends and does not pass it on,
so that the server is killed in the middle of its work. A CMD in that form
beside an ENTRYPOINT in exec form is worse: the words /bin/sh and -c become
arguments of the ENTRYPOINT.

Where a shell is needed, exec lets the server take its place.`,
	Fix: `Write an array, or exec:

	CMD ["node", "/app/main.js"]
	CMD exec node /app/main.js --workers $WORKERS`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://docs.docker.com/reference/dockerfile/#shell-and-exec-form",
	},
	Severity: check.Warning,
	Levels:   "DC",
	Bad: `-- config.json --
{"Cmd": ["/bin/sh", "-c", "node /app/main.js"]}
`,
	Good: `-- config.json --
{"Cmd": ["node", "/app/main.js"]}
`,
	Check: checkExecForm,
}

func checkExecForm(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if len(cmd.Args) == 0 {
		return check.SeeRule("FG401", "start-command"), nil
	}
	if cmd.Shell == "" {
		if form := shellForm(cmd.Args); form != nil {
			at := firstOf(cmd.At[max(0, len(cmd.At)-1):]) // the last part is CMD
			return check.Failf(at, "CMD in shell form beside ENTRYPOINT in exec form: %s gets %s %s as arguments", brief(cmd.Program()), form[0], form[1]).
				WithFix("write CMD as an array of the arguments that %s should get, without %s -c:\n\nCMD %s", brief(cmd.Program()), form[0], wordsOf(form[2])), nil
		}
		return check.Passf(startedAt(cmd), "%s is started without a shell around it", brief(cmd.Program())), nil
	}
	if len(cmd.Calls) == 0 {
		return check.Unknownf("write the command in exec form", "the script that %s runs is not understood", cmd.Shell), nil
	}
	if words := notJSON(cmd.Script); words != nil {
		return check.Failf(startedAt(cmd), "%q is no JSON array, so %s runs it as a script", brief(cmd.Script), cmd.Shell).
			WithFix("put the words in double quotes, with a comma between them:\n\n%s", jsonArray(words...)), nil
	}
	last := cmd.Calls[len(cmd.Calls)-1]
	if last.HasWrapper("exec") {
		return check.Passf(last.At, "exec lets %s take the place of the shell", brief(last.Name())), nil
	}
	return check.Failf(startedAt(cmd), "%s stays the main process around %q", cmd.Shell, brief(cmd.Script)).
		WithFix("%s", withoutShell(cmd, last)), nil
}

// withoutShell tells how to start the last call of the script as the main
// process.
func withoutShell(cmd *check.Command, last check.Call) string {
	inScript := slices.ContainsFunc(last.Wrappers, func(w []string) bool { return !slices.Contains(cmd.Args, w[0]) })
	expands := strings.ContainsAny(cmd.Script, "$`")
	if len(cmd.Calls) == 1 && !expands && len(last.Vars) == 0 && !inScript && len(last.Writes) == 0 && !last.Background && last.Dir == "" {
		return "write the command as an array:\n\n" + jsonArray(last.Args...)
	}
	return fmt.Sprintf("put exec before the last command of %q:\n\nexec %s", brief(cmd.Script), cut(plainWords(last.Args), maxMend))
}

// wordsOf returns the words of a script as an array, or an example of one where
// a shell would do more with the script than divide it into words.
func wordsOf(script string) string {
	fields := strings.Fields(script)
	if slices.ContainsFunc(fields, func(word string) bool { return strings.ContainsFunc(word, isOdd) || strings.ContainsAny(word, "$*?~#") }) {
		return `["--option"]`
	}
	return jsonArray(fields...)
}

// notJSON returns the words of a script that was meant to be an array: one in
// single quotes, or with a comma too many. It is nil for a script.
func notJSON(script string) []string {
	text, isArray := strings.CutPrefix(strings.TrimSpace(script), "[")
	text, closed := strings.CutSuffix(text, "]")
	if !isArray || !closed {
		return nil
	}
	words := quotedWord.FindAllString(text, -1)
	if words == nil && strings.Contains(text, ",") {
		words = strings.Split(text, ",")
	}
	for i := range words {
		words[i] = strings.Trim(words[i], " '\"")
	}
	return words
}

// quotedWord is a word as people quote it.
var quotedWord = regexp.MustCompile(`'[^']*'|"[^"]*"`)

// shellForm returns what Docker makes of a shell form, if the argument vector
// ends in it: a shell, -c and one word.
func shellForm(args []string) []string {
	form := args[max(0, len(args)-3):]
	if len(form) < 3 || form[0] != "/bin/sh" && form[0] != "/bin/bash" || form[1] != "-c" {
		return nil
	}
	return form
}
