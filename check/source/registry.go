// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/fgpreflight/fgpreflight/check"
)

// openRegistry opens an image in its registry. It costs a ping, a token where
// the registry wants one, and the manifest, with the index before it.
func openRegistry(ctx context.Context, ref string, want platform, o Options) (*image, error) {
	parsed, err := name.ParseReference(ref, nameOptions(o)...)
	if err != nil {
		return nil, &Error{Err: newShortError("not a reference: "+err.Error(), err), WayOut: "write HOST/NAME:TAG", Usage: true}
	}
	r, err := newRegistry(ctx, parsed, o)
	if err != nil {
		return nil, err
	}
	im, err := r.image(ctx, want, o.Full)
	if err != nil {
		_ = r.Close() // There is a better error.
		return nil, err
	}
	im.info.Source, im.info.Name, im.info.Reference = "registry", parsed.Name(), ref
	im.origin = r
	im.closeLater(r)
	return im, nil
}

// nameOptions returns how names of images are to be read.
func nameOptions(o Options) []name.Option {
	if o.Insecure {
		return []name.Option{name.Insecure}
	}
	return nil
}

// registry is a repository in a registry, as a store.
type registry struct {
	ref    name.Reference
	base   *url.URL // ".../v2/NAME/"
	client *http.Client
	idle   *http.Transport
	own    bool   // idle is this repository's alone
	from   string // what the registry is known by, apart from others
	keys   *keys  // nil for a keychain of the caller's
	auth   authn.Authenticator
	full   bool
}

// newRegistry connects and logs in.
func newRegistry(ctx context.Context, ref name.Reference, o Options) (*registry, error) {
	r := &registry{ref: ref, full: o.Full, from: "registry:" + ref.Context().RegistryStr()}
	if o.Insecure {
		r.from = "insecure " + r.from
	}
	var err error
	if r.idle, r.own, err = o.Shared.transport(o); err != nil {
		return nil, err
	}
	keychain := o.Keychain
	if keychain == nil {
		r.keys = &keys{env: o.Env, home: o.Home}
		keychain = r.keys
	}
	if err := r.login(ctx, keychain, o.UserAgent); err != nil {
		_ = r.Close() // There is a better error.
		return nil, r.explain(ctx, err)
	}
	return r, nil
}

func (r *registry) login(ctx context.Context, keychain authn.Keychain, agent string) error {
	repository := r.ref.Context()
	auth, err := authn.Resolve(ctx, keychain, repository)
	if err != nil {
		return fmt.Errorf("looking up credentials: %w", err)
	}
	r.auth = auth
	trip := transport.NewUserAgent(withRetries(&limiter{next: r.idle}), agent)
	trip, err = transport.NewWithContext(ctx, repository.Registry, auth, trip, []string{repository.Scope(transport.PullScope)})
	if err != nil {
		return err
	}
	r.client = &http.Client{Transport: trip, CheckRedirect: checkRedirect}
	// The transport corrects the scheme by what answered the ping.
	r.base = &url.URL{Scheme: "https", Host: repository.RegistryStr(), Path: "/v2/" + repository.RepositoryStr() + "/"}
	return nil
}

// Close closes idle connections, unless others use them.
func (r *registry) Close() error {
	if r.own {
		r.idle.CloseIdleConnections()
	}
	return nil
}

func (r *registry) origin() string { return r.from }

func (r *registry) image(ctx context.Context, want platform, full bool) (*image, error) {
	d := descriptor{}
	if digest, ok := r.ref.(name.Digest); ok {
		d.Digest = digest.DigestStr()
	}
	doc, err := r.root(ctx, d)
	if err != nil {
		return nil, err
	}
	im, err := ociImage(ctx, r, doc, want, full)
	if err != nil {
		return nil, err
	}
	if !full {
		im.noTree = &check.UnavailableError{
			Fact: "whole file tree",
			Why:  "listing files needs every layer of the image",
			Hint: "pass --full",
		}
	}
	return im, nil
}

// root returns the manifest or index that the reference names.
func (r *registry) root(ctx context.Context, d descriptor) (*document, error) {
	raw, mediaType, err := r.getManifest(ctx, r.ref.Identifier())
	if err != nil {
		return nil, err
	}
	if d.Digest != "" {
		if err := d.verify(raw); err != nil {
			return nil, err
		}
	}
	return parseDocument(raw, mediaType)
}

func (r *registry) manifest(ctx context.Context, d descriptor) ([]byte, error) {
	raw, _, err := r.getManifest(ctx, d.Digest)
	return raw, err
}

func (r *registry) getManifest(ctx context.Context, identifier string) (raw []byte, mediaType string, err error) {
	header := http.Header{"Accept": {strings.Join([]string{dockerManifest, dockerList, ociManifest, ociIndex}, ",")}}
	response, err := r.get(ctx, "manifests/"+identifier, header)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	raw, err = readAll(response.Body)
	if err != nil {
		return nil, "", r.explain(ctx, fmt.Errorf("reading the manifest: %w", err))
	}
	mediaType, _, _ = strings.Cut(response.Header.Get("Content-Type"), ";")
	return raw, strings.TrimSpace(mediaType), nil
}

func (r *registry) blob(ctx context.Context, d descriptor) (io.ReadCloser, error) {
	b := &blobReader{ctx: withWholeBody(ctx), registry: r, digest: d.Digest, size: d.Size}
	if !r.full && d.Size > firstRange {
		b.window = firstRange
	}
	return b, b.open()
}

// get asks for a part of the repository. The answer is 200 or 206; the error
// is an [*Error].
func (r *registry) get(ctx context.Context, path string, header http.Header) (*http.Response, error) {
	return r.getURL(ctx, r.base.JoinPath(path), header)
}

func (r *registry) getURL(ctx context.Context, u *url.URL, header http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	maps.Copy(request.Header, header)
	response, err := r.client.Do(request)
	if err != nil {
		return nil, r.explain(ctx, err)
	}
	if err := transport.CheckError(response, http.StatusOK, http.StatusPartialContent); err != nil {
		_ = response.Body.Close() // There is a better error.
		return nil, r.explain(ctx, err)
	}
	return response, nil
}

// host returns the registry's name as users write it.
func (r *registry) host() string {
	if host := r.ref.Context().RegistryStr(); host != name.DefaultRegistry {
		return host
	}
	return "docker.io"
}
