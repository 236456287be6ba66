// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"
)

// Credentials are what a registry wants to see of a puller. The zero value is
// nobody's.
type Credentials struct {
	Username, Password string
	IdentityToken      string // instead of a password
	RegistryToken      string // a bearer token, instead of all
}

// Pull makes the engine pull an image by a reference with a digest and returns
// the image's ID. [Client.RemoveImage] must be called for it. Nothing is pulled
// when the engine has the image, maybe by another name: known is the ID that
// most engines give it, the digest of its config, or "".
func (c *Client) Pull(ctx context.Context, ref, known string, auth Credentials) (id string, err error) {
	if err := checkRef(ref); err != nil {
		return "", err
	}
	if digestIn(ref) == "" {
		return "", fmt.Errorf("pulling %s: the reference has no digest", ref)
	}
	err = c.locked(ctx, ref, func() error {
		id, err = c.useAny(ctx, ref, known)
		if _, missing := errors.AsType[*NotFoundError](err); missing {
			id, err = c.bring(ctx, ref, auth)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("pulling %s: %w", ref, err)
	}
	return id, nil
}

// useAny marks the first image that the engine has by one of the names, and
// returns its ID. The error is a [*NotFoundError] when it has none.
func (c *Client) useAny(ctx context.Context, names ...string) (string, error) {
	var missing error
	for _, name := range names {
		if name == "" {
			continue
		}
		image, err := c.Image(ctx, name)
		if err == nil {
			return image.ID, c.use(ctx, image.ID, newPresent(image.RepoTags, image.RepoDigests))
		}
		if _, ok := errors.AsType[*NotFoundError](err); !ok {
			return "", err
		}
		missing = err
	}
	return "", missing
}

// bring pulls an image that the engine does not have.
func (c *Client) bring(ctx context.Context, ref string, auth Credentials) (string, error) {
	before, err := c.images(ctx)
	if err != nil {
		return "", err
	}
	var ids []string
	if err = c.pull(ctx, ref, auth); err == nil {
		ids, err = c.adopt(ctx, []string{ref}, before)
	}
	if err != nil {
		return "", errors.Join(err, c.dropUnmarked(ctx, ref))
	}
	return ids[0], nil
}

func (c *Client) pull(ctx context.Context, ref string, auth Credentials) error {
	header, err := auth.header()
	if err != nil {
		return err
	}
	progress, err := c.api.ImagePull(ctx, ref, client.ImagePullOptions{RegistryAuth: header})
	if err != nil {
		return apiError(ctx, err)
	}
	defer progress.Close()
	return readMessages(ctx, progress, func(string) {})
}

// header returns the credentials as the engine wants them, "" for none.
func (a Credentials) header() (string, error) {
	if a == (Credentials{}) {
		return "", nil
	}
	text, err := json.Marshal(registry.AuthConfig{ //nolint:gosec // G117: the engine hands the password to the registry
		Username: a.Username, Password: a.Password, IdentityToken: a.IdentityToken, RegistryToken: a.RegistryToken,
	})
	return base64.URLEncoding.EncodeToString(text), err
}
