// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// maxPorts bounds what ranges of ports expand to.
const maxPorts = 1 << 16

// portRange is one key of ExposedPorts.
type portRange struct {
	first, last uint16
	protocol    string // "tcp", "udp" or "sctp"
}

// parsePorts returns the ports with their ranges expanded; keys that are no
// ports are faults.
func parsePorts(keys []string) (check.Set, []check.Fault) {
	set := check.Set{At: inConfig("ExposedPorts")}
	seen := map[string]bool{}
	expanded := 0
	var faults []check.Fault
	for _, key := range keys {
		r, ok := parsePort(key)
		if !ok {
			faults = append(faults, check.Fault{
				At:      set.At,
				Message: fmt.Sprintf("the exposed port %s is no port", quote(key)),
				Fix:     "replace the port " + quote(key) + " of EXPOSE by a number from 0 to 65535, with /tcp, /udp or /sctp after it",
			})
			continue
		}
		if expanded += int(r.last-r.first) + 1; expanded > maxPorts {
			return set, append(faults, check.Fault{
				At:      set.At,
				Message: fmt.Sprintf("more than %d ports are exposed", maxPorts),
				Fix:     "expose the port that the server listens on alone: EXPOSE 8000",
			})
		}
		set.Have = r.appendTo(set.Have, seen)
	}
	return set, faults
}

// parsePort reads "8000", "8000/tcp", "8000-8010/udp".
func parsePort(key string) (portRange, bool) {
	numbers, protocol, _ := strings.Cut(key, "/")
	r := portRange{protocol: strings.ToLower(protocol)}
	if r.protocol == "" {
		r.protocol = "tcp"
	}
	first, last, isRange := strings.Cut(numbers, "-")
	if !isRange {
		last = first
	}
	from, err := strconv.ParseUint(first, 10, 16)
	if err != nil {
		return r, false
	}
	to, err := strconv.ParseUint(last, 10, 16)
	if err != nil {
		return r, false
	}
	r.first, r.last = uint16(from), uint16(to)
	return r, from <= to && slices.Contains([]string{"tcp", "udp", "sctp"}, r.protocol)
}

func (r portRange) appendTo(have []string, seen map[string]bool) []string {
	for port := int(r.first); port <= int(r.last); port++ {
		name := strconv.Itoa(port) + "/" + r.protocol
		if !seen[name] {
			seen[name] = true
			have = append(have, name)
		}
	}
	return have
}
