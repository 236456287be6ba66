// SPDX-License-Identifier: Apache-2.0

package source

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// Media types of the documents between a reference and its layers.
const (
	ociIndex       = "application/vnd.oci.image.index.v1+json"
	ociManifest    = "application/vnd.oci.image.manifest.v1+json"
	dockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
)

// configTypes are the media types of the configs of images. The last two are
// what very old tools wrote.
var configTypes = []string{
	"application/vnd.oci.image.config.v1+json",
	"application/vnd.docker.container.image.v1+json",
	"application/octet-stream",
	"",
}

// descriptor names a blob: a manifest, a config or a layer.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	URLs        []string          `json:"urls"`
	Platform    *platform         `json:"platform"`
	Annotations map[string]string `json:"annotations"`
}

func (d descriptor) isIndex() bool { return d.MediaType == ociIndex || d.MediaType == dockerList }

// isImage reports whether the descriptor may be that of an image's manifest.
func (d descriptor) isImage() bool {
	ok := d.MediaType == ociManifest || d.MediaType == dockerManifest || d.MediaType == ""
	return ok && !d.isAttestation()
}

// isAttestation tells a provenance or SBOM document, which hides among the
// manifests of an index as an image for no platform.
func (d descriptor) isAttestation() bool {
	return d.Annotations["vnd.docker.reference.type"] == "attestation-manifest" ||
		(d.Platform != nil && d.Platform.OS == "unknown" && d.Platform.Architecture == "unknown")
}

// isForeign reports whether a layer's bytes are to be had elsewhere only.
func (d descriptor) isForeign() bool {
	return len(d.URLs) > 0 || strings.Contains(d.MediaType, ".foreign.") || strings.Contains(d.MediaType, ".nondistributable.")
}

// isPlainTar reports whether a layer is said not to be compressed.
func (d descriptor) isPlainTar() bool {
	return strings.HasSuffix(d.MediaType, ".tar") || strings.HasSuffix(d.MediaType, ".diff.tar")
}

// digestForm is a digest by one of the two algorithms that are in use. It is
// safe as a part of a path.
var digestForm = regexp.MustCompile(`^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$`)

func (d descriptor) check() error {
	if !digestForm.MatchString(d.Digest) {
		return fmt.Errorf("the digest %q is malformed", oneLine(d.Digest))
	}
	if d.Size < 0 || d.Size > maxBlobSize {
		return fmt.Errorf("the size %d of %s is impossible", d.Size, d.Digest)
	}
	return nil
}

// verify compares a blob that was read whole with its descriptor.
func (d descriptor) verify(data []byte) error {
	got := digestOf(data)
	if strings.HasPrefix(d.Digest, "sha512:") {
		sum := sha512.Sum512(data)
		got = "sha512:" + hex.EncodeToString(sum[:])
	}
	if got != d.Digest {
		return fmt.Errorf("digest mismatch: got %s, want %s", got, d.Digest)
	}
	return nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// document is a manifest or an index.
type document struct {
	MediaType string       `json:"mediaType"`
	Config    *descriptor  `json:"config"`
	Layers    []descriptor `json:"layers"`
	Manifests []descriptor `json:"manifests"`

	digest string // of its bytes
}

// parseDocument reads a manifest or an index. The media type is the one that
// it came with, "" for none; the one in the text wins.
func parseDocument(raw []byte, mediaType string) (*document, error) {
	var doc struct {
		document
		Schema   int             `json:"schemaVersion"`
		FSLayers json.RawMessage `json:"fsLayers"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	if doc.Schema == 1 || doc.FSLayers != nil {
		return nil, &Error{
			Err:    errors.New("the manifest is of Docker's schema 1, which has not been in use since 2017"),
			WayOut: "pull the image and push it again with a current Docker",
		}
	}
	d := doc.document
	if d.MediaType == "" {
		d.MediaType = mediaType
	}
	d.digest = digestOf(raw)
	return &d, d.check()
}

func (doc *document) isIndex() bool { return doc.Manifests != nil }

// check refuses what no image needs, and texts that are two things at once.
func (doc *document) check() error {
	switch {
	case doc.Manifests != nil && (doc.Layers != nil || doc.Config != nil):
		return errors.New("the manifest claims to be an index too")
	case doc.Manifests == nil && doc.Config == nil:
		return errors.New("the manifest names neither a config nor other manifests")
	case len(doc.Layers) > maxLayers:
		return fmt.Errorf("the manifest has %d layers, more than %d", len(doc.Layers), maxLayers)
	case len(doc.Manifests) > maxIndexEntries:
		return fmt.Errorf("the index has %d entries, more than %d", len(doc.Manifests), maxIndexEntries)
	}
	all := slices.Concat(doc.Layers, doc.Manifests)
	if doc.Config != nil {
		all = append(all, *doc.Config)
	}
	for _, d := range all {
		if err := d.check(); err != nil {
			return fmt.Errorf("reading the manifest: %w", err)
		}
	}
	return nil
}

// checkConfig refuses artifacts that share the form of a manifest with images,
// and configs that are too large to be read.
func (doc *document) checkConfig() error {
	if !slices.Contains(configTypes, doc.Config.MediaType) {
		return &Error{
			Err:    fmt.Errorf("this is not a container image, but an artifact of the type %s", oneLine(doc.Config.MediaType)),
			WayOut: "name an image",
		}
	}
	if doc.Config.Size > maxJSON {
		return fmt.Errorf("the config is said to have %d bytes, more than %d", doc.Config.Size, maxJSON)
	}
	return nil
}

// index returns the index as a fact.
func (doc *document) index() *check.Index {
	out := &check.Index{MediaType: doc.MediaType, Digest: doc.digest}
	for _, d := range doc.Manifests {
		entry := check.IndexEntry{MediaType: d.MediaType, Digest: d.Digest, Attestation: d.isAttestation()}
		if d.Platform != nil {
			entry.OS, entry.Arch, entry.Variant = d.Platform.OS, d.Platform.Architecture, d.Platform.Variant
		}
		out.Manifests = append(out.Manifests, entry)
	}
	return out
}

// manifest returns the manifest as a fact.
func (doc *document) manifest(index *check.Index) *check.Manifest {
	out := &check.Manifest{MediaType: doc.MediaType, Digest: doc.digest, Index: index}
	for _, d := range doc.Layers {
		out.Layers = append(out.Layers, check.LayerDescriptor{MediaType: d.MediaType, Digest: d.Digest, Foreign: d.isForeign()})
	}
	return out
}

// size returns what the descriptors say of the layers' sizes.
func (doc *document) size() *check.Size {
	layers := make([]check.LayerSize, len(doc.Layers))
	for i, d := range doc.Layers {
		layers[i] = check.LayerSize{Compressed: d.Size, Unpacked: check.UnknownBytes}
		if d.isPlainTar() {
			layers[i].Unpacked = d.Size
		}
	}
	return total(layers, check.At(check.ArtifactManifest, "layers"))
}

// total adds the layers' sizes up. A sum with an unknown part is unknown.
func total(layers []check.LayerSize, at check.Location) *check.Size {
	s := &check.Size{Layers: layers, At: at}
	for _, l := range layers {
		s.Compressed = addSize(s.Compressed, l.Compressed)
		s.Unpacked = addSize(s.Unpacked, l.Unpacked)
	}
	return s
}

func addSize(a, b int64) int64 {
	if a == check.UnknownBytes || b == check.UnknownBytes {
		return check.UnknownBytes
	}
	return a + b
}
