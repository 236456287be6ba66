// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/moby/client"
)

// maxConfigFile is the most bytes that a file of the docker command's
// configuration may have.
const maxConfigFile = 1 << 20

// currentContext returns the name of the docker context in use, "" for the
// default one.
func currentContext(o Options) (string, error) {
	if name := o.Env("DOCKER_CONTEXT"); name != "" {
		return name, nil
	}
	dir := configDir(o)
	if dir == "" {
		return "", nil
	}
	file := filepath.Join(dir, "config.json")
	data, err := readConfigFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	name, err := parseCurrentContext(data)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", file, err)
	}
	return name, nil
}

func parseCurrentContext(data []byte) (string, error) {
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	err := json.Unmarshal(data, &config)
	return config.CurrentContext, err
}

// contextAddress reads a docker context from where the docker command keeps
// it, in folders named by the hash of the context's name.
func contextAddress(dir, name string) address {
	a := address{from: fmt.Sprintf("docker context %q", name)}
	if dir == "" {
		a.err = errors.New("no home directory to find it in")
		return a
	}
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	data, err := readConfigFile(filepath.Join(dir, "contexts", "meta", id, "meta.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		a.err = errors.New("there is no such context (docker context ls shows them)")
	case err != nil:
		a.err = err
	default:
		a.host, a.err = parseContext(data)
	}
	tlsDir := filepath.Join(dir, "contexts", "tls", id, "docker")
	if _, err := os.Stat(tlsDir); err == nil {
		a.tlsDir = tlsDir
	}
	return a
}

func parseContext(data []byte) (host string, err error) {
	var meta struct {
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	if err := json.Unmarshal(data, &meta); err != nil {
		return "", fmt.Errorf("reading meta.json: %w", err)
	}
	endpoint, ok := meta.Endpoints["docker"]
	switch {
	case !ok:
		return "", errors.New("it has no docker endpoint")
	case endpoint.SkipTLSVerify:
		return "", errors.New("it skips the verification of TLS certificates, which is not supported")
	case endpoint.Host == "":
		return client.DefaultDockerHost, nil
	default:
		return endpoint.Host, nil
	}
}

// tlsConfig returns the TLS set-up from a folder with ca.pem, cert.pem and
// key.pem. Without ca.pem the system's roots count; without the other two no
// client certificate is shown.
func tlsConfig(dir string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	ca, err := readConfigFile(filepath.Join(dir, "ca.pem"))
	if err == nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("reading %s: no certificate in it", filepath.Join(dir, "ca.pem"))
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	cert, certErr := readConfigFile(filepath.Join(dir, "cert.pem"))
	key, keyErr := readConfigFile(filepath.Join(dir, "key.pem"))
	if errors.Is(certErr, fs.ErrNotExist) && errors.Is(keyErr, fs.ErrNotExist) {
		return config, nil
	}
	if err := errors.Join(certErr, keyErr); err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("reading the client certificate in %s: %w", dir, err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

func readConfigFile(name string) ([]byte, error) {
	file, err := os.Open(name) //nolint:gosec // G304: the user's own configuration, where the user keeps it
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxConfigFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxConfigFile {
		return nil, fmt.Errorf("reading %s: %w (1 MiB)", name, ErrLimit)
	}
	return data, nil
}
