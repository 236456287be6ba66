// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"cmp"
	"net/netip"
	"strconv"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
)

func networkMode(name string) container.NetworkMode {
	return container.NetworkMode(cmp.Or(name, "none"))
}

// Network returns the network that other containers share with this one, while
// it runs, for [Conditions].
func (c *Container) Network() string { return "container:" + c.ID }

// Published returns the address at which the published port is called, by
// machines that share the loopback interface of the engine's: not valid where
// none is published.
func (c *Container) Published() netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.published
}

func (k Conditions) port() network.Port {
	port, _ := network.PortFrom(k.Publish, network.TCP)
	return port
}

func (k Conditions) exposed() network.PortSet {
	if k.Publish == 0 {
		return nil
	}
	return network.PortSet{k.port(): {}}
}

// published lets the engine choose a port that nobody but this machine reaches.
func (k Conditions) published() network.PortMap {
	if k.Publish == 0 {
		return nil
	}
	return network.PortMap{k.port(): {{HostIP: loopback}}}
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// publishedAt finds the address in what the engine says of the network.
func publishedAt(settings *container.NetworkSettings) netip.AddrPort {
	if settings == nil {
		return netip.AddrPort{}
	}
	for _, bindings := range settings.Ports {
		for _, b := range bindings {
			if port, err := strconv.ParseUint(b.HostPort, 10, 16); err == nil && port > 0 {
				return netip.AddrPortFrom(loopback, uint16(port))
			}
		}
	}
	return netip.AddrPort{}
}
