// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/probe"
)

const (
	anyV6      = "00000000000000000000000000000000"
	loopbackV6 = "00000000000000000000000001000000"
	mappedV6   = "0000000000000000FFFF00000100007F"
	otherV6    = "B80D0120000000000000000001000000"
)

func TestListeners(t *testing.T) {
	const rest = " 00000000:00000000 00:00000000 00000000  1003        0 21456 1 0000000000000000 100 0 0 10 0\n"
	for name, test := range map[string]struct {
		proc fstest.MapFS
		want []check.Listener
	}{
		"none": {proc: tables("", "", "", "")},
		"all interfaces": {
			proc: tables("   0: 00000000:1F40 00000000:0000 0A"+rest, "", "", ""),
			want: []check.Listener{{Protocol: "tcp", Address: "0.0.0.0", Port: 8000}},
		},
		"loopback and an established connection": {
			proc: tables("   0: 0100007F:1F90 00000000:0000 0A"+rest+"   1: 0100007F:1F90 0100007F:C350 01"+rest, "", "", ""),
			want: []check.Listener{{Protocol: "tcp", Address: "127.0.0.1", Port: 8080}},
		},
		"IPv6": {
			proc: tables("", "0: "+anyV6+":1F40 "+anyV6+":0000 0A"+rest+"1: "+loopbackV6+":1F41 "+anyV6+":0000 0A"+rest+
				"2: "+otherV6+":1F42 "+anyV6+":0000 0A"+rest, "", ""),
			want: []check.Listener{
				{Protocol: "tcp6", Address: "::", Port: 8000},
				{Protocol: "tcp6", Address: "::1", Port: 8001},
				{Protocol: "tcp6", Address: "2001:db8::1", Port: 8002},
			},
		},
		"IPv4 by an IPv6 socket": {
			proc: tables("", "0: "+mappedV6+":1F40 "+anyV6+":0000 0A"+rest, "", ""),
			want: []check.Listener{{Protocol: "tcp6", Address: "127.0.0.1", Port: 8000}},
		},
		"UDP": {
			proc: tables("", "", "0: 00000000:1F40 00000000:0000 07"+rest+"1: 0100007F:9000 0100007F:0035 01"+rest,
				"0: "+anyV6+":1F40 "+anyV6+":0000 07"+rest),
			want: []check.Listener{{Protocol: "udp", Address: "0.0.0.0", Port: 8000}, {Protocol: "udp6", Address: "::", Port: 8000}},
		},
		"sorted, each once": {
			proc: tables("0: 00000000:1F41 0:0 0A\n1: 00000000:1F40 0:0 0A\n2: 00000000:1F41 0:0 0A\n3: 0100007F:1F40 0:0 0A\n", "", "", ""),
			want: []check.Listener{
				{Protocol: "tcp", Address: "0.0.0.0", Port: 8000},
				{Protocol: "tcp", Address: "127.0.0.1", Port: 8000},
				{Protocol: "tcp", Address: "0.0.0.0", Port: 8001},
			},
		},
		"lines that are none": {
			proc: tables("\nx\n0: 00000000 0:0 0A\n0: 00000000:1F401 0:0 0A\n0: 0000:1F40 0:0 0A\n0: XX000000:1F40 0:0 0A\n0: 00000000: 0:0 0A\n0: :1F40 0:0 0A\n0: 00000000:1F40 0:0\n",
				"", "", ""),
		},
		"a kernel without IPv6": {
			proc: fstest.MapFS{
				"net/tcp": {Data: []byte(titles + "0: 00000000:1F40 0:0 0A\n")},
				"net/udp": {Data: []byte(titles)},
			},
			want: []check.Listener{{Protocol: "tcp", Address: "0.0.0.0", Port: 8000}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := probe.Listeners(test.proc)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("listeners (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListenersLimit(t *testing.T) {
	var tcp strings.Builder
	for port := range 5000 {
		fmt.Fprintf(&tcp, "0: 00000000:%04X 0:0 0A\n", port)
	}
	got, err := probe.Listeners(tables(tcp.String(), "", "", ""))
	if err != nil || len(got) != probe.MaxListeners {
		t.Errorf("%d listeners, error %v; want %d", len(got), err, probe.MaxListeners)
	}
	if _, err := probe.Listeners(tables(strings.Repeat("x", 2<<20), "", "", "")); err == nil {
		t.Error("a line of 1 MiB is no error")
	}
	if _, err := probe.Listeners(fstest.MapFS{"net/tcp": {Mode: fs.ModeDir}}); err == nil {
		t.Error("a folder is no error")
	}
}

// FuzzListeners reads arbitrary tables. What is found is valid and sorted, and
// written as the kernel would it is found again.
func FuzzListeners(f *testing.F) {
	f.Add("0: 0100007F:1F40 00000000:0000 0A\n", "0: "+mappedV6+":1F40 "+anyV6+":0000 0A\n", "0: 00000000:1F40 00000000:0000 07\n")
	f.Fuzz(func(t *testing.T, tcp, tcp6, udp string) {
		got, err := probe.Listeners(tables(tcp, tcp6, udp, ""))
		if err != nil {
			return
		}
		if len(got) > probe.MaxListeners || !slices.IsSortedFunc(got, func(a, b check.Listener) int { return strings.Compare(a.Protocol, b.Protocol) }) {
			t.Errorf("%d listeners, not limited and sorted", len(got))
		}
		for _, l := range got {
			if !probe.IsValidListener(l) {
				t.Errorf("invalid listener %v", l)
			}
		}
	})
}
