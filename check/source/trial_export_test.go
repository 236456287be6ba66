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
	return opened.(*image).writeArchive(ctx, w, name)
}

// Build builds a Dockerfile with docker and returns the image's ID, and what
// removes it again.
func Build(ctx context.Context, path string) (id string, remove func(context.Context) error, err error) {
	made, err := newBuilder("", "").buildImage(ctx, path, Options{})
	if err != nil {
		return "", nil, err
	}
	return made.id, made.remove, nil
}
