// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

// elfHead returns the head of a static ELF file.
func elfHead(machine uint16, bits int) []byte {
	head := make([]byte, 64)
	copy(head, "\x7fELF\x01\x01\x01")
	if bits == 64 {
		head[4] = 2
	}
	binary.LittleEndian.PutUint16(head[18:], machine)
	return head
}

// decideFiles decides a rule for a command in an image that consists of files
// which all belong to root and are open to everybody.
func decideFiles(t *testing.T, id, arch string, command *check.Command, files map[string][]byte) check.Verdict {
	t.Helper()
	tree := fstest.MapFS{}
	for name, data := range files {
		tree[name] = &fstest.MapFile{Data: data, Mode: 0o755}
	}
	return decide(t, id, check.Provider{
		Config: func(context.Context) (*check.Config, error) {
			return &check.Config{Architecture: check.Known(arch, check.At("config", "architecture"))}, nil
		},
		RootFS:  func(context.Context) (fs.FS, error) { return tree, nil },
		Command: func(context.Context, *check.Subject) (*check.Command, error) { return command, nil },
	})
}

func start(args ...string) *check.Command {
	return &check.Command{Args: args, At: []check.Location{check.At("config", "Cmd")}, Calls: []check.Call{{Args: args}}}
}

// TestMachines decides programs for machines that the cases cannot make.
func TestMachines(t *testing.T) {
	for _, tt := range []struct {
		name    string
		machine uint16
		bits    int
		arch    string
		want    check.Outcome
		message string
	}{
		{"386 on amd64", 3, 32, "amd64", check.Unknown, "/server is a 32-bit program, which only some amd64 machines run"},
		{"386 on arm64", 3, 32, "arm64", check.Fail, "/server is a program for 386 in an image for arm64"},
		{"386 on 386", 3, 32, "386", check.Pass, "/server is for 386"},
		{"arm on amd64", 40, 32, "amd64", check.Fail, "/server is a program for arm in an image for amd64"},
		{"no name", 4711, 64, "amd64", check.Fail, "/server is a program for the ELF machine 4711 in an image for amd64"},
	} {
		t.Run("FG304 "+tt.name, func(t *testing.T) {
			got := decideFiles(t, "FG304", tt.arch, start("/server"), map[string][]byte{"server": elfHead(tt.machine, tt.bits)})
			if got.Outcome != tt.want || got.Message != tt.message {
				t.Errorf("got %s: %s\nwant %s: %s", got.Outcome, got.Message, tt.want, tt.message)
			}
		})
	}
}

// TestNoArchitecture shows that FG304 leaves a config without an architecture
// to FG602.
func TestNoArchitecture(t *testing.T) {
	got := decide(t, "FG304", check.Provider{Config: func(context.Context) (*check.Config, error) { return &check.Config{}, nil }})
	if got.Outcome != check.Unknown || got.Message != "see FG602 (amd64)" {
		t.Errorf("got %s: %s", got.Outcome, got.Message)
	}
}

// TestManyPrograms shows that a script cannot make the rules look up more than
// a hundred programs.
func TestManyPrograms(t *testing.T) {
	command := &check.Command{Args: []string{"sh", "-c", "…"}, At: []check.Location{check.At("config", "Cmd")}, Shell: "sh", Script: "…"}
	files := map[string][]byte{"bin/sh": elfHead(62, 64)}
	for i := range 99 { // and the shell
		name := fmt.Sprintf("bin/p%d", i)
		files[name] = elfHead(62, 64)
		command.Calls = append(command.Calls, check.Call{Args: []string{"/" + name}})
	}
	if got := decideFiles(t, "FG301", "amd64", command, files); got.Outcome != check.Pass {
		t.Errorf("at the limit: %s: %s", got.Outcome, got.Message)
	}
	command.Calls = append(command.Calls, check.Call{Args: []string{"/missing"}})
	got := decideFiles(t, "FG301", "amd64", command, files)
	if want := "the script starts more than 100 programs"; got.Outcome != check.Unknown || !got.Deferred || got.Message != want {
		t.Errorf("above the limit: %s: %s", got.Outcome, got.Message)
	}
}

// TestManyPaths shows that a command cannot make FG305 look at more than a
// thousand paths.
func TestManyPaths(t *testing.T) {
	for _, tt := range []struct {
		name  string
		paths int
		last  string
		want  check.Outcome
	}{{"at the limit", 999, "/private", check.Fail}, {"open", 999, "/open", check.Pass}, {"above", 1_000, "/private", check.Unknown}} {
		t.Run("FG305 "+tt.name, func(t *testing.T) {
			args := append([]string{"/bin/p0"}, slices.Repeat([]string{"/none"}, tt.paths)...)
			tree := fstest.MapFS{"bin/p0": {Mode: 0o755}, "private": {Mode: 0o600}}
			got := decide(t, "FG305", check.Provider{
				RootFS: func(context.Context) (fs.FS, error) { return tree, nil },
				Config: func(context.Context) (*check.Config, error) { return &check.Config{}, nil },
				Command: func(context.Context, *check.Subject) (*check.Command, error) {
					return start(append(args, tt.last)...), nil
				},
			})
			if got.Outcome != tt.want {
				t.Errorf("got %s: %s", got.Outcome, got.Message)
			}
		})
	}
}

// TestTreeUnavailable shows that the rules that need every layer say so where
// that is too dear, but still judge the settings.
func TestTreeUnavailable(t *testing.T) {
	left := &check.UnavailableError{Fact: "whole file tree", Why: "it is left out", Hint: "pass --full"}
	provider := check.Provider{Tree: failing[fs.FS](left)}
	mounts := &check.Function{Mounts: check.Known([]string{"/data"}, check.Location{Artifact: "--mount-path"})}
	subject := check.NewSubject(check.Info{}, mounts, provider)
	want := map[string]check.Outcome{"FG308": check.Unknown, "FG309": check.Unknown, "FG310": check.Fail}
	policy := check.Policy{Only: map[string]bool{"FG308": true, "FG309": true, "FG310": true}}
	for _, result := range check.Run(t.Context(), subject, rules.All, policy).Results {
		if result.Outcome != want[result.Rule.ID] || result.Outcome == check.Unknown && result.Hint != left.Hint {
			t.Errorf("%s: got %s (%s)", result.Rule.ID, result.Outcome, result.Message)
		}
	}
}

// TestInheritedFiles decides images of whose configuration a part cannot be
// known: where the known part does not settle the matter, the error is the
// answer.
func TestInheritedFiles(t *testing.T) {
	unread := &check.UnavailableError{Fact: "base image", Why: "the base image was not read"}
	home := check.Variable{Name: "HOME", Value: "/home/app"}
	known := func(vars ...check.Variable) check.Env { return check.NewEnv(vars, nil) }
	unknown := func(vars ...check.Variable) check.Env { return check.NewEnv(vars, unread) }
	amd64 := check.Known("amd64", check.Location{})
	loader := fstest.MapFS{"server": {Data: elfWithLoader("/lib64/ld-linux-x86-64.so.2"), Mode: 0o755}}
	closed := fstest.MapFS{"home/app": {Mode: fs.ModeDir | 0o755}}
	for _, tt := range []struct {
		name, rule string
		config     check.Config
		command    *check.Command
		tree       fstest.MapFS
		want       string // the outcome, or "unread" for the error
	}{
		{"WORKDIR of a relative program", "FG301", check.Config{Env: known(), WorkingDir: check.Missing[string](unread)}, start("./server"), fstest.MapFS{}, "unread"},
		{"WORKDIR of a missing program", "FG301", check.Config{Env: known(), WorkingDir: check.Missing[string](unread)}, start("/server"), fstest.MapFS{}, "unread"},
		{"no WORKDIR for one that is there", "FG301", check.Config{Env: known(), WorkingDir: check.Missing[string](unread)}, start("/server"), loader, "pass"},
		{"the architecture of a missing loader", "FG303", check.Config{Env: known(), Architecture: check.Missing[string](unread)}, start("/server"), loader, "unread"},
		{"the architecture", "FG304", check.Config{Env: known(), Architecture: check.Missing[string](unread)}, start("/server"), loader, "unread"},
		{"the variable of npm", "FG307", check.Config{Env: unknown(home)}, start("npm", "start"), closed, "unread"},
		{"HOME for npm", "FG307", check.Config{Env: unknown(check.Variable{Name: "npm_config_cache"}, check.Variable{Name: "NPM_CONFIG_CACHE"})}, start("npm", "start"), closed, "unread"},
		{"all that npm needs", "FG307", check.Config{Env: known(home)}, start("npm", "start"), closed, "fail"},
		{"HOME", "FG509", check.Config{Env: unknown(), Architecture: amd64}, start("/server"), loader, "unread"},
		{"HOME is known", "FG509", check.Config{Env: unknown(home), Architecture: amd64}, start("/server"), loader, "fail"},
		{"WORKDIR of a bare name", "FG301", check.Config{Env: known(), WorkingDir: check.Missing[string](unread)}, start("server"), fstest.MapFS{}, "unread"},
		{"WORKDIR of a relative program", "FG302", check.Config{Env: known(), WorkingDir: check.Missing[string](unread)}, start("./server"), fstest.MapFS{}, "unread"},
		{"no WORKDIR for an absolute path", "FG302", check.Config{Env: known(), WorkingDir: check.Missing[string](unread)}, start("/server"), fstest.MapFS{}, "unknown"},
	} {
		t.Run(tt.rule+" "+tt.name, func(t *testing.T) {
			subject := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{
				Config:  func(context.Context) (*check.Config, error) { return &tt.config, nil },
				RootFS:  func(context.Context) (fs.FS, error) { return tt.tree, nil },
				Command: func(context.Context, *check.Subject) (*check.Command, error) { return tt.command, nil },
			})
			got, err := check.Find(rules.All, tt.rule).Check(t.Context(), subject)
			outcome := got.Outcome.String()
			if errors.Is(err, unread) {
				outcome = "unread"
			}
			if outcome != tt.want {
				t.Errorf("got %s (%s), error %v; want %s", outcome, got.Message, err, tt.want)
			}
		})
	}
}

// elfWithLoader returns the head of a program for amd64 that needs a loader.
func elfWithLoader(name string) []byte {
	out := make([]byte, 64+56)
	copy(out, elfHead(62, 64))
	le := binary.LittleEndian
	le.PutUint64(out[32:], 64) // where the program headers are
	le.PutUint16(out[54:], 56)
	le.PutUint16(out[56:], 1)
	le.PutUint32(out[64:], 3) // PT_INTERP
	le.PutUint64(out[64+8:], uint64(len(out)))
	le.PutUint64(out[64+32:], uint64(len(name)+1))
	return append(append(out, name...), 0)
}
