// SPDX-License-Identifier: Apache-2.0

package engine

import "context"

// Build calls build, which builds an image in this engine and returns its ID,
// and describes that image. [Client.RemoveImage] must be called for it, which
// removes the image unless it was there before or somebody else uses it.
func (c *Client) Build(ctx context.Context, build func(context.Context) (id string, err error)) (*Image, error) {
	before, err := c.images(ctx)
	if err != nil {
		return nil, err
	}
	id, err := build(ctx)
	if err != nil {
		return nil, err
	}
	image, err := c.Image(ctx, id)
	if err != nil {
		return nil, err
	}
	return image, c.use(ctx, image.ID, before[image.ID])
}
