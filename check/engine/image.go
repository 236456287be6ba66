// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/client"
)

// Image is what an engine says of one of its images.
type Image struct {
	ID          string   // "sha256:…", of the config or, in a containerd image store, of the manifest or index
	RepoTags    []string // "app:1"; none for an image without a name
	RepoDigests []string // "registry.example/app@sha256:…"; none for an image that was never pushed or pulled

	OS, Architecture, Variant string

	// Size is the engine's figure in bytes. It is that of the unpacked layers;
	// a containerd image store (Descriptor is then set) adds the compressed
	// blobs that it keeps beside them.
	Size int64

	// Config is the image's config as an OCI image config: architecture, os,
	// variant, config (as the engine gives it; missing when null) and the diff
	// IDs of the layers. It is not the original bytes: no digest fits it.
	Config []byte

	// Partial says that Config lacks HEALTHCHECK, ONBUILD and SHELL even where
	// the image has them: Podman does not hand them out.
	Partial bool

	Descriptor *Descriptor // of the manifest or index; nil where the engine keeps none
}

// Descriptor says what an engine keeps as the image's root: a manifest or an
// index.
type Descriptor struct {
	MediaType string
	Digest    string
	Size      int64 // of the manifest or index itself, in bytes
}

// Image inspects the image named by a reference or an image ID, whole or
// shortened. The error is a [*NotFoundError] when the engine has no such
// image. Nothing is pulled.
func (c *Client) Image(ctx context.Context, ref string) (*Image, error) {
	if err := checkRef(ref); err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	found, err := c.inspectImage(ctx, ref, client.ImageInspectWithRawResponse(&raw))
	if errdefs.IsNotFound(err) {
		return nil, &NotFoundError{Ref: ref, Engine: c.name, Kind: c.kind}
	}
	if err != nil {
		return nil, fmt.Errorf("inspecting image %q: %w", ref, cause(ctx, err))
	}
	image, err := newImage(found, raw.Bytes())
	if err != nil {
		return nil, fmt.Errorf("inspecting image %q: %w", ref, err)
	}
	image.Partial = c.kind == Podman
	return image, nil
}

func (c *Client) inspectImage(ctx context.Context, ref string, o ...client.ImageInspectOption) (found client.ImageInspectResult, err error) {
	err = c.again(ctx, func() error {
		found, err = c.api.ImageInspect(ctx, ref, o...)
		return err
	})
	return found, err
}

// nameImage gives an image a name, which another image may lose by it.
func (c *Client) nameImage(ctx context.Context, id, name string) error {
	return c.again(ctx, func() error {
		_, err := c.api.ImageTag(ctx, client.ImageTagOptions{Source: id, Target: name})
		return err
	})
}

// dropName takes a name from an image, if it is there, and the image with the
// last one.
func (c *Client) dropName(ctx context.Context, name string) error {
	err := c.again(ctx, func() error {
		_, err := c.api.ImageRemove(ctx, name, client.ImageRemoveOptions{PruneChildren: true})
		return err
	})
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}

// listImages returns the engine's images, without those that are only part of
// others.
func (c *Client) listImages(ctx context.Context) ([]image.Summary, error) {
	var list client.ImageListResult
	err := c.again(ctx, func() (err error) {
		list, err = c.api.ImageList(ctx, client.ImageListOptions{})
		return err
	})
	return list.Items, err
}

// ImageNames returns the names of the engine's images, in order and each once.
// What is no reference, or looks like an option, is left out, and so are the
// names that this program marks images with.
func (c *Client) ImageNames(ctx context.Context) ([]string, error) {
	list, err := c.listImages(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing images: %w", cause(ctx, err))
	}
	var names []string
	for _, found := range list {
		for _, name := range found.RepoTags {
			if _, isMark := parseMark(name); !isMark && checkRef(name) == nil && !strings.HasPrefix(name, "-") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Podman is asked this often, with this time between.
const (
	maxTries  = 20
	triesWait = 100 * time.Millisecond
)

// again asks Podman again where it fails: to find one image or volume it looks at
// all of them, and fails when somebody else makes or removes any at that moment.
func (c *Client) again(ctx context.Context, ask func() error) error {
	for tries := 1; ; tries++ {
		err := ask()
		if err == nil || tries == maxTries || c.kind != Podman || !errdefs.IsInternal(err) {
			return err
		}
		select {
		case <-time.After(triesWait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// checkRef refuses what is neither a reference nor an ID before it becomes
// part of a request's path. The engine decides on the rest.
func checkRef(ref string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@+[]"
	odd := strings.ContainsFunc(ref, func(r rune) bool { return !strings.ContainsRune(allowed, r) })
	escapes := path.Clean(ref) != ref || strings.HasPrefix(ref, ".") || strings.HasPrefix(ref, "/")
	if odd || escapes || len(ref) > 512 {
		return fmt.Errorf("%q is not an image reference or ID", cut(ref, 512))
	}
	return nil
}

func newImage(found client.ImageInspectResult, raw []byte) (*Image, error) {
	if found.ID == "" {
		return nil, errors.New("the engine's answer has no image ID")
	}
	if found.Os == "" && found.Config == nil {
		return nil, errors.New("the engine has the index of the image but not its content for this platform; pull it again")
	}
	var answer struct{ Config json.RawMessage }
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, err
	}
	image := &Image{
		ID: found.ID, RepoTags: found.RepoTags, RepoDigests: found.RepoDigests,
		OS: found.Os, Architecture: found.Architecture, Variant: found.Variant,
		Size: found.Size,
	}
	if d := found.Descriptor; d != nil {
		image.Descriptor = &Descriptor{MediaType: d.MediaType, Digest: d.Digest.String(), Size: d.Size}
	}
	var err error
	image.Config, err = ociConfig(image, answer.Config, found.RootFS.Layers)
	return image, err
}

// ociConfig passes the engine's own config on as it is, since a detour over a
// Go type is how fields get lost.
func ociConfig(image *Image, config json.RawMessage, diffIDs []string) ([]byte, error) {
	type rootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	}
	if string(config) == "null" {
		config = nil
	}
	if diffIDs == nil {
		diffIDs = []string{}
	}
	return json.Marshal(struct {
		Architecture string          `json:"architecture"`
		OS           string          `json:"os"`
		Variant      string          `json:"variant,omitempty"`
		Config       json.RawMessage `json:"config,omitempty"`
		RootFS       rootFS          `json:"rootfs"`
	}{image.Architecture, image.OS, image.Variant, config, rootFS{Type: "layers", DiffIDs: diffIDs}})
}
