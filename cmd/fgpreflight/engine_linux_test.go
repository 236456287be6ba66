// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
)

// TestForbiddenSocket shows what those are told who may not use the engine.
func TestForbiddenSocket(t *testing.T) {
	host := checktest.ServeSocket(t, &illEngine{system: "linux"})
	if err := os.Chmod(strings.TrimPrefix(host, "unix://"), 0); err != nil {
		t.Fatal(err)
	}
	dir := checktest.ShortDir(t) // The folders above t.TempDir's are not for everybody.
	for _, open := range []string{dir, filepath.Dir(strings.TrimPrefix(host, "unix://"))} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program, archive := filepath.Join(dir, "fgpreflight"), filepath.Join(dir, "good.tar")
	for from, to := range map[string]string{mustExecutable(t): program, goodArchive(t): archive} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		checktest.WriteFile(t, to, data)
		if err := os.Chmod(to, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "--run", "--engine", host, archive)
	cmd.Args[0], cmd.Dir = "fgpreflight", dir // the test's binary acts as the program by this name
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != check.ExitIncomplete {
		t.Errorf("it ended with %v, want exit code %d", err, check.ExitIncomplete)
	}
	want := "fgpreflight: " + archive + ": no container engine answers: " + host + " (--engine): connect: permission denied; " +
		"join the group that owns the socket (sudo usermod -aG docker $USER, then log in again), or run as its owner\n"
	if got := stderr.String(); got != want {
		t.Errorf("standard error: %swant %s", got, want)
	}
	if !strings.Contains(stdout.String(), "passed   FG001") {
		t.Errorf("what needs no engine is not decided: %s", &stdout)
	}
}

func mustExecutable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
