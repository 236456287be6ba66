// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"strings"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

var stopsOnSigterm = &check.Rule{
	ID:    "FG807",
	Name:  "stops-on-sigterm",
	Title: "The program ends within 10 s of SIGTERM",
	Why: `An instance that is no longer needed is asked to end. A process that ignores
SIGTERM, as a shell in front of the server or a program without a handler as
process 1 does, is killed in the middle of its work.`,
	Fix: `Start the server itself as process 1, with the exec form of ENTRYPOINT or CMD
or exec in the start script, and end on SIGTERM.`,
	Source: []string{
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Note,
	Levels:   "X",
	Check:    onTrial(judgeStopsOnSigterm),
}

// stopGrace is how long a program may take to end.
const stopGrace = 10 * time.Second

func judgeStopsOnSigterm(t *trial) check.Verdict {
	after := seconds(t.Stop.After)
	switch {
	case !t.Stop.Told && (t.Exit.Ended || t.Refusal.Kind != check.Started):
		return check.SeeRule("FG801", "keeps-running")
	case !t.Stop.Told:
		return check.Unknownf("run it once more", "the container was not told to end")
	case t.Stop.Term && t.Stop.After <= stopGrace:
		return check.Passf(t.at, "the program ended %s after SIGTERM", after)
	case t.Stop.Term:
		return check.Failf(t.at, "the program ended %s after SIGTERM", after).
			WithFix("end within 10 s of SIGTERM: take no new requests, and wait for the running ones only so long")
	default:
		return check.Failf(t.at, "the program did not end within %s of SIGTERM and had to be killed", after).
			WithFix("%s", t.signalFix())
	}
}

// signalFix returns the mend for a start whose process 1 does not take SIGTERM.
func (t *trial) signalFix() string {
	if t.command != nil && t.command.Shell != "" {
		return "start the server without a shell around it, in exec form, or by exec at the end of the script:\n\nCMD [\"<program>\", \"<argument>\"]"
	}
	for _, l := range t.launches() {
		if lines := handlers[strings.TrimRight(l.call.Name(), "0123456789.")]; lines != "" {
			return "handle SIGTERM, which process 1 ignores by itself:\n\n" + lines
		}
	}
	return "handle SIGTERM in the program, or let an init start it that passes signals on:\n\nENTRYPOINT [\"tini\", \"--\", \"<program>\"]"
}

// handlers end a program on SIGTERM, by its interpreter.
// Sources: https://nodejs.org/api/process.html#signal-events,
// https://docs.python.org/3/library/signal.html
var handlers = map[string]string{
	"node":   `process.on("SIGTERM", () => process.exit(0));`,
	"python": `signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))`,
}
