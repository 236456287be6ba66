// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// functionPortNumber is functionPort as a socket has it.
const functionPortNumber = 8000

// sockets are listeners in the groups that messages speak of.
type sockets struct {
	onPort    []check.Listener // TCP, on the function's port
	elsewhere []check.Listener // TCP, on other ports
	datagrams []check.Listener // UDP
}

func socketsOf(listeners []check.Listener) sockets {
	var s sockets
	for _, l := range listeners {
		switch {
		case strings.HasPrefix(l.Protocol, "udp"):
			s.datagrams = append(s.datagrams, l)
		case l.Port == functionPortNumber:
			s.onPort = append(s.onPort, l)
		default:
			s.elsewhere = append(s.elsewhere, l)
		}
	}
	return s
}

// maxSockets is how many listeners a message names.
const maxSockets = 5

// socketNames lists listeners: "0.0.0.0:3000, [::1]:9229".
func socketNames(listeners []check.Listener) string {
	var names []string
	for _, l := range listeners {
		name := l.Address
		if strings.Contains(name, ":") {
			name = "[" + name + "]"
		}
		if name += ":" + strconv.Itoa(l.Port); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if more := len(names) - maxSockets; more > 0 {
		names = append(names[:maxSockets], strconv.Itoa(more)+" more")
	}
	return strings.Join(names, ", ")
}

// isIPv6 reports whether only IPv6 reaches the listener, but for a "::" that
// may take IPv4 as well.
func isIPv6(l check.Listener) bool { return strings.Contains(l.Address, ":") }

func isLoopback(l check.Listener) bool {
	return l.Address == "::1" || strings.HasPrefix(l.Address, "127.")
}

func isDatagramOnPort(l check.Listener) bool { return l.Port == functionPortNumber }
