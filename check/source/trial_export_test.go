// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"io"
)

// BuildArguments is what an engine's command is called with to build a
// Dockerfile.
var BuildArguments = buildArguments

// WriteArchive writes the image that Open returned as its closer.
func WriteArchive(ctx context.Context, opened io.Closer, w io.Writer, name string) error {
	im := opened.(*image)
	config, err := im.config.get(ctx)
	if err != nil {
		return err
	}
	return im.writeArchive(ctx, w, config, name)
}

// BuildWithDocker builds a Dockerfile with docker and returns the image's ID.
func BuildWithDocker(ctx context.Context, path string) (id string, err error) {
	return newBuilder("", "", "").build(ctx, path, "", Options{})
}
