// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"cmp"
	"context"
	"errors"
)

// Build calls build, which builds an image in this engine and returns its ID,
// and describes that image. [Client.RemoveImage] must be called for it, which
// removes the image unless it was there before or somebody else uses it. Name is
// one from [Client.NewName] that build gives the image, as for [Client.Load], or
// "".
func (c *Client) Build(ctx context.Context, name string, build func(context.Context) (id string, err error)) (*Image, error) {
	before, err := c.images(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	id, err := build(ctx)
	if err == nil {
		ids, err = c.adopt(ctx, []string{cmp.Or(name, id)}, before)
	}
	if err != nil {
		return nil, errors.Join(err, c.disown(ctx, []string{name}))
	}
	image, err := c.Image(ctx, ids[0])
	if err != nil {
		return nil, errors.Join(err, c.RemoveImage(ctx, ids[0]))
	}
	return image, nil
}
