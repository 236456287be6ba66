// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// dockerImage is an entry of the manifest.json of docker save.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// dockerArchiveImage returns the image of an archive that docker save wrote,
// chosen by its name, or by there being no other.
func dockerArchiveImage(ctx context.Context, a *archive, selector string) (*image, error) {
	raw, err := readJSON(a, "manifest.json")
	if err != nil {
		return nil, err
	}
	var images []dockerImage
	if err := json.Unmarshal(raw, &images); err != nil {
		return nil, fmt.Errorf("reading manifest.json: %w", err)
	}
	chosen, err := chooseDockerImage(images, selector)
	if err != nil {
		return nil, err
	}
	if len(chosen.Layers) > maxLayers {
		return nil, fmt.Errorf("manifest.json names %d layers, more than %d", len(chosen.Layers), maxLayers)
	}
	im := &image{manifest: noManifest, size: chosen.size(a)}
	im.info.Source, im.info.Digest = "docker-archive", configDigest(chosen.Config)
	if len(chosen.RepoTags) > 0 {
		im.info.Name = oneLine(chosen.RepoTags[0])
	}
	im.config = newMemo(func(context.Context) ([]byte, error) { return dockerConfig(a, chosen.Config) })
	im.setLayers(dockerLayers(a, chosen.Layers), true)
	im.readPlatform(ctx)
	return im, nil
}

// chooseDockerImage returns the image that the selector, ":name:tag" or
// "@digest" of the config, names.
func chooseDockerImage(images []dockerImage, selector string) (dockerImage, error) {
	var chosen, all []dockerImage
	for _, i := range images {
		if i.is(selector) {
			chosen = append(chosen, i)
		}
		if !slices.ContainsFunc(all, func(o dockerImage) bool { return o.Config == i.Config }) {
			all = append(all, i)
		}
	}
	switch {
	case len(images) == 0:
		return dockerImage{}, errors.New("manifest.json names no image")
	case selector == "" && len(all) == 1:
		return all[0], nil
	case selector == "":
		return dockerImage{}, &Error{Err: errors.New("it has several images: " + dockerLabels(all)), WayOut: "choose one with :NAME:TAG or @DIGEST behind the path"}
	case len(chosen) == 0:
		return dockerImage{}, &Error{Err: fmt.Errorf("it has no image %s; it has %s", oneLine(selector), dockerLabels(all)), WayOut: "choose one of them"}
	}
	return chosen[0], nil
}

func (i dockerImage) is(selector string) bool {
	if digest, ok := strings.CutPrefix(selector, "@"); ok {
		return configDigest(i.Config) == digest
	}
	name := strings.TrimPrefix(selector, ":")
	return name != "" && (slices.Contains(i.RepoTags, name) || slices.Contains(i.RepoTags, name+":latest"))
}

func dockerLabels(images []dockerImage) string {
	var out []string
	for _, i := range images {
		label := "@" + configDigest(i.Config)
		if len(i.RepoTags) > 0 {
			label = strings.Join(i.RepoTags, " ")
		}
		out = append(out, label)
	}
	return list(out)
}

// noManifest is the answer for sources that the push adds a manifest to.
func noManifest(context.Context) (*check.Manifest, error) {
	return nil, &check.UnavailableError{
		Fact:     "manifest",
		Why:      "an archive of docker save has no manifest; the push makes one",
		Hint:     "check an OCI archive, or the pushed image: fgpreflight registry:NAME",
		Deferred: true,
	}
}

var configFile = regexp.MustCompile(`^(?:sha256:)?([0-9a-f]{64})(?:\.json)?$`)

// configDigest returns the digest that the name of a config holds, or "".
func configDigest(name string) string {
	m := configFile.FindStringSubmatch(path.Base(name))
	if m == nil {
		return ""
	}
	return "sha256:" + m[1]
}

func dockerConfig(a *archive, name string) ([]byte, error) {
	raw, err := readJSON(a, name)
	if err != nil {
		return nil, fmt.Errorf("reading the config: %w", err)
	}
	if digest := configDigest(name); digest != "" {
		if err := (descriptor{Digest: digest}).verify(raw); err != nil {
			return nil, fmt.Errorf("reading the config: %w", err)
		}
	}
	return raw, nil
}

func dockerLayers(a *archive, names []string) []rootfs.Layer {
	layers := make([]rootfs.Layer, len(names))
	for i, name := range names {
		layers[i] = rootfs.Layer{
			Name: layerName(i, oneLine(name)),
			Open: func(context.Context) (io.ReadCloser, error) { return a.open(name) },
		}
	}
	return layers
}

// size tells the layers' sizes by the archive: of a layer that is compressed
// there, the size in the registry is known, else the unpacked size.
func (i dockerImage) size(a *archive) func(context.Context) (*check.Size, error) {
	return func(context.Context) (*check.Size, error) {
		layers := make([]check.LayerSize, len(i.Layers))
		for n, name := range i.Layers {
			layer, err := a.section(name)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", layerName(n, oneLine(name)), err)
			}
			layers[n] = check.LayerSize{Compressed: check.UnknownBytes, Unpacked: layer.Size()}
			if sniff(layer) != plain {
				layers[n] = check.LayerSize{Compressed: layer.Size(), Unpacked: check.UnknownBytes}
			}
		}
		return total(layers, check.At("manifest.json", "Layers")), nil
	}
}
