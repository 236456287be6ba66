// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/containerd/errdefs"

	"github.com/fgpreflight/fgpreflight/check"
)

// RefusalError says that the engine cannot start a program.
type RefusalError struct{ Refusal check.Refusal }

func (e *RefusalError) Error() string {
	return "the engine cannot start the program: " + e.Refusal.Message
}

// startError tells a refusal from an engine that cannot be asked.
func startError(ctx context.Context, doing string, err error) error {
	isAnswer := errdefs.IsInvalidArgument(err) || errdefs.IsInternal(err) || errdefs.IsPermissionDenied(err) || errdefs.IsConflict(err)
	if ctx.Err() == nil && isAnswer {
		message := apiError(ctx, err).Error()
		kind := refusalKind(message)
		if kind != check.OtherRefusal || !isMachineTrouble(message) {
			return &RefusalError{check.Refusal{Kind: kind, Message: message}}
		}
		err = apiError(ctx, err)
	}
	return fmt.Errorf("%s the container: %w", doing, cause(ctx, err))
}

// isMachineTrouble reports whether an engine fails for want of something that
// its machine is to have, which tells nothing of the image.
func isMachineTrouble(message string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc([]string{
		"no space left on device", "input/output error", "read-only file system",
		"cannot allocate memory", "too many open files", "resource temporarily unavailable",
		"connection refused", "context deadline exceeded", "ttrpc: closed", "transport is closing",
	}, func(words string) bool { return strings.Contains(message, words) })
}

// refusalWords are how runtimes say why a program does not start; runc and
// crun are known. The words of about are in a message that speaks of the
// program itself, as those of mounts and directories say the same.
//
// Sources:
// https://github.com/opencontainers/runc/blob/v1.2.0/libcontainer/standard_init_linux.go
// https://github.com/containers/crun/blob/1.17/src/libcrun/container.c
// https://github.com/moby/moby/blob/v27.1.0/daemon/oci_linux.go
var refusalWords = []struct {
	about, says string
	kind        check.RefusalKind
}{
	{"unable to find user", "", check.UnknownUser},
	{"unable to find group", "", check.UnknownUser},
	{"no matching entries in passwd file", "", check.UnknownUser},
	{"exec format error", "", check.WrongFormat},
	{"executable file", "not found", check.NoSuchProgram},
	{`exec: "`, "no such file or directory", check.NoSuchProgram},
	{`exec: "`, "permission denied", check.ProgramForbidden},
	{`exec: "`, "is a directory", check.ProgramForbidden},
	{"container process: exec /", "no such file or directory", check.NoSuchProgram},
	{"container process: exec /", "permission denied", check.ProgramForbidden},
	{"exec container process", "no such file or directory", check.NoSuchProgram},
	{"exec container process", "permission denied", check.ProgramForbidden},
	{"open executable", "permission denied", check.ProgramForbidden},
	{"open executable", "no such file or directory", check.NoSuchProgram},
}

func refusalKind(message string) check.RefusalKind {
	message = strings.ToLower(message)
	for _, w := range refusalWords {
		if strings.Contains(message, w.about) && strings.Contains(message, w.says) {
			return w.kind
		}
	}
	return check.OtherRefusal
}

// Refusal says why the program could not be executed, where a runtime tells
// that in the log of a container that ended at once; it is zero for a program
// that ran. It is known once [Container.Wait] has returned.
func (c *Container) Refusal() check.Refusal {
	c.mu.Lock()
	program, exit := c.program, c.exit
	c.mu.Unlock()
	log := c.Log()
	if !exit.Ended || exit.Code == 0 || len(log.Lines) != 1 {
		return check.Refusal{}
	}
	return lateRefusal(program, log.Lines[0])
}

// lateRefusal reads the line that runc writes in the program's place: "exec
// /app/run: exec format error".
func lateRefusal(program, line string) check.Refusal {
	named, problem, ok := strings.Cut(strings.TrimPrefix(line, "exec "), ": ")
	if !ok || !strings.HasPrefix(line, "exec ") || path.Base(named) != path.Base(program) {
		return check.Refusal{}
	}
	kinds := map[string]check.RefusalKind{
		"exec format error":         check.WrongFormat,
		"no such file or directory": check.NoSuchProgram,
		"permission denied":         check.ProgramForbidden,
	}
	kind, known := kinds[strings.TrimSpace(problem)]
	if !known {
		return check.Refusal{}
	}
	return check.Refusal{Kind: kind, Message: line}
}
