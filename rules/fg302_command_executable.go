// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var commandExecutable = &check.Rule{
	ID:    "FG302",
	Name:  "command-executable",
	Title: "The function's user may execute the program and enter every folder on the way",
	Why: `The image starts as 1003:1003, or as the User ID and Group ID of the function,
without capabilities. The program needs the execute bit for that user, and so
does each folder on the way to it; a script must be readable too. Where one bit
is missing the container never starts: "permission denied", or CrashLoopBackOff (it
is started over and over).

/root is closed to all but root in most base images. Huawei's own ComfyUI image
had to be moved out of it. Supplementary groups are not taken into account.`,
	Fix: `Copy the program with its mode, outside of /root:

	COPY --chmod=0755 server /app/server`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/fg-serverless-app/fg-comfyui",
		"https://man7.org/linux/man-pages/man7/path_resolution.7.html",
	},
	Severity: check.Error,
	Levels:   "DRX",
	Bad: `-- config.json --
{"Entrypoint": ["/app/server"]}
-- files --
/app/server elf mode=0700
`,
	Good: `-- config.json --
{"Entrypoint": ["/app/server"]}
-- files --
/app/server elf mode=0700 owner=1003:1003
`,
	Check: orByRun(readCommandExecutable, executableByRun),
}

func readCommandExecutable(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	return judgePrograms(ctx, s, judgeExecutable, executableInBase)
}

func executableInBase(p starting, base string) check.Verdict {
	if p.shell {
		return check.NotApplicablef("the script starts no program; its shell is the matter of FG404 (shell-present)")
	}
	return check.Passf(p.at, "everybody may execute %s of the base image %s", brief(p.name), brief(base))
}

func judgeExecutable(_ context.Context, s *check.Subject, p *started) (check.Verdict, error) {
	who := s.Function().RunsAs()
	if p.shell {
		return check.NotApplicablef("the script starts no program; its shell is the matter of FG404 (shell-present)"), nil
	}
	if verdict, absent := p.absent(s.Function()); absent {
		return verdict, nil
	}
	need := check.Execute
	if p.Kind == check.Script {
		need |= check.Read
	}
	o := p.Obstacle
	switch {
	case o == nil && p.File.Allows(who, need):
		return check.Passf(p.at, "%s may execute %s (%s)", who, brief(p.Path), ownership(p.File)), nil
	case o == nil:
		return check.Failf(p.at, "the script %s is executable but not readable for %s (%s)", brief(p.File.Path), who, ownership(p.File)).Also(check.AtFile(p.File.Path)).
			WithFix("let its interpreter read it"+beforeUser+"%s", chmodLine(p.File, who, need)), nil
	case !o.Final && isRootsHome(o.Path):
		return check.Failf(p.at, "%s lies in the home of root: %s may not enter %s (%s)", brief(p.Path), who, brief(o.Path), ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("move the program out of the home of root, or open that"+beforeUser+"%s", chmodLine(o.Owned, who, check.Execute)), nil
	case !o.Final:
		return check.Failf(p.at, "%s may not enter %s (%s), where %s is", who, brief(o.Path), ownership(o.Owned), brief(p.Path)).Also(check.AtFile(o.Path)).
			WithFix("open the folder on the way to the program"+beforeUser+"%s", chmodLine(o.Owned, who, check.Execute)), nil
	case o.Mode&0o111 == 0:
		return check.Failf(p.at, "%s has no execute bit (%s)", brief(o.Path), ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("set it, by COPY --chmod=0755 or here"+beforeUser+"RUN chmod 0755 %s", named(o.Path, "<path>")), nil
	default:
		return check.Failf(p.at, "%s is executable, but not for %s (%s)", brief(o.Path), who, ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("let the function's user execute it, or give it the file by COPY --chown=%s"+beforeUser+"%s", proposedUser(s.Function()), chmodLine(o.Owned, who, need)), nil
	}
}
