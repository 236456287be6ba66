// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

// TestFullBacklog meets a server that never accepts: the kernel takes the first
// connection for it and lets the next ones wait.
func TestFullBacklog(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	address, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	spec := specFor(address.(*syscall.SockaddrInet4).Port, impatient)
	spec.Extra = 1
	var got []check.AnswerOutcome
	for _, a := range run(t, spec, noSockets).Answers {
		got = append(got, a.Outcome)
	}
	if diff := cmp.Diff([]check.AnswerOutcome{check.Silent, check.Silent}, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}
