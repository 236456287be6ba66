// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var noExtraPrivileges = &check.Rule{
	ID:    "FG806",
	Name:  "no-extra-privileges",
	Title: "The program starts without capabilities or a rise of privileges",
	Why: `The platform gives a function no capabilities, and nothing lets it gain any. A
start script that changes owners, switches users or binds a port below 1024
fails there with operation not permitted.`,
	Fix: `Do it at build time: chown in a RUN line, the account in USER, the server on
port 8000.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong-functionsystem",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    onTrial(judgeNoExtraPrivileges),
}

func judgeNoExtraPrivileges(t *trial) check.Verdict {
	if e := t.morePrivileged(); e != nil {
		return check.Failf(t.at, "the start works with %s and not as %s without capabilities%s", brief(e.Change), t.function.RunsAs(), t.failure()).
			WithFix("%s", t.privilegeFix())
	}
	if t.Listening > 0 {
		return check.Passf(t.at, "the server came up as %s, without capabilities", t.function.RunsAs())
	}
	for _, line := range slices.Backward(t.Log.Lines) {
		if t.Exit.Ended && privilege.MatchString(line) {
			return check.Failf(t.at, "the start failed for a privilege, by the log's line %q", brief(strings.TrimSpace(line))).
				WithFix("take what needs root out of the start: do it while the image is built, in a RUN line")
		}
	}
	v, _ := t.unserved()
	return v
}

// privilegeFix is the mend for a start that works with more privileges.
func (t *trial) privilegeFix() string {
	if t.works(check.AsImageUser) != nil {
		return fmt.Sprintf("open to %[1]s what the program reads and writes"+beforeUser+"RUN chown -R %[1]s /<folder>", t.function.RunsAs())
	}
	return "do at build time what takes a capability (chown, a switch of users), and let the server listen on port 8000"
}
