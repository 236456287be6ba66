// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

var keepsRunning = &check.Rule{
	ID:    "FG801",
	Name:  "keeps-running",
	Title: "The container keeps running as the effective user",
	Why: `When the main process ends, the instance is broken: requests fail with 4204,
"runtime process is exited", and repeated ends with CrashLoopBackOff. The
platform starts the process as 1003:1003 in /, without capabilities, which is
where most images that work elsewhere end at once.`,
	Fix: `Read the exit code and the last lines of the log that a run shows. Let the
server stay in the foreground, and open what it needs to user 1003.`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Levels:   "X",
	Check:    onTrial(judgeKeepsRunning),
}

func judgeKeepsRunning(t *trial) check.Verdict {
	switch {
	case !t.Exit.Ended && t.Refusal.Kind == check.Started:
		return check.Passf(t.at, "the container runs on after the last request, as %s", t.function.RunsAs())
	case t.works(check.InWorkdir) != nil:
		return check.SeeRule("FG802", "runs-from-root-directory")
	case t.IsShortOfMemory():
		return check.SeeRule("FG804", "fits-memory")
	case t.Refusal.Kind != check.Started:
		return t.judgeRefusal()
	case t.Exit.OutOfMemory:
		return check.Unknownf("pass --memory with that of the function", "the container was killed when the memory of this machine was at its end")
	case t.lacksNetwork():
		return t.withoutNetwork()
	case t.morePrivileged() != nil:
		return check.Failf(t.at, "%s%s%s", t.ending(), t.logEnd(), t.withPrivileges()).
			WithFix("%s", t.privilegeFix())
	}
	if c := t.logCause(); c != nil {
		return check.Failf(t.at, "%s: %s, by the log's line %q", t.ending(), c.what, brief(c.line)).
			WithFix("%s", cut(c.fix, maxMend))
	}
	return t.judgeExit()
}

// judgeRefusal is the verdict where the engine could not start the program.
func (t *trial) judgeRefusal() check.Verdict {
	says := t.refusal()
	switch t.Refusal.Kind {
	case check.NoSuchProgram:
		return check.Failf(t.at, "the engine did not find the program, or the interpreter of it: %s", says).
			WithFix("put it into the image, and name it from the root; see FG301 (command-exists) and FG303 (interpreter-exists)")
	case check.ProgramForbidden:
		return check.Failf(t.at, "the engine may not execute the program as %s: %s", t.function.RunsAs(), says).
			WithFix("open the program and the folders above it to everybody (FG302, command-executable)" + beforeUser + "RUN chmod a+rx <program>")
	case check.WrongFormat:
		return check.Failf(t.at, "the program is for another architecture, or no program: %s", says).
			WithFix("build the image for linux/amd64, and begin scripts with #!/bin/sh; see FG304 (command-architecture) and FG303 (interpreter-exists):\n\ndocker build --platform linux/amd64 .")
	case check.UnknownUser:
		return check.Failf(t.at, "the engine does not find the user: %s", says).
			WithFix("name the user by number, or add the account in the Dockerfile; see FG206 (user-resolves):\n\nUSER %s", proposedUser(t.function))
	case check.OtherRefusal, check.Started:
	}
	return check.Failf(t.at, "the engine did not start the container: %s", says).
		WithFix("mend what the engine says; this starts the image by hand:\n\n%s", t.dockerRun())
}

// The exit codes of a shell, and of env, that could not start a program.
// Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02
const (
	exitNotExecutable = 126
	exitNotFound      = 127
)

// judgeExit is the verdict on an end for which only the exit code tells.
func (t *trial) judgeExit() check.Verdict {
	const killed = 128 + 9
	switch told := t.ending() + t.logEnd(); t.Exit.Code {
	case 0:
		return check.Failf(t.at, "%s, so the program was done", told).
			WithFix("start a server that stays in the foreground: no daemon, no final &, and exec before the server in a start script (FG405, foreground)")
	case exitNotFound:
		return check.Failf(t.at, "%s; a shell ends so where it does not find a program", told).
			WithFix("install the program that the script starts, or name it from the root; see FG301 (command-exists)")
	case exitNotExecutable:
		return check.Failf(t.at, "%s; a shell ends so where it may not execute a program", told).
			WithFix("open the program that the script starts to everybody (FG302, command-executable)" + beforeUser + "RUN chmod a+rx <program>")
	case killed:
		return check.Failf(t.at, "%s, and not for its memory", told).
			WithFix("look for what in the container kills process 1; this starts the image by hand:\n\n%s", t.dockerRun())
	default:
		return check.Failf(t.at, "%s", told).
			WithFix("mend what the log names%s; this starts the image as FunctionGraph does:\n\n%s", t.moreToTry(), t.dockerRun())
	}
}

// moreToTry names the option that tries more, unless that was done.
func (t *trial) moreToTry() string {
	if slices.ContainsFunc(t.Experiments, func(e check.Experiment) bool { return e.Kind == check.MoreCapabilities }) {
		return ""
	}
	return ", or let --explain-failures try the image's USER and capabilities"
}
