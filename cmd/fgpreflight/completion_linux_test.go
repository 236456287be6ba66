// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check/checktest"
)

// completions are what is typed, with what the Tab key is to make of its last
// word.
var completions = []struct{ typed, want string }{
	{"expl", "explain"},
	{"explain nonroot-u", "nonroot-user"},
	{"rules --format mark", "markdown"},
	{"--profile obs", "observed"},
	{"--format sar", "sarif"},
	{"--format text,sar", "text,sarif"},
	{"--only FG202,env-ho", "FG202,env-home"},
	{"--skip env-ho", "env-home="},
	{"--severity FG501=war", "FG501=warning"},
	{"--fail-on nev", "never"},
	{"docker:shop/ap", "docker:shop/app:1.0"},
	{"shop/ap", "shop/app:1.0"},
	{"docker-arch", "docker-archive:"},
	{"api.Docker", "api.Dockerfile"},
	{"--ca-file api.Docker", "api.Dockerfile"},
}

// TestShells completes words in shells as people run them.
func TestShells(t *testing.T) {
	engine := listingEngine(t)
	t.Setenv("PATH", buildProgram(t)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, shell := range []struct {
		command []string
		start   string // loads the completion
	}{
		{[]string{"bash", "--norc", "-i"}, ". /usr/share/bash-completion/bash_completion; . <(fgpreflight completion bash)"},
		{[]string{"zsh", "-f", "-i"}, "autoload -U compinit; compinit -u -D; . <(fgpreflight completion zsh)"},
	} {
		t.Run(shell.command[0], func(t *testing.T) {
			s := startShell(t, engine, shell.command)
			s.types("PS1=; " + shell.start + "; printf '[%s]' ready\r")
			s.wait("[ready]")
			for _, c := range completions {
				// The line is completed and then made the arguments of printf.
				s.types("fgpreflight " + c.typed + "\t\x01printf '[%s]' \r")
				words := strings.Fields("fgpreflight " + c.typed)
				words[len(words)-1] = c.want
				s.wait("[" + strings.Join(words, "][") + "]")
			}
		})
	}
	t.Run("fish", func(t *testing.T) {
		for _, c := range completions {
			cmd := shellCommand(t, engine, "fish", "--no-config", "-c", "fgpreflight completion fish | source; complete -C $argv[1]", "fgpreflight "+c.typed)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			first, _, _ := strings.Cut(string(out), "\n") // A second one keeps fish from adding a space.
			if got, _, _ := strings.Cut(first, "\t"); got != c.want {
				t.Errorf("%s: %q, want %q", c.typed, out, c.want)
			}
		}
	})
}

// shellCommand returns the command for a shell in a new folder with a Dockerfile.
func shellCommand(t *testing.T, engine string, command ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skipf("left out: completion in %s: %v", command[0], err)
	}
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = t.TempDir()
	checktest.WriteFile(t, filepath.Join(cmd.Dir, "api.Dockerfile"), []byte("FROM scratch\n"))
	cmd.Env = append(os.Environ(), "TERM=xterm", "HOME="+cmd.Dir, "COLUMNS=200", "DOCKER_HOST="+engine)
	return cmd
}

// shell is one that runs on a terminal.
type shell struct {
	t        *testing.T
	terminal io.Writer

	mu   sync.Mutex
	seen bytes.Buffer // since the last thing that was waited for
}

func startShell(t *testing.T, engine string, command []string) *shell {
	t.Helper()
	cmd := shellCommand(t, engine, command...)
	master, terminal := openTerminal(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	s := &shell{t: t, terminal: master}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(s, master) // Its end is an error: the terminal was closed.
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // It was killed.
		<-ended
	})
	return s
}

func (s *shell) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.Write(b)
}

func (s *shell) types(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.terminal, keys); err != nil {
		s.t.Fatal(err)
	}
}

// wait waits until the shell has written the text.
func (s *shell) wait(text string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeoutCause(s.t.Context(), 20*time.Second, errors.New("the shell is silent"))
	defer cancel()
	for {
		s.mu.Lock()
		seen := s.seen.String()
		if strings.Contains(seen, text) {
			s.seen.Reset()
		}
		s.mu.Unlock()
		if strings.Contains(seen, text) {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("the terminal has no %s but\n%q", text, seen)
		}
	}
}

// listingEngine returns the address of an engine that has images, one of whose
// names is a trap.
func listingEngine(t *testing.T) (address string) {
	t.Helper()
	return checktest.ServeSocket(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		switch {
		case strings.HasSuffix(r.URL.Path, "/version"):
			fmt.Fprint(w, `{"Version": "20.10.24"}`)
		case strings.HasSuffix(r.URL.Path, "/images/json"):
			fmt.Fprint(w, `[{"Id": "sha256:1", "RepoTags": ["shop/app:1.0", "shop/app$(touch trap):1.0"]}]`)
		}
	}))
}
