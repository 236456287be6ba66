// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// parsePorts returns the ports that a word of EXPOSE stands for, each
// "8000/tcp". It takes and refuses what buildkit does: [ip:]host:container and
// ranges among them.
func parsePorts(word string) ([]string, error) {
	ip, host, container := portParts(word)
	container, protocol, _ := strings.Cut(container, "/")
	switch protocol = strings.ToLower(protocol); {
	case container == "":
		return nil, fmt.Errorf("invalid port: %q: no port specified", word)
	case protocol == "":
		protocol = "tcp"
	case protocol != "tcp" && protocol != "udp" && protocol != "sctp":
		return nil, fmt.Errorf("invalid port: %q: invalid proto: %s", word, protocol)
	}
	if strings.HasPrefix(ip, "[") {
		bare, _, err := net.SplitHostPort(ip + ":")
		if err != nil {
			return nil, fmt.Errorf("invalid IP address %s: %w", ip, err)
		}
		ip = bare
	}
	if ip != "" && net.ParseIP(ip) == nil {
		return nil, fmt.Errorf("invalid IP address: %s", ip)
	}
	first, last, err := portRange(container)
	if err != nil {
		return nil, fmt.Errorf("invalid containerPort: %s", container)
	}
	if host != "" {
		hostFirst, hostLast, err := portRange(host)
		if err != nil {
			return nil, fmt.Errorf("invalid hostPort: %s", host)
		}
		if last-first != hostLast-hostFirst && first != last {
			return nil, fmt.Errorf("invalid ranges specified for container and host Ports: %s and %s", container, host)
		}
	}
	out := make([]string, 0, last-first+1)
	for port := first; port <= last; port++ {
		out = append(out, strconv.Itoa(port)+"/"+protocol)
	}
	return out, nil
}

func portParts(word string) (ip, host, container string) {
	parts := strings.Split(word, ":")
	switch n := len(parts); n {
	case 1:
		return "", "", parts[0]
	case 2:
		return "", parts[0], parts[1]
	default:
		return strings.Join(parts[:n-2], ":"), parts[n-2], parts[n-1]
	}
}

var errPortRange = errors.New("invalid port range")

func portRange(text string) (first, last int, err error) {
	from, to, isRange := strings.Cut(text, "-")
	if first, err = portNumber(from); err != nil {
		return 0, 0, err
	}
	if !isRange || from == to {
		return first, first, nil
	}
	if last, err = portNumber(to); err != nil {
		return 0, 0, err
	}
	if last < first {
		return 0, 0, errPortRange
	}
	return first, last, nil
}

func portNumber(text string) (int, error) {
	port, err := strconv.ParseInt(text, 10, 0)
	if err != nil || port < 0 || port > 65535 {
		return 0, errPortRange
	}
	return int(port), nil
}
