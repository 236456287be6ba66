// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"io"
	"io/fs"
	"path"
	"regexp"

	"github.com/fgpreflight/fgpreflight/check"
)

var homeWritable = &check.Rule{
	ID:    "FG307",
	Name:  "home-writable",
	Title: "A program that writes while it starts may do so",
	Why: `FunctionGraph promises /tmp alone as a place to write to. Huawei's sample closes
HOME to writing even for its owner (chmod 500). Some programs keep caches, logs
or settings in HOME and fail, or start slowly, where they cannot: npm, pm2, the
dotnet command line, pip, uv, go. nginx has temporary folders of its own.

The rule knows these programs by the start command; what libraries write, such
as matplotlib, it does not see.`,
	Fix: `Move what they write to /tmp:

	ENV npm_config_cache=/tmp/.npm
	ENV DOTNET_CLI_HOME=/tmp
	ENV MPLCONFIGDIR=/tmp/matplotlib`,
	Source: []string{
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
		"https://github.com/opentelekomcloud-community/otc-functiongraph-nodejs-runtime",
	},
	Severity: check.Note,
	Levels:   "R",
	Bad: `-- config.json --
{"Env": ["HOME=/home/app"], "Cmd": ["npm", "--prefix", "/home/app", "start"]}
-- files --
/home/app dir mode=0550 owner=1003:1003
`,
	Good: `-- config.json --
{"Env": ["HOME=/home/app", "npm_config_cache=/tmp/.npm"], "Cmd": ["npm", "--prefix", "/home/app", "start"]}
-- files --
/home/app dir mode=0550 owner=1003:1003
`,
	Check: checkHomeWritable,
}

func checkHomeWritable(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	w, call := findHomeWriter(cmd)
	switch {
	case cmd.Program() == "":
		return check.SeeRule("FG401", "start-command"), nil
	case cmd.Opaque != nil:
		return check.Unknownf("pass --run", "the script is not certain: %v", cmd.Opaque), nil
	case w == nil:
		return check.Passf(firstOf(cmd.At), "nothing in the start command is known to write to HOME"), nil
	case w.own != "":
		return w.judgeOwnFolders(ctx, s, call)
	}
	env, err := s.Env(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	for _, name := range w.vars.list() {
		value, err := variableOf(env, call, name)
		if err != nil {
			return check.Verdict{}, err
		}
		if value != "" {
			return check.Passf(call.At, "%s is set, so that %s does not write to HOME", name, call.Name()), nil
		}
	}
	home, err := variableOf(env, call, "HOME")
	if err != nil {
		return check.Verdict{}, err
	}
	switch {
	case !path.IsAbs(home):
		return check.SeeRule("FG501", "env-home"), nil
	case isMounted(s.Function(), home):
		return check.Passf(call.At, "%s writes to %s, which the platform lays over the image", call.Name(), brief(home)), nil
	}
	return w.judgeHome(ctx, s, call, home)
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
	file, found, err := exists(fsys, home)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case !found || !file.Mode.IsDir():
		return check.SeeRule("FG506", "env-agrees"), nil
	}
	folder := path.Join(home, w.inHome)
	if _, found, err = exists(fsys, folder); err != nil {
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
	if err != nil || !found || !info.Mode.IsRegular() {
		return nil, err
	}
	file, err := fsys.Open(fsName(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit))
}
