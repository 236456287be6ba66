// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

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
// the image's ID. [Client.RemoveImage] must be called for it. Nothing is
// pulled when the engine has the image.
func (c *Client) Pull(ctx context.Context, ref string, auth Credentials) (string, error) {
	if err := checkRef(ref); err != nil {
		return "", err
	}
	if !strings.Contains(ref, "@") {
		return "", fmt.Errorf("pulling %s: the reference has no digest", ref)
	}
	image, err := c.Image(ctx, ref)
	if err == nil {
		return image.ID, c.use(ctx, image.ID, newPresent(image.RepoTags, image.RepoDigests))
	}
	if _, ok := errors.AsType[*NotFoundError](err); !ok {
		return "", err
	}
	before, err := c.images(ctx)
	if err != nil {
		return "", err
	}
	if err := c.pull(ctx, ref, auth); err != nil {
		return "", fmt.Errorf("pulling %s: %w", ref, err)
	}
	ids, err := c.adopt(ctx, []string{ref}, before)
	if err != nil {
		return "", err
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
