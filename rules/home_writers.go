// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

// homeWriter is a program that is known to write while it starts, to a folder
// in HOME or to folders of its own.
type homeWriter struct {
	names  words
	sub    words  // subcommands that do so; "" for all
	inHome string // the folder below HOME
	own    words  // the folders outside of HOME
	vars   words  // variables that choose another place, or none; the mend sets the first
	inTmp  string // its value in the mend
	source string // address of the page that says so
}

// homeWriters is the table of those programs. Of libraries, as matplotlib, the
// start command tells nothing.
var homeWriters = []homeWriter{
	{
		names: "npm npx", inHome: ".npm", vars: "npm_config_cache NPM_CONFIG_CACHE",
		inTmp: "/tmp/.npm", source: "https://docs.npmjs.com/cli/using-npm/config#cache",
	},
	{
		names: "pm2 pm2-runtime", inHome: ".pm2", vars: "PM2_HOME",
		inTmp: "/tmp/.pm2", source: "https://pm2.keymetrics.io/docs/usage/specifics/",
	},
	{
		names: "dotnet", sub: "run watch build restore publish test", inHome: ".dotnet", vars: "DOTNET_CLI_HOME",
		inTmp: "/tmp", source: "https://learn.microsoft.com/en-us/dotnet/core/tools/dotnet-environment-variables",
	},
	{
		names: "pip pip3", sub: "install", inHome: ".cache", vars: "PIP_CACHE_DIR PIP_NO_CACHE_DIR XDG_CACHE_HOME",
		inTmp: "/tmp/pip", source: "https://pip.pypa.io/en/stable/topics/caching/",
	},
	{
		names: "uv uvx", inHome: ".cache", vars: "UV_CACHE_DIR UV_NO_CACHE XDG_CACHE_HOME",
		inTmp: "/tmp/uv", source: "https://docs.astral.sh/uv/concepts/cache/",
	},
	{
		names: "go", sub: "run build", inHome: ".cache", vars: "GOCACHE XDG_CACHE_HOME",
		inTmp: "/tmp/go-build", source: "https://pkg.go.dev/cmd/go#hdr-Build_and_test_caching",
	},
	{
		names: "nginx openresty", own: "/var/cache/nginx /var/lib/nginx",
		source: "https://nginx.org/en/docs/http/ngx_http_core_module.html#client_body_temp_path",
	},
}

// nginxPaths is what moves all temporary files of nginx to /tmp.
const nginxPaths = "client_body_temp_path /tmp/client; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi; " +
	"uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;"

// findHomeWriter returns the first call that is certain to run and known to
// write while it starts, or nil.
func findHomeWriter(cmd *check.Command) (*homeWriter, check.Call) {
	if cmd.Opaque != nil {
		return nil, check.Call{}
	}
	for _, call := range cmd.Calls {
		i := slices.IndexFunc(homeWriters, func(w homeWriter) bool { return w.names.has(call.Name()) && w.isUsed(call.Args[1:]) })
		if i >= 0 && !call.Conditional {
			return &homeWriters[i], call
		}
	}
	return nil, check.Call{}
}

// isUsed reports whether the arguments name one of the subcommands.
func (w homeWriter) isUsed(args []string) bool {
	i := slices.IndexFunc(args, func(arg string) bool { return !isOption(arg) })
	return w.sub == "" || i >= 0 && w.sub.has(args[i])
}
