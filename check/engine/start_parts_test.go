// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/moby/api/types/container"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

func TestRefusalKind(t *testing.T) {
	const runc = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
	for message, want := range map[string]check.RefusalKind{
		runc + `exec: "/x": stat /x: no such file or directory: unknown`:                                             check.NoSuchProgram,
		runc + `exec: "x": executable file not found in $PATH: unknown`:                                              check.NoSuchProgram,
		runc + `exec: "/x": permission denied: unknown`:                                                              check.ProgramForbidden,
		runc + `exec: "/x": is a directory: unknown`:                                                                 check.ProgramForbidden,
		runc + `exec /x: permission denied: unknown`:                                                                 check.ProgramForbidden,
		runc + `exec /x: exec format error: unknown`:                                                                 check.WrongFormat,
		"unable to find user app: no matching entries in passwd file":                                                check.UnknownUser,
		"unable to find group app: no matching entries in group file":                                                check.UnknownUser,
		"crun: executable file `x` not found in $PATH: No such file or directory: OCI runtime attempted to invoke":   check.NoSuchProgram,
		"crun: open executable: Permission denied: OCI permission denied":                                            check.ProgramForbidden,
		"crun: exec container process `/x`: Exec format error: OCI runtime error":                                    check.WrongFormat,
		"crun: exec container process (missing dynamic library?) `/x`: No such file or directory: OCI runtime error": check.NoSuchProgram,
		runc + `error during container init: error mounting "x" to rootfs at "/y": permission denied: unknown`:       check.OtherRefusal,
		runc + `error during container init: open /proc/self/fd: no such file or directory: unknown`:                 check.OtherRefusal,
		runc + `chdir to cwd ("/root") set in config.json failed: permission denied: unknown`:                        check.OtherRefusal,
		"Minimum memory limit allowed is 6MB":                                                                        check.OtherRefusal,
	} {
		if got := engine.RefusalKind(message); got != want {
			t.Errorf("%q is %v, want %v", message, got, want)
		}
	}
}

func TestMachineTrouble(t *testing.T) {
	for message, want := range map[string]bool{
		"mkdir /var/lib/docker/overlay2/x: no space left on device":             true,
		"failed to start shim: fork/exec /usr/bin/shim: Cannot allocate memory": true,
		"Minimum memory limit allowed is 6MB":                                   false,
		`exec: "/x": permission denied: unknown`:                                false,
	} {
		if got := engine.IsMachineTrouble(message); got != want {
			t.Errorf("%q: %v, want %v", message, got, want)
		}
	}
}

func TestLateRefusal(t *testing.T) {
	for line, want := range map[string]check.RefusalKind{
		"exec /usr/bin/app: exec format error":         check.WrongFormat,
		"exec /usr/bin/app: no such file or directory": check.NoSuchProgram,
		"exec /usr/bin/app: permission denied":         check.ProgramForbidden,
		"exec /usr/bin/app: a bad day":                 check.Started,
		"exec /usr/bin/java: exec format error":        check.Started, // the program said it of another
		"app: exec /usr/bin/app: exec format error":    check.Started,
		"exec": check.Started,
		"":     check.Started,
	} {
		if got := engine.LateRefusal("app", line); got.Kind != want {
			t.Errorf("%q is %+v, want kind %v", line, got, want)
		}
	}
}

func TestOwnChanges(t *testing.T) {
	var all []container.FilesystemChange
	for line := range strings.SplitSeq(strings.TrimSpace(`
C /
C /app
A /app/cache
A /app/cache/x
C /app/old
D /app/gone
A /app-two
A /dev
A /etc
A /etc/hosts
C /opt
A /proc
C /run
A /run/secrets
A /run/lock
A /sys
A /tmp
A /tmp/x
A /tmpfile
A /var
A /var/lib
A /var/lib/data
A /var/lib/data/x
C /alone
`), "\n") {
		kind, name, _ := strings.Cut(line, " ")
		all = append(all, container.FilesystemChange{Kind: container.ChangeType(strings.Index("CAD", kind)), Path: name})
	}
	want := []string{"/alone", "/app-two", "/app/cache", "/app/cache/x", "/app/gone", "/app/old", "/opt", "/run/lock", "/tmpfile"}
	without := []string{"/dev", "/etc/hosts", "/proc", "/run/secrets", "/sys", "/tmp", "/var/lib/data"}
	if diff := cmp.Diff(want, engine.OwnChanges(slices.Clone(all), without)); diff != "" {
		t.Error(diff)
	}
	for i := range 3000 {
		all = append(all, container.FilesystemChange{Kind: container.ChangeAdd, Path: fmt.Sprint("/many/", i)})
	}
	if got := len(engine.OwnChanges(all, nil)); got != 1000 {
		t.Errorf("%d changes, want 1000", got)
	}
}

func TestPeakOf(t *testing.T) {
	const id = "0123abcd"
	v1 := fstest.MapFS{
		"proc/7/cgroup": {Data: []byte("9:cpu,cpuacct:/docker/" + id + "\n8:memory:/docker/" + id + "\n0::/docker/" + id + "\n")},
		"sys/fs/cgroup/memory/docker/" + id + "/memory.max_usage_in_bytes": {Data: []byte("1234\n")},
		"sys/fs/cgroup/memory/docker/" + id + "/memory.oom_control":        {Data: []byte("oom_kill_disable 0\nunder_oom 0\noom_kill 0\n")},
	}
	v2 := fstest.MapFS{
		"proc/7/cgroup": {Data: []byte("0::/system.slice/docker-" + id + ".scope\n")},
		"sys/fs/cgroup/system.slice/docker-" + id + ".scope/memory.peak":   {Data: []byte("5678\n")},
		"sys/fs/cgroup/system.slice/docker-" + id + ".scope/memory.events": {Data: []byte("low 0\noom 1\noom_kill 1\n")},
	}
	tests := map[string]struct {
		root       fstest.MapFS
		pid        int
		id         string
		peak       int64
		killed, ok bool
	}{
		"version 1":     {v1, 7, id, 1234, false, true},
		"version 2":     {v2, 7, id, 5678, true, true},
		"other process": {v2, 8, id, 0, false, false},
		"not its own":   {v2, 7, "ffff", 0, false, false},
		"ended":         {v2, 0, id, 0, false, false},
		"old kernel":    {fstest.MapFS{"proc/7/cgroup": v2["proc/7/cgroup"]}, 7, id, 0, false, false},
		"no number": {fstest.MapFS{
			"proc/7/cgroup": v2["proc/7/cgroup"], "sys/fs/cgroup/system.slice/docker-" + id + ".scope/memory.peak": {Data: []byte("max\n")},
		}, 7, id, 0, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			peak, killed, ok := engine.PeakOf(tt.root, tt.pid, tt.id)
			if peak != tt.peak || killed != tt.killed || ok != tt.ok {
				t.Errorf("got %d, %v, %v", peak, killed, ok)
			}
		})
	}
}

// frame is a piece of a stream as the engine sends it.
func frame(stream byte, text string) string {
	var head [8]byte
	head[0] = stream
	binary.BigEndian.PutUint32(head[4:], uint32(len(text)))
	return string(head[:]) + text
}

func TestReadOutput(t *testing.T) {
	var numbers strings.Builder
	for i := range 120 {
		fmt.Fprintln(&numbers, i)
	}
	last50 := strings.Split(strings.TrimSpace(numbers.String()), "\n")[70:]
	broken := errors.New("broken")
	tests := map[string]struct {
		r              io.Reader
		lines          []string
		stdout, stderr string
		cut            bool
	}{
		"nothing":           {strings.NewReader(""), nil, "", "", false},
		"two streams":       {strings.NewReader(frame(1, "a\nb") + frame(2, "x\n") + frame(1, "c\n")), []string{"a", "x", "bc"}, "a\nbc\n", "x\n", false},
		"no end of line":    {strings.NewReader(frame(2, "x") + frame(1, "a")), []string{"a", "x"}, "a", "x", false},
		"empty lines":       {strings.NewReader(frame(1, "\n\n")), []string{"", ""}, "\n\n", "", false},
		"empty frame":       {strings.NewReader(frame(1, "") + frame(1, "a")), []string{"a"}, "a", "", false},
		"last lines":        {strings.NewReader(frame(1, numbers.String())), last50, numbers.String(), "", false},
		"byte by byte":      {iotest.OneByteReader(strings.NewReader(frame(1, numbers.String()))), last50, numbers.String(), "", false},
		"long line":         {strings.NewReader(frame(1, strings.Repeat("x", 300)) + frame(1, strings.Repeat("y", 300)+"\nz")), []string{strings.Repeat("x", 300) + strings.Repeat("y", 200), "z"}, strings.Repeat("x", 300) + strings.Repeat("y", 300) + "\nz", "", false},
		"cut in a frame":    {strings.NewReader(frame(1, "abc")[:9]), []string{"a"}, "a", "", true},
		"cut in a head":     {strings.NewReader(frame(1, "abc")[:5]), nil, "", "", true},
		"unknown stream":    {strings.NewReader(frame(1, "a\n") + frame(9, "x")), []string{"a"}, "a\n", "", true},
		"connection breaks": {io.MultiReader(strings.NewReader(frame(1, "a\n")), iotest.ErrReader(broken)), []string{"a"}, "a\n", "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			log := engine.ReadOutput(tt.r, &stdout, &stderr)
			if diff := cmp.Diff(tt.lines, log.Lines); diff != "" || log.Cut != tt.cut || log.Bytes != int64(len(tt.stdout)+len(tt.stderr)) {
				t.Errorf("log %+v: %s", log, diff)
			}
			if stdout.String() != tt.stdout || stderr.String() != tt.stderr {
				t.Errorf("passed on %q and %q", stdout.String(), stderr.String())
			}
		})
	}
}

// countWriter counts, and fails when it has enough.
type countWriter struct{ n, enough int64 }

func (w *countWriter) Write(p []byte) (int, error) {
	w.n += int64(len(p))
	if w.enough > 0 && w.n > w.enough {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestReadOutputBounded(t *testing.T) {
	piece := frame(1, strings.Repeat("x\n", 1<<19)) // 1 MiB
	var readers []io.Reader
	for range 300 {
		readers = append(readers, strings.NewReader(piece))
	}
	w := &countWriter{}
	log := engine.ReadOutput(io.MultiReader(readers...), w, nil)
	if w.n != engine.MaxOutput || !log.Cut || log.Bytes != 300<<20 || len(log.Lines) != 50 {
		t.Errorf("%d bytes passed on, %d read, cut %v, %d lines", w.n, log.Bytes, log.Cut, len(log.Lines))
	}
	enough := &countWriter{enough: 10}
	log = engine.ReadOutput(strings.NewReader(frame(1, "12345678")+frame(1, "9abcdefg")+frame(1, "h")), enough, nil)
	if enough.n != 16 || log.Bytes != 17 {
		t.Errorf("%d bytes passed on of %d after the writer's end", enough.n, log.Bytes)
	}
}

func TestMark(t *testing.T) {
	f := &fake{version: "20.10.24"}
	now := time.Unix(1_700_000_000, 0)
	c, err := engine.Connect(t.Context(), engine.Options{Host: f.start(t), Now: func() time.Time { return now }, Lifetime: 2 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, made := range []bool{true, false} {
		mark := c.NewMark(made)
		by, isMade, deadline, ok := engine.ReadMark(mark)
		if !ok || by != engine.Self() || isMade != made || !deadline.Equal(now.Add(2*time.Hour)) || mark == c.NewMark(made) {
			t.Errorf("%q is read as %+v, %v, %v, %v", mark, by, isMade, deadline, ok)
		}
	}
	for _, odd := range []string{"", "app:1", "fgpreflight.localhost/made", "fgpreflight.localhost/made:1", "fgpreflight.localhost/made:1.1-x-y-z", "other/made:1.1-x-1-z"} {
		if by, _, _, ok := engine.ReadMark(odd); ok {
			t.Errorf("%q is read as a mark of %+v", odd, by)
		}
	}
}

func TestNoClock(t *testing.T) {
	_, err := (&fake{version: "20.10.24"}).client(t).Start(t.Context(), "sha256:1", engine.Conditions{})
	if err == nil || !strings.Contains(err.Error(), "clock") {
		t.Errorf("error %v, want one about the clock", err)
	}
}
