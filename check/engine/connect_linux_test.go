// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

func TestConnectPermission(t *testing.T) {
	host := (&fake{}).start(t)
	if err := os.Chmod(strings.TrimPrefix(host, "unix://"), 0); err != nil {
		t.Fatal(err)
	}
	for kind, hint := range map[engine.Kind]string{engine.Docker: "usermod -aG docker", engine.Podman: "podman.socket"} {
		err := connectAsNobody(t, engine.Options{Host: host, Kind: kind})
		failed, ok := errors.AsType[*engine.ConnectError](err)
		if !ok || !errors.Is(err, fs.ErrPermission) {
			t.Fatalf("error %v, want one that is %v", err, fs.ErrPermission)
		}
		if !strings.Contains(failed.Hint(), hint) {
			t.Errorf("hint %q, want %q in it", failed.Hint(), hint)
		}
	}
}

// connectAsNobody connects without root's power over files, which this thread
// gives up for the call.
func connectAsNobody(t *testing.T, o engine.Options) error {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if os.Getuid() == 0 {
		if err := syscall.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer syscall.Setfsuid(0)
	}
	_, err := engine.Connect(t.Context(), o)
	return err
}
