// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"path"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// missingShell tells why the shell is not found, and how to do without it.
func (p *started) missingShell(ctx context.Context, s *check.Subject, cmd *check.Command) (check.Verdict, error) {
	link, target, err := danglingLink(ctx, s, p.Tried)
	if err != nil {
		return check.Verdict{}, err
	}
	if link != "" {
		return check.Failf(p.at, "the shell %s is a symbolic link to %s, which leads to nothing", brief(link), brief(target)).Also(check.AtFile(link)).
			WithFix("bring the program along that %s leads to:\n\n%s", brief(link), shellLine(linkTarget(link, target))), nil
	}
	v := check.Failf(p.at, "%s is not in the image, but is needed to run %q", brief(cmd.Shell), brief(cmd.Script))
	if command, ok := oneCommand(cmd); ok {
		return v.WithFix("do without a shell:\n\n%s", jsonArray(command...)), nil
	}
	place := p.Tried[0]
	if !strings.Contains(cmd.Shell, "/") {
		place = "/bin/" + cmd.Shell
	}
	return v.WithFix("start one program in exec form, or bring the shell along:\n\n%s", shellLine(place)), nil
}

// linkTarget returns the absolute path that a symbolic link names.
func linkTarget(link, target string) string {
	if path.IsAbs(target) {
		return path.Clean(target)
	}
	return path.Join(path.Dir(link), target)
}

// shellLine returns the line of a Dockerfile that puts the shell there.
func shellLine(place string) string {
	switch path.Base(place) {
	case "sh", "ash", "busybox":
		return "COPY --from=busybox:musl /bin/busybox " + named(place, "<path>")
	default:
		return "FROM <an image with " + named(path.Base(place), "that shell") + ">"
	}
}

// oneCommand returns the command that can take the place of the script.
func oneCommand(cmd *check.Command) ([]string, bool) {
	if isUncertain(cmd) || len(cmd.Calls) != 1 {
		return nil, false
	}
	call := cmd.Calls[0]
	if call.Background || call.Conditional || call.Dir != "" || len(call.Vars)+len(call.Unexpanded) > 0 {
		return nil, false
	}
	for _, w := range call.Wrappers {
		if !shellBuiltins.has(w[0]) {
			return nil, false
		}
	}
	return call.Args, !shellBuiltins.has(call.Args[0])
}
