// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"net"
	"os"
	"slices"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/probe"
)

// TestListenersOfKernel reads the tables of the running kernel.
func TestListenersOfKernel(t *testing.T) {
	tcp := listen(t)
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { udp.Close() })
	got, err := probe.Listeners(os.DirFS("/proc/self"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []check.Listener{
		{Protocol: "tcp", Address: "127.0.0.1", Port: portOf(tcp)},
		{Protocol: "udp", Address: "127.0.0.1", Port: udp.LocalAddr().(*net.UDPAddr).Port},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %v in %v", want, got)
		}
	}
}
