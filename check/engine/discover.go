// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/moby/moby/client"
)

// address is a place where an engine may listen.
type address struct {
	host   string // as the user or the engine writes it
	from   string // what named it; "" for a usual place
	tlsDir string // directory with ca.pem, cert.pem and key.pem; "" for no TLS
	err    error  // why the address cannot be used
}

// addresses returns the places to try, in order.
func addresses(o Options) []address {
	var list []address
	if o.Host != "" {
		list = append(list, address{host: o.Host, from: "--engine", tlsDir: tlsDirFromEnv(o)})
	} else {
		if o.Kind != Podman {
			list = append(list, dockerAddresses(o)...)
		}
		if o.Kind != Docker {
			list = append(list, podmanAddresses(o)...)
		}
	}
	for i, a := range list {
		if a.err == nil {
			list[i].err = checkScheme(a.host)
		}
		if !strings.HasPrefix(a.host, "tcp://") {
			list[i].tlsDir = ""
		}
	}
	return list
}

func checkScheme(host string) error {
	scheme, _, _ := strings.Cut(host, "://")
	switch scheme {
	case "unix", "tcp", "npipe":
		return nil
	case "ssh":
		return errSSH
	default:
		return fmt.Errorf("%q is not an address of an engine: want unix://, tcp:// or npipe://", cut(host, 256))
	}
}

// dockerAddresses follows the docker command: DOCKER_HOST beats the context,
// and the context beats the usual sockets. A docker configuration that cannot
// be read is reported only if nothing else answers, as it is by docker.
func dockerAddresses(o Options) []address {
	if host := o.Env("DOCKER_HOST"); host != "" {
		return []address{{host: host, from: "DOCKER_HOST", tlsDir: tlsDirFromEnv(o)}}
	}
	name, err := currentContext(o)
	if name != "" && name != "default" {
		return []address{contextAddress(configDir(o), name)}
	}
	var list []address
	if err != nil {
		list = append(list, address{from: "docker configuration", err: err})
	}
	list = append(list, address{host: client.DefaultDockerHost, tlsDir: tlsDirFromEnv(o)})
	if dir := o.Env("XDG_RUNTIME_DIR"); dir != "" {
		list = append(list, address{host: "unix://" + filepath.Join(dir, "docker.sock")})
	}
	if o.Home != "" {
		list = append(list, address{host: "unix://" + filepath.Join(o.Home, ".docker", "run", "docker.sock")})
	}
	return list
}

func podmanAddresses(o Options) []address {
	if host := o.Env("CONTAINER_HOST"); host != "" {
		return []address{{host: host, from: "CONTAINER_HOST"}}
	}
	var list []address
	if dir := o.Env("XDG_RUNTIME_DIR"); dir != "" {
		list = append(list, address{host: "unix://" + filepath.Join(dir, "podman", "podman.sock")})
	}
	return append(list, address{host: "unix:///run/podman/podman.sock"})
}

// tlsDirFromEnv returns where the certificates for a tcp:// address lie. TLS
// that is not verified (DOCKER_TLS without DOCKER_TLS_VERIFY) is not offered.
func tlsDirFromEnv(o Options) string {
	switch {
	case o.Env("DOCKER_TLS_VERIFY") == "":
		return ""
	case o.Env("DOCKER_CERT_PATH") != "":
		return o.Env("DOCKER_CERT_PATH")
	default:
		return configDir(o)
	}
}

// configDir returns the folder of the docker command's configuration, "" when
// there is none.
func configDir(o Options) string {
	if dir := o.Env("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	if o.Home == "" {
		return ""
	}
	return filepath.Join(o.Home, ".docker")
}
