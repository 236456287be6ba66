// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var writesOnlyTmp = &check.Rule{
	ID:    "FG805",
	Name:  "writes-only-tmp",
	Title: "The program writes to /tmp and mounts alone",
	Why: `Only /tmp, 512 MB unless set otherwise, and mounted file systems are promised to
be writable. Files elsewhere count against limits of disk and inodes (4207,
4221) and are gone with the instance.`,
	Fix: `Lead caches, pid files and uploads to /tmp, for instance

	ENV XDG_CACHE_HOME=/tmp/.cache`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://support.huaweicloud.com/intl/en-us/productdesc-functiongraph/functiongraph_01_0150.html",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    onTrial(judgeWritesOnlyTmp),
}

func judgeWritesOnlyTmp(t *trial) check.Verdict {
	if t.Refusal.Kind != check.Started {
		return check.SeeRule("FG801", "keeps-running")
	}
	var changed []string
	for _, name := range t.Changes {
		if !isMounted(t.function, name) {
			changed = append(changed, name)
		}
	}
	switch {
	case len(changed) == 0 && t.NoChanges != nil:
		if unavailable, ok := errors.AsType[*check.UnavailableError](t.NoChanges); ok {
			return check.Unknownf(unavailable.Hint, "what the container wrote cannot be seen: %s", unavailable.Why)
		}
		return check.Unknownf("run it once more", "what the container wrote could not be asked for: %v", t.NoChanges)
	case len(changed) == 0:
		if v, ok := t.unserved(); ok {
			return v
		}
		return check.Passf(t.at, "nothing was written outside of /tmp")
	default:
		return check.Failf(t.at, "the container wrote outside of /tmp: %s", shortList(changed)).
			WithFix("lead what it writes to /tmp, or to a mounted file system%s", diversion(changed))
	}
}

// shortList names the first of the paths and how many there are.
func shortList(names []string) string {
	const shown = 3
	list := make([]string, 0, shown)
	for _, name := range names[:min(len(names), shown)] {
		list = append(list, brief(name))
	}
	if more := len(names) - shown; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list, ", "), more)
	}
	return strings.Join(list, ", ")
}

// diversions lead what programs are known to write elsewhere.
var diversions = []struct{ part, line, source string }{
	{"/__pycache__", "ENV PYTHONDONTWRITEBYTECODE=1", "https://docs.python.org/3/using/cmdline.html#envvar-PYTHONDONTWRITEBYTECODE"},
	{"/.npm", "ENV npm_config_cache=/tmp/.npm", "https://docs.npmjs.com/cli/v11/using-npm/config#cache"},
	{"/.cache", "ENV XDG_CACHE_HOME=/tmp/.cache", "https://specifications.freedesktop.org/basedir-spec/latest/"},
	{"/.config", "ENV XDG_CONFIG_HOME=/tmp/.config", "https://specifications.freedesktop.org/basedir-spec/latest/"},
	{"/matplotlib", "ENV MPLCONFIGDIR=/tmp/matplotlib", "https://matplotlib.org/stable/install/environment_variables_faq.html"},
	{"/.dotnet", "ENV DOTNET_CLI_HOME=/tmp", "https://learn.microsoft.com/en-us/dotnet/core/tools/dotnet-environment-variables"},
	{"/var/log/", "RUN ln -sf /dev/stdout /var/log/<program>.log", "https://docs.docker.com/engine/logging/"},
	{"/var/cache/nginx", "RUN rm -rf /var/cache/nginx && ln -s /tmp /var/cache/nginx", "https://nginx.org/en/docs/http/ngx_http_core_module.html#client_body_temp_path"},
}

// diversion returns the lines that lead the paths elsewhere, as far as known.
func diversion(names []string) string {
	var lines strings.Builder
	for _, d := range diversions {
		if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, d.part) }) {
			lines.WriteString("\n" + d.line)
		}
	}
	if lines.Len() == 0 {
		return ""
	}
	return ":\n" + lines.String()
}
