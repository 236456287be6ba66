// SPDX-License-Identifier: Apache-2.0

package check

// Config is the configuration of an image: what its config file or a
// Dockerfile's final stage says.
type Config struct {
	OS, Architecture Setting[string] // "linux", "amd64"

	User       Setting[string]   // USER as a container gets it
	Entrypoint Setting[[]string] // never set to an empty list
	Cmd        Setting[[]string] // never set to an empty list
	WorkingDir Setting[string]
	Env        Env
	Ports      Set // EXPOSE, each "8000/tcp" with the protocol in lower case
	Volumes    Set
	Labels     map[string]string

	// UserWritten is USER in a Dockerfile before its variables were expanded,
	// "" where there are none in it.
	UserWritten string

	Healthcheck Setting[[]string] // not set for HEALTHCHECK NONE
	StopSignal  Setting[string]

	// Faults are the contradictions in the text itself, in order; FG001
	// reports them.
	Faults []Fault
}

// Fault is something wrong with a text that was read: a syntax error, or a
// config that contradicts its layers.
type Fault struct {
	At      Location
	Message string // as Verdict.Message
	Fix     string // as Verdict.Fix
}

// Manifest is what stands between a reference and the layers of one platform.
type Manifest struct {
	MediaType string
	Digest    string // "sha256:…"
	Layers    []LayerDescriptor
	Index     *Index // the index that the manifest was chosen from; nil for a single manifest
}

// LayerDescriptor is a layer as its manifest describes it.
type LayerDescriptor struct {
	MediaType string
	Digest    string
	Foreign   bool // its bytes are to be fetched from addresses outside the registry
}

// Index is an OCI image index or a Docker manifest list.
type Index struct {
	MediaType string
	Digest    string
	Manifests []IndexEntry
}

// IndexEntry is one manifest of an index.
type IndexEntry struct {
	MediaType   string
	Digest      string
	OS          string // "linux"; "unknown" for an attestation
	Arch        string // "amd64"; "unknown" for an attestation
	Variant     string
	Attestation bool // a provenance or SBOM document, not an image
}

// Platform returns the entry's platform as "linux/arm64/v8".
func (e IndexEntry) Platform() string {
	p := e.OS + "/" + e.Arch
	if e.Variant != "" {
		p += "/" + e.Variant
	}
	return p
}

// UnknownBytes stands for a size that a source cannot tell.
const UnknownBytes int64 = -1

// Size is what an image weighs, in bytes; either figure may be [UnknownBytes].
type Size struct {
	Compressed int64       // the layers as the registry stores them
	Unpacked   int64       // the layers' tar streams
	Layers     []LayerSize // lowest first; empty where the source tells totals only
	At         Location
}

// LayerSize is what one layer weighs, in bytes; either figure may be
// [UnknownBytes].
type LayerSize struct{ Compressed, Unpacked int64 }
