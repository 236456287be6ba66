// SPDX-License-Identifier: Apache-2.0

package checktest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Blob is bytes with their digest.
type Blob struct {
	MediaType string
	Digest    string // "sha256:…"
	Data      []byte
}

// NewBlob returns the bytes with their digest.
func NewBlob(mediaType string, data []byte) Blob {
	sum := sha256.Sum256(data)
	return Blob{MediaType: mediaType, Digest: "sha256:" + hex.EncodeToString(sum[:]), Data: data}
}

// Image is an image as its bytes.
type Image struct {
	Config, Manifest Blob
	Index            *Blob  // the index around the manifest, or nil
	Others           []Blob // the manifests of the index's other entries; no images
	Layers           []Blob
	Platform         string // "linux/amd64"
}

// mediaTypes are those of a family.
type mediaTypes struct{ index, manifest, config, layer string }

var families = map[string]mediaTypes{
	"docker": {
		index:    "application/vnd.docker.distribution.manifest.list.v2+json",
		manifest: "application/vnd.docker.distribution.manifest.v2+json",
		config:   "application/vnd.docker.container.image.v1+json",
		layer:    "application/vnd.docker.image.rootfs.diff.tar.gzip",
	},
	"oci": {
		index:    "application/vnd.oci.image.index.v1+json",
		manifest: "application/vnd.oci.image.manifest.v1+json",
		config:   "application/vnd.oci.image.config.v1+json",
		layer:    "application/vnd.oci.image.layer.v1.tar+gzip",
	},
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Platform    *platform         `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant,omitempty"`
}

func (b Blob) descriptor() descriptor {
	return descriptor{MediaType: b.MediaType, Digest: b.Digest, Size: int64(len(b.Data))}
}

// Build returns the image that the case describes.
func (c *Case) Build() (*Image, error) {
	t := c.Traits
	t.OS, t.Architecture, t.MediaTypes = orElse(t.OS, "linux"), orElse(t.Architecture, "amd64"), orElse(t.MediaTypes, "docker")
	family, ok := families[t.MediaTypes]
	if !ok {
		return nil, fmt.Errorf("case %s: unknown media types %q", c.Name, t.MediaTypes)
	}
	image := &Image{Platform: t.OS + "/" + t.Architecture}
	var diffIDs []string
	entries, err := c.entries()
	if err != nil {
		return nil, err
	}
	for i, layerEntries := range entries {
		layer, diffID, err := layer(layerEntries, orElse(t.LayerMediaType, family.layer))
		if err != nil {
			return nil, fmt.Errorf("case %s: layer %d: %w", c.Name, i+1, err)
		}
		image.Layers, diffIDs = append(image.Layers, layer), append(diffIDs, diffID)
	}
	if t.DiffIDs != nil {
		diffIDs = resize(diffIDs, *t.DiffIDs)
	}
	image.Config = NewBlob(family.config, mustJSON(map[string]any{
		"os": t.OS, "architecture": t.Architecture, "variant": t.Variant, "config": c.Config,
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffIDs},
	}))
	image.Manifest = manifest(family.manifest, image, t.LayerSizes)
	if t.Index != nil {
		index := indexAround(image, families[orElse(t.IndexType, t.MediaTypes)].index, t)
		image.Index = &index
	}
	return image, nil
}

func manifest(mediaType string, image *Image, sizes []int64) Blob {
	layers := []descriptor{}
	for i, layer := range image.Layers {
		d := layer.descriptor()
		if i < len(sizes) {
			d.Size = sizes[i]
		}
		layers = append(layers, d)
	}
	return NewBlob(mediaType, mustJSON(map[string]any{
		"schemaVersion": 2, "mediaType": mediaType, "config": image.Config.descriptor(), "layers": layers,
	}))
}

// indexAround returns an index that names the image under its own platform and
// stand-ins under the others.
func indexAround(image *Image, mediaType string, t Traits) Blob {
	own := strings.TrimSuffix(t.OS+"/"+t.Architecture+"/"+t.Variant, "/")
	var manifests []descriptor
	for _, name := range t.Index {
		parts := append(strings.Split(name, "/"), "", "")
		blob := image.Manifest
		if name != own {
			blob = NewBlob(image.Manifest.MediaType, []byte(name))
			image.Others = append(image.Others, blob)
		}
		d := blob.descriptor()
		d.Platform = &platform{OS: parts[0], Architecture: parts[1], Variant: parts[2]}
		if name == "unknown/unknown" {
			d.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest"}
		}
		manifests = append(manifests, d)
	}
	return NewBlob(mediaType, mustJSON(map[string]any{"schemaVersion": 2, "mediaType": mediaType, "manifests": manifests}))
}

// entries returns the entries of every layer, lowest first.
func (c *Case) entries() ([][]Entry, error) {
	out := slices.Clone(c.Base)
	for i, files := range c.Layers {
		entries, err := files.ParseFiles()
		if err != nil {
			return nil, fmt.Errorf("case %s: layer %d: %w", c.Name, i+1, err)
		}
		out = append(out, entries)
	}
	return out, nil
}

// layer returns the gzipped layer and the digest of its tar stream.
func layer(entries []Entry, mediaType string) (blob Blob, diffID string, err error) {
	data, err := Tar(entries)
	if err != nil {
		return Blob{}, "", err
	}
	return NewBlob(mediaType, Gzip(data)), NewBlob("", data).Digest, nil
}

// Tar returns the entries as a tar stream.
func Tar(entries []Entry) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		e.Header.Size = int64(len(e.Data))
		if err := w.WriteHeader(&e.Header); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.Data); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), w.Close()
}

// Gzip returns the data compressed, fast rather than small.
func Gzip(data []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is one of the package's own
	}
	_, _ = w.Write(data) // a bytes.Buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

func resize(list []string, n int) []string {
	for len(list) < n {
		list = append(list, NewBlob("", []byte(strconv.Itoa(len(list)))).Digest)
	}
	return slices.Clip(list[:n])
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// mustJSON encodes a value that this package made.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
