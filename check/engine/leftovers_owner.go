// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// owner is a process that made containers or images.
type owner struct {
	pid   int
	start string // when it started, as the kernel counts; "0" where that is not told
	place string // where the process ID means something
}

// self returns this process.
func self() owner {
	pid := os.Getpid()
	return owner{pid: pid, start: startOf(pid), place: thisPlace()}
}

// String returns "4711.123456@0123456789abcdef".
func (o owner) String() string { return fmt.Sprintf("%d.%s@%s", o.pid, o.start, o.place) }

// parseOwner reads what String wrote.
func parseOwner(text string) (owner, bool) {
	process, place, _ := strings.Cut(text, "@")
	id, start, ok := strings.Cut(process, ".")
	pid, err := strconv.Atoi(id)
	return owner{pid: pid, start: start, place: place}, ok && err == nil && pid > 0 && place != ""
}

// isDead reports whether the process is known to have ended. Of one at another
// place nothing is known: another machine may use the same engine.
func (o owner) isDead() bool {
	if o.place != thisPlace() {
		return false
	}
	return !isRunning(o.pid) || startOf(o.pid) != o.start
}

// thisPlace names the boot of the machine and the process namespace on it, or
// the machine where it does not tell them.
func thisPlace() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	namespace, linkErr := os.Readlink("/proc/self/ns/pid")
	place := string(bytes.TrimSpace(boot)) + " " + namespace
	if err != nil || linkErr != nil {
		place, _ = os.Hostname()
	}
	sum := sha256.Sum256([]byte(place))
	return hex.EncodeToString(sum[:8])
}

// startOf returns when a process started, the 22nd field of /proc/PID/stat.
// Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func startOf(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "0"
	}
	_, rest, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" ")) // the name may hold spaces
	fields := strings.Fields(string(rest))
	if len(fields) < 20 {
		return "0"
	}
	return fields[19]
}

func isRunning(pid int) bool {
	p, err := os.FindProcess(pid) // on Windows an error tells
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
