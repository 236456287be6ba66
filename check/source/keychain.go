// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// keys finds credentials where docker login and podman login leave them:
// docker's configuration first, with its helpers, then podman's file.
//
// Trouble with one place never stops the search: many images need no
// credentials at all. It is told when access is refused.
type keys struct {
	env    func(string) string
	home   string
	faults []string
}

// credentials is a file of docker's or podman's.
type credentials struct {
	Auths       map[string]authn.AuthConfig `json:"auths"`
	CredHelpers map[string]string           `json:"credHelpers"`
	CredsStore  string                      `json:"credsStore"`
}

// Resolve returns the credentials for a repository.
func (k *keys) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), target)
}

// ResolveContext returns the credentials for a repository.
func (k *keys) ResolveContext(ctx context.Context, target authn.Resource) (authn.Authenticator, error) {
	for _, file := range k.files() {
		c, err := readCredentials(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			k.fault("%s: %v", file, err)
			continue
		}
		for _, key := range keysFor(target) {
			if auth, ok := k.find(ctx, c, key); ok {
				return authn.FromConfig(auth), nil
			}
		}
	}
	return authn.Anonymous, nil
}

func (k *keys) fault(format string, args ...any) {
	k.faults = append(k.faults, fmt.Sprintf(format, args...))
}

// trouble returns what went wrong in the search, to be put behind the message
// that access was refused.
func (k *keys) trouble() string {
	if k == nil || len(k.faults) == 0 {
		return ""
	}
	return "; credentials could not be read: " + list(k.faults)
}

// files returns the files that may hold credentials, the best first.
func (k *keys) files() []string {
	var files []string
	add := func(dir string, parts ...string) {
		if dir != "" {
			files = append(files, filepath.Join(append([]string{dir}, parts...)...))
		}
	}
	if dir := k.env("DOCKER_CONFIG"); dir != "" {
		add(dir, "config.json")
	} else {
		add(k.home, ".docker", "config.json")
	}
	if file := k.env("REGISTRY_AUTH_FILE"); file != "" {
		return append(files, file)
	}
	add(k.env("XDG_RUNTIME_DIR"), "containers", "auth.json")
	if dir := k.env("XDG_CONFIG_HOME"); dir != "" {
		add(dir, "containers", "auth.json")
	} else {
		add(k.home, ".config", "containers", "auth.json")
	}
	return files
}

func readCredentials(file string) (*credentials, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // It was only read.
	raw, err := readAll(f)
	if err != nil {
		return nil, err
	}
	var c credentials
	return &c, json.Unmarshal(raw, &c)
}

// keysFor returns the names that credentials for a repository may be filed
// under, the most specific first: podman files them by repository too.
func keysFor(target authn.Resource) []string {
	var out []string
	for at := target.String(); strings.Contains(at, "/"); at = at[:strings.LastIndexByte(at, '/')] {
		out = append(out, at)
	}
	host := target.RegistryStr()
	out = append(out, host, "https://"+host, "https://"+host+"/v1/", "https://"+host+"/v2/")
	if host == name.DefaultRegistry {
		out = append(out, "docker.io")
	}
	return out
}

// isHostKey reports whether docker files a registry's credentials under key.
func isHostKey(key string) bool {
	return key == authn.DefaultAuthKey || (!strings.Contains(key, "/") && key != name.DefaultRegistry)
}

// find returns the credentials that a file has under a name. The helper for the
// name and the general helper go before the file's own text, as with docker.
func (k *keys) find(ctx context.Context, c *credentials, key string) (authn.AuthConfig, bool) {
	helper := c.CredHelpers[key]
	if helper == "" && isHostKey(key) {
		helper = c.CredsStore
	}
	if helper != "" {
		auth, err := askHelper(ctx, helper, key)
		if err == nil {
			return auth, true
		}
		if !strings.Contains(err.Error(), "credentials not found") {
			k.fault("%v", err)
		}
	}
	auth := c.Auths[key]
	return auth, auth != authn.AuthConfig{}
}

// helperName is a name that cannot lead out of the search path.
var helperName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// askHelper asks the program docker-credential-NAME, as docker does.
func askHelper(ctx context.Context, helper, key string) (authn.AuthConfig, error) {
	var none authn.AuthConfig
	if !helperName.MatchString(helper) {
		return none, fmt.Errorf("the credential helper %q has an impossible name", helper)
	}
	program := "docker-credential-" + helper
	//nolint:gosec // The user's own configuration names the helper.
	cmd := exec.CommandContext(ctx, program, "get")
	var out, failure cappedBuffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(key), &out, &failure
	cmd.WaitDelay = retryDelay // for a child of the helper that keeps its output open
	if err := cmd.Run(); err != nil {
		return none, fmt.Errorf("%s: %w %s%s", program, err, out.head(), failure.head())
	}
	var answer struct{ Username, Secret string }
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		return none, fmt.Errorf("%s: reading its answer: %w", program, err)
	}
	if answer.Username == "<token>" {
		return authn.AuthConfig{IdentityToken: answer.Secret}, nil
	}
	return authn.AuthConfig{Username: answer.Username, Password: answer.Secret}, nil
}

// cappedBuffer keeps the first maxHelperAnswer bytes that are written to it.
type cappedBuffer struct{ bytes.Buffer }

func (b *cappedBuffer) Write(p []byte) (int, error) {
	return len(p), b.keep(p[:min(len(p), maxHelperAnswer-b.Len())])
}

func (b *cappedBuffer) keep(p []byte) error {
	_, err := b.Buffer.Write(p)
	return err
}

// head returns the beginning of what was written, for a message.
func (b *cappedBuffer) head() string { return oneLine(string(b.Bytes()[:min(b.Len(), 200)])) }
