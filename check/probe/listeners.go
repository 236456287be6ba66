// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// Limits on the tables of sockets. A function has at most 2,048 descriptors.
const (
	MaxListeners  = 1000
	maxSocketFile = 1 << 20 // the kernel lists listening TCP sockets first
)

// socketTables are the files that list sockets, with the state that waits: for
// TCP it is listening, for UDP it is bound and without a peer.
// https://docs.kernel.org/networking/proc_net_tcp.html and
// https://github.com/torvalds/linux/blob/master/include/net/tcp_states.h
var socketTables = []struct{ protocol, state string }{
	{"tcp", "0A"}, {"tcp6", "0A"}, {"udp", "07"}, {"udp6", "07"},
}

// Listeners returns the sockets that wait in a network namespace, sorted, each
// once and the first 1,000 of them. The file system is that of a process in the
// namespace: /proc/self, or /proc with its link "net".
func Listeners(proc fs.FS) ([]check.Listener, error) {
	var all []check.Listener
	for _, table := range socketTables {
		found, err := readSockets(proc, table.protocol, table.state)
		if errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(table.protocol, "6") {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, compareListeners)
	all = slices.Compact(all)
	return all[:min(len(all), MaxListeners)], nil
}

func compareListeners(a, b check.Listener) int {
	return cmp.Or(strings.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port), strings.Compare(a.Address, b.Address))
}

// readSockets returns the sockets of one table that are in the state.
func readSockets(proc fs.FS, protocol, state string) ([]check.Listener, error) {
	f, err := proc.Open("net/" + protocol)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var found []check.Listener
	lines := bufio.NewScanner(io.LimitReader(f, maxSocketFile))
	for lines.Scan() {
		// "0: 0100007F:1F40 00000000:0000 0A …"; the first line holds titles.
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || fields[3] != state {
			continue
		}
		if l, ok := parseSocket(fields[1]); ok {
			l.Protocol = protocol
			found = append(found, l)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading net/%s: %w", protocol, err)
	}
	return found, nil
}

// parseSocket reads an address and a port as the kernel writes them.
func parseSocket(text string) (check.Listener, bool) {
	address, port, _ := strings.Cut(text, ":")
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return check.Listener{}, false
	}
	bytes, err := hex.DecodeString(address)
	if err != nil || len(bytes) != 4 && len(bytes) != 16 {
		return check.Listener{}, false
	}
	// Each word of 32 bits is printed as a number of the machine, and both
	// architectures of FunctionGraph are little-endian.
	for word := range slices.Chunk(bytes, 4) {
		binary.BigEndian.PutUint32(word, binary.LittleEndian.Uint32(word))
	}
	ip, _ := netip.AddrFromSlice(bytes)
	return check.Listener{Address: ip.Unmap().String(), Port: int(n)}, true
}
