// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"io"
	"io/fs"
	"path"
	"regexp"
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
	for _, call := range cmd.Calls {
		i := slices.IndexFunc(homeWriters, func(w homeWriter) bool { return w.names.has(call.Name()) && w.isUsed(call.Args[1:]) })
		if i >= 0 && !call.Conditional {
			return &homeWriters[i], call
		}
	}
	return nil, check.Call{}
}

// isUsed reports whether the arguments name one of the subcommands.
func (w *homeWriter) isUsed(args []string) bool {
	i := slices.IndexFunc(args, func(arg string) bool { return !isOption(arg) })
	return w.sub == "" || i >= 0 && w.sub.has(args[i])
}

// variableOf returns the variable as the call gets it, "" where it is not set.
func variableOf(env check.Env, call check.Call, name string) (string, error) {
	if value, ok := call.Vars[name]; ok {
		return value, nil
	}
	value, _, err := env.Lookup(name).Get()
	return value, err
}

// judgeHome judges the folder below HOME if it is there, else HOME.
func (w *homeWriter) judgeHome(ctx context.Context, s *check.Subject, call check.Call, home string) (check.Verdict, error) {
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	file, _, err := exists(fsys, home)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !file.Mode.IsDir():
		return check.SeeRule("FG506", "env-agrees"), nil
	}
	folder := path.Join(home, w.inHome)
	_, found, err := exists(fsys, folder)
	if err != nil {
		return check.Verdict{}, err
	}
	if !found {
		folder = home
	}
	return w.judgeFolder(s, fsys, call, folder)
}

func (w *homeWriter) judgeFolder(s *check.Subject, fsys fs.FS, call check.Call, folder string) (check.Verdict, error) {
	who := s.Function().RunsAs()
	_, o, err := check.Reach(fsys, folder, who, check.Write|check.Execute)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case o == nil:
		return check.Passf(call.At, "%s may write to %s", call.Name(), brief(folder)), nil
	case o.Lacks&check.Execute != 0:
		return check.SeeRule("FG306", "home-readable"), nil
	default:
		return check.Failf(call.At, "%s writes to %s, which is closed to writing for %s (%s)", call.Name(), brief(folder), who, ownership(o.Owned)).Also(check.AtFile(o.Path)).
			WithFix("let %s write to /tmp:\n\n%s", call.Name(), setLine(s.Function(), w.vars.list()[0], w.inTmp)), nil
	}
}

// tempInTmp is a line in nginx's configuration that moves temporary files.
var tempInTmp = regexp.MustCompile(`_temp_path\s+/tmp`)

// maxNginxConfig is how many bytes of its configuration are read.
const maxNginxConfig = 64 << 10

// judgeOwnFolders judges the temporary folders of nginx.
func (w *homeWriter) judgeOwnFolders(ctx context.Context, s *check.Subject, call check.Call) (check.Verdict, error) {
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	config := "/etc/nginx/nginx.conf"
	for _, o := range recognise(call).options {
		if o.name == "-c" && path.IsAbs(o.value) {
			config = o.value
		}
	}
	text, err := readHead(fsys, config, maxNginxConfig)
	if err != nil {
		return check.Verdict{}, err
	}
	if tempInTmp.Match(text) {
		return check.Passf(call.At, "%s keeps temporary files in /tmp", call.Name()).Also(check.AtFile(config)), nil
	}
	for _, folder := range w.own.list() {
		_, found, err := exists(fsys, folder)
		if err != nil {
			return check.Verdict{}, err
		}
		if !found {
			continue
		}
		_, o, err := check.Reach(fsys, folder, s.Function().RunsAs(), check.Write|check.Execute)
		if err != nil {
			return check.Verdict{}, err
		}
		if o != nil {
			return check.Failf(call.At, "%s keeps temporary files in %s, which is closed to %s (%s)", call.Name(), folder, s.Function().RunsAs(), ownership(o.Owned)).Also(check.AtFile(o.Path)).
				WithFix("move them in the http block of %s:\n\n%s", brief(config), nginxPaths), nil
		}
	}
	return check.Passf(call.At, "no folder that %s is known to write to is closed", call.Name()), nil
}

// readHead returns the beginning of a file; nothing of one that is not there.
func readHead(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, found, err := exists(fsys, name)
	if !found || !info.Mode.IsRegular() {
		return nil, err
	}
	file, err := fsys.Open(check.FSName(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit))
}
