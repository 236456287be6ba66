// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/fgpreflight/fgpreflight/check/engine"
)

// errNotPulled says that an image comes from where no engine can pull.
var errNotPulled = errors.New("the image is in no registry")

// pullInto makes the engine pull the image, unless it has it by any name.
func (im *image) pullInto(ctx context.Context, l *Loaded) error {
	config, err := im.config.get(ctx)
	if err != nil {
		return err
	}
	auth, err := im.origin.credentials(ctx)
	if err != nil {
		return err
	}
	l.ID, err = l.Client.Pull(ctx, im.origin.pullable(im.info.Digest), digestOf(config), auth)
	if err == nil && l.keep {
		err = l.Client.Keep(ctx, l.ID, im.keptName(config))
	}
	return err
}

// pullable returns the name by which an engine finds a manifest.
func (r *registry) pullable(digest string) string {
	return r.host() + "/" + r.ref.Context().RepositoryStr() + "@" + digest
}

// credentials returns what the registry was asked with, for an engine to pull
// with. Another machine's engine knows another registry by a loopback name, and
// gets nothing for it.
func (r *registry) credentials(ctx context.Context) (engine.Credentials, error) {
	if isLoopback(r.ref.Context().RegistryStr()) {
		return engine.Credentials{}, nil
	}
	auth, err := authn.Authorization(ctx, r.auth)
	if err != nil {
		return engine.Credentials{}, err
	}
	return engine.Credentials{
		Username: auth.Username, Password: auth.Password,
		IdentityToken: auth.IdentityToken, RegistryToken: auth.RegistryToken,
	}, nil
}

// isLoopback reports whether a registry's name means something else on every
// machine.
func isLoopback(registry string) bool {
	host := registry
	if h, _, err := net.SplitHostPort(registry); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}
