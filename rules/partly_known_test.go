// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"archive/tar"
	"context"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

// partFS is a file tree some of whose files are not known, as that of a
// Dockerfile. What is in folders is known to be a folder and no more.
type partFS struct {
	fstest.MapFS
	unknown map[string]bool
	folders map[string]bool
}

var errPart = &check.UnavailableError{Fact: "files", Why: "it is not known", Hint: "a test"}

func (p partFS) Lstat(name string) (fs.FileInfo, error) {
	if p.unknown[name] || p.folders[name] {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: errPart}
	}
	return p.MapFS.Lstat(name)
}

func (p partFS) Stat(name string) (fs.FileInfo, error) { return p.Lstat(name) }

func (p partFS) Open(name string) (fs.File, error) {
	if p.unknown[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errPart}
	}
	return p.MapFS.Open(name)
}

func (p partFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := p.MapFS.ReadDir(name)
	if err == nil && p.unknown[name+"/*"] {
		err = &fs.PathError{Op: "readdir", Path: name, Err: errPart}
	}
	return entries, err
}

// rootOwned is a file of root.
func rootOwned(mode fs.FileMode) *fstest.MapFile {
	return &fstest.MapFile{Mode: mode, Sys: &tar.Header{}}
}

// partlyKnown is what the cases of TestPartlyKnown have in common: some files
// are closed to the function, and some are not known.
func partlyKnown() partFS {
	files := fstest.MapFS{
		"open": rootOwned(fs.ModeDir | 0o755), "open/file": rootOwned(0o755), "open/closed": rootOwned(0o600),
		"private": rootOwned(fs.ModeDir | 0o700), "private/file": rootOwned(0o755),
		"opt": rootOwned(fs.ModeDir | 0o755), "opt/function": rootOwned(fs.ModeDir | 0o755), "opt/function/runtime": rootOwned(fs.ModeDir | 0o755), "opt/function/runtime/x": rootOwned(0o644),
		"home": rootOwned(fs.ModeDir | 0o755), "home/app": rootOwned(fs.ModeDir | 0o755), "home/app/orders": rootOwned(fs.ModeDir | 0o755),
		"home/snuser": rootOwned(fs.ModeDir | 0o755), "home/snuser/y": rootOwned(0o644),
	}
	return partFS{MapFS: files, unknown: map[string]bool{"dark": true}, folders: map[string]bool{}}
}

// TestPartlyKnown shows that what is known decides where the rest is not, and
// that nothing is decided by what is not known.
func TestPartlyKnown(t *testing.T) {
	dark := func(names ...string) func(*partFS) {
		return func(p *partFS) {
			for _, name := range names {
				p.unknown[name] = true
			}
		}
	}
	folder := func(name string) func(*partFS) { return func(p *partFS) { p.folders[name] = true } }
	gap := check.Missing[string](errPart)
	at := check.At("config", "X")
	for _, tt := range []struct {
		name, rule string
		change     func(*partFS)
		config     check.Config
		args       [][]string // of the calls
		mounts     []string
		want       check.Outcome // unknown for the error that says so
	}{
		{"closed behind an unknown one", "FG302", nil, check.Config{}, [][]string{{"/dark"}, {"/private/file"}}, nil, check.Fail},
		{"open behind an unknown one", "FG302", nil, check.Config{}, [][]string{{"/dark"}, {"/open/file"}}, nil, check.Unknown},
		{"a path needs no PATH", "FG302", nil, check.Config{Env: check.NewEnv(nil, errPart)}, [][]string{{"/open/file"}}, nil, check.Pass},
		{"closed behind an unknown one", "FG305", nil, check.Config{}, [][]string{{"cat", "/dark", "/open/closed"}}, nil, check.Fail},
		{"open behind an unknown one", "FG305", nil, check.Config{}, [][]string{{"cat", "/dark", "/open/file"}}, nil, check.Unknown},
		{"HOME unknown, WORKDIR closed", "FG306", nil, check.Config{Env: check.NewEnv(nil, errPart), WorkingDir: check.Known("/private", at)}, [][]string{{"/open/file"}}, nil, check.Fail},
		{"HOME unknown, WORKDIR open", "FG306", nil, check.Config{Env: check.NewEnv(nil, errPart), WorkingDir: check.Known("/open", at)}, [][]string{{"/open/file"}}, nil, check.Unknown},
		{"WORKDIR unknown", "FG306", nil, check.Config{WorkingDir: gap}, [][]string{{"/open/file"}}, nil, check.Unknown},
		{"WORKDIR closed, program unknown", "FG306", nil, check.Config{WorkingDir: check.Known("/private", at)}, [][]string{{"/dark"}}, nil, check.Unknown},
		{"the closed folder is the program's", "FG306", nil, check.Config{WorkingDir: check.Known("/private", at)}, [][]string{{"/private/file"}, {"/dark"}}, nil, check.Unknown},
		{"one folder unknown, the other not free", "FG310", dark("opt/function"), check.Config{}, nil, nil, check.Fail},
		{"both unknown", "FG310", dark("opt/function", "home/snuser"), check.Config{}, nil, nil, check.Unknown},
		{"more in it is not known", "FG310", dark("opt/function/runtime/*"), check.Config{}, nil, nil, check.Fail},
		{"folders unknown, mount not free", "FG310", dark("opt/function", "home/snuser"), check.Config{}, nil, []string{"/home/app"}, check.Fail},
		{"folders unknown, mount free", "FG310", dark("opt/function", "home/snuser"), check.Config{}, nil, []string{"/mnt/data"}, check.Unknown},
		{"mount on a folder of unknown mode", "FG310", func(p *partFS) {
			dark("opt/function", "home/snuser")(p)
			folder("home/app")(p)
		}, check.Config{}, nil, []string{"/home/app"}, check.Fail},
		{"HOME is a folder of unknown mode", "FG506", folder("home/app"), home("/home/app"), nil, nil, check.Pass},
		{"HOME is not known", "FG506", dark("home/app"), home("/home/app"), nil, nil, check.Unknown},
		{"HOME is a file of unknown mode", "FG506", folder("open/file"), home("/open/file"), nil, nil, check.Unknown},
		{"module in a folder of unknown mode", "FG402", folder("home/app/orders"), check.Config{WorkingDir: check.Known("/home/app", at)}, [][]string{{"python", "-m", "orders"}}, nil, check.Fail},
		{"module of unknown place", "FG402", dark("home/app/orders.py"), check.Config{WorkingDir: check.Known("/home/app", at)}, [][]string{{"python", "-m", "billing"}, {"python", "-m", "orders"}}, nil, check.Fail},
		{"module that may be there", "FG402", dark("home/app/billing"), check.Config{WorkingDir: check.Known("/home/app", at)}, [][]string{{"python", "-m", "billing"}}, nil, check.Unknown},
		{"WORKDIR unknown, module", "FG402", nil, check.Config{WorkingDir: gap}, [][]string{{"python", "-m", "billing"}}, nil, check.Unknown},
		{"STOPSIGNAL unknown, HEALTHCHECK set", "FG810", nil, check.Config{StopSignal: gap, Healthcheck: check.Known([]string{"CMD", "true"}, at)}, nil, nil, check.Fail},
		{"STOPSIGNAL unknown", "FG810", nil, check.Config{StopSignal: gap}, nil, nil, check.Unknown},
		{"HEALTHCHECK unknown", "FG810", nil, check.Config{Healthcheck: check.Missing[[]string](errPart)}, nil, nil, check.Unknown},
		{"VOLUME unknown", "FG810", nil, check.Config{Volumes: check.Set{Rest: errPart}}, nil, nil, check.Unknown},
	} {
		t.Run(tt.rule+" "+tt.name, func(t *testing.T) {
			tree := partlyKnown()
			if tt.change != nil {
				tt.change(&tree)
			}
			subject := partlyKnownSubject(tree, &tt.config, tt.args, tt.mounts)
			got := check.Run(t.Context(), subject, []*check.Rule{check.Find(rules.All, tt.rule)}, check.Policy{}).Results[0]
			if got.Outcome != tt.want || got.Err != nil {
				t.Errorf("got %s (%s), error %v; want %s", got.Outcome, got.Message, got.Err, tt.want)
			}
		})
	}
}

// home is a configuration with the variable.
func home(value string) check.Config {
	return check.Config{Env: check.NewEnv([]check.Variable{{Name: "HOME", Value: value}}, nil)}
}

func partlyKnownSubject(tree fs.FS, config *check.Config, args [][]string, mounts []string) *check.Subject {
	cmd := &check.Command{Args: []string{"/open/file"}, At: []check.Location{{}}}
	for _, words := range args {
		cmd.Calls = append(cmd.Calls, check.Call{Args: words})
	}
	if len(cmd.Calls) == 1 {
		cmd.Args = args[0]
	}
	function := &check.Function{}
	if mounts != nil {
		function.Mounts = check.Known(mounts, check.At("--mount-path", ""))
	}
	files := func(context.Context) (fs.FS, error) { return tree, nil }
	return check.NewSubject(check.Info{}, function, check.Provider{
		Config: func(context.Context) (*check.Config, error) { return config, nil },
		RootFS: files, Tree: files,
		Accounts: func(context.Context, *check.Subject) (*check.Accounts, error) { return &check.Accounts{}, nil },
		User: func(context.Context, *check.Subject) (*check.User, error) {
			return &check.User{Spec: "1003", UID: check.DefaultID}, nil
		},
		Command: func(context.Context, *check.Subject) (*check.Command, error) { return cmd, nil },
	})
}

// TestInheritedMends shows that a mend does not ask to change what only a base
// image can: it is set again, or goes with the base.
func TestInheritedMends(t *testing.T) {
	inherited := check.Location{Artifact: "Dockerfile", Line: 1, Base: "base:7"}
	config := &check.Config{
		Env: check.NewEnv([]check.Variable{
			{Name: "RUNTIME_MEMORY", Value: "1", At: inherited}, {Name: "PORT", Value: "9000", At: inherited},
		}, nil),
		Volumes: check.Set{Have: []string{"/data"}, At: inherited},
	}
	subject := partlyKnownSubject(partlyKnown(), config, [][]string{{"next", "start", "/open"}}, nil)
	for id, want := range map[string]string{
		"FG104": "set it again, over what the base image says:\n\nENV PORT=8000",
		"FG507": "build on a base image that does not set RUNTIME_MEMORY",
		"FG810": "expect nothing of the VOLUME of base:7: write to /tmp, or mount a file system in the function's settings",
	} {
		got, err := check.Find(rules.All, id).Check(t.Context(), subject)
		if err != nil || got.Fix != want {
			t.Errorf("%s: got the mend %q, error %v; want %q", id, got.Fix, err, want)
		}
	}
}

// TestUserTools decides uses of programs that the cases have no base image for.
func TestUserTools(t *testing.T) {
	at := check.At("Dockerfile", "")
	use := func(name, base, instead string, present check.Setting[bool]) check.ToolUse {
		return check.ToolUse{Name: name, Base: base, Instead: instead, Present: present}
	}
	yes, no, open := check.Known(true, at), check.Known(false, at), check.Missing[bool](errPart)
	for _, tt := range []struct {
		name    string
		uses    []check.ToolUse
		want    check.Outcome
		message string
	}{
		{"two bases", []check.ToolUse{use("useradd", "a", "adduser", no), use("adduser", "b", "useradd", no), use("useradd", "a", "adduser", no)}, check.Fail, "there is no useradd in a; there is no adduser in b"},
		{"one unknown, one missing", []check.ToolUse{use("useradd", "a", "", open), use("usermod", "a", "", no)}, check.Fail, "there is no usermod in a"},
		{"one there, one unknown", []check.ToolUse{use("useradd", "a", "", yes), use("usermod", "a", "", open)}, check.Unknown, "it is not known"},
		{"one or the other", []check.ToolUse{use("useradd", "a", "adduser", no), use("adduser", "a", "useradd", open)}, check.Unknown, "it is not known"},
		{"the other for another base", []check.ToolUse{use("useradd", "a", "adduser", no), use("adduser", "b", "useradd", open)}, check.Fail, "there is no useradd in a"},
		{"the other before", []check.ToolUse{use("adduser", "a", "useradd", open), use("useradd", "a", "adduser", no)}, check.Fail, "there is no useradd in a"},
		{"something else does the same", []check.ToolUse{use("userdel", "a", "deluser", no)}, check.Fail, "there is no userdel in a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			build := func(context.Context) (*check.Build, error) { return &check.Build{AccountTools: tt.uses}, nil }
			subject := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{Build: build})
			got := check.Run(t.Context(), subject, []*check.Rule{check.Find(rules.All, "FG208")}, check.Policy{}).Results[0]
			if got.Outcome != tt.want || got.Message != tt.message {
				t.Errorf("got %s: %s\nwant %s: %s", got.Outcome, got.Message, tt.want, tt.message)
			}
		})
	}
}
