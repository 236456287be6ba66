// SPDX-License-Identifier: Apache-2.0

package checktest

import (
	"archive/tar"
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
)

// ociLayoutFile is the contents of the file that marks an OCI layout.
const ociLayoutFile = `{"imageLayoutVersion":"1.0.0"}`

// DockerArchive returns the image as docker save writes it, with compressed
// layers; tag may be empty.
func (i *Image) DockerArchive(tag string) []byte {
	files := []Entry{fileEntry(hexOf(i.Config)+".json", i.Config.Data)}
	names, tags := []string{}, []string{}
	for _, layer := range i.Layers {
		names = append(names, hexOf(layer)+".tar.gz")
		files = append(files, fileEntry(hexOf(layer)+".tar.gz", layer.Data))
	}
	if tag != "" {
		tags = append(tags, tag)
	}
	manifest := mustJSON([]map[string]any{{"Config": hexOf(i.Config) + ".json", "RepoTags": tags, "Layers": names}})
	return mustTar(append(files, fileEntry("manifest.json", manifest)))
}

// LayoutFiles returns the image as the files of an OCI layout.
func (i *Image) LayoutFiles() []Entry {
	top := i.Manifest
	blobs := append([]Blob{i.Config, i.Manifest}, i.Layers...)
	if i.Index != nil {
		top = *i.Index
		blobs = append(blobs, top)
	}
	index := mustJSON(map[string]any{"schemaVersion": 2, "manifests": []descriptor{top.descriptor()}})
	files := []Entry{fileEntry("oci-layout", []byte(ociLayoutFile)), fileEntry("index.json", index)}
	written := map[string]bool{}
	for _, blob := range blobs {
		if !written[blob.Digest] {
			written[blob.Digest] = true
			files = append(files, fileEntry("blobs/sha256/"+hexOf(blob), blob.Data))
		}
	}
	return files
}

// OCIArchive returns the image as a tar of its OCI layout.
func (i *Image) OCIArchive() []byte { return mustTar(i.LayoutFiles()) }

// WriteLayout writes the image as an OCI layout into the folder.
func (i *Image) WriteLayout(tb testing.TB, dir string) {
	tb.Helper()
	for _, f := range i.LayoutFiles() {
		WriteFile(tb, filepath.Join(dir, filepath.FromSlash(f.Header.Name)), f.Data)
	}
}

// WriteFile writes a file and the folders around it.
func WriteFile(tb testing.TB, name string, data []byte) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Registry is an in-process registry on a loopback port.
type Registry struct {
	*httptest.Server
	Host string // "127.0.0.1:34567"
}

// NewRegistry starts a registry that ends with the test. The function wraps
// its handler, to count or disturb requests; it may be nil.
func NewRegistry(tb testing.TB, wrap func(http.Handler) http.Handler) *Registry {
	tb.Helper()
	r := StartRegistry(wrap)
	tb.Cleanup(r.Close)
	return r
}

// StartRegistry starts a registry as NewRegistry does, for the caller to close.
func StartRegistry(wrap func(http.Handler) http.Handler) *Registry {
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	if wrap != nil {
		handler = wrap(handler)
	}
	server := httptest.NewServer(handler)
	return &Registry{Server: server, Host: strings.TrimPrefix(server.URL, "http://")}
}

// Push stores the image under repository:tag.
func (r *Registry) Push(tb testing.TB, i *Image, repository, tag string) {
	tb.Helper()
	for _, blob := range append([]Blob{i.Config}, i.Layers...) {
		r.put(tb, http.MethodPost, "/v2/"+repository+"/blobs/uploads/?digest="+blob.Digest, "application/octet-stream", blob.Data)
	}
	name := tag
	if i.Index != nil {
		name = i.Manifest.Digest
	}
	r.put(tb, http.MethodPut, "/v2/"+repository+"/manifests/"+name, i.Manifest.MediaType, i.Manifest.Data)
	if i.Index != nil {
		r.putIndex(tb, i, repository, tag)
	}
}

// putIndex stores the index. The registry demands the manifests that an index
// names, so those of other platforms are stored under their digests first.
func (r *Registry) putIndex(tb testing.TB, i *Image, repository, tag string) {
	tb.Helper()
	for _, other := range i.Others {
		r.put(tb, http.MethodPut, "/v2/"+repository+"/manifests/"+other.Digest, other.MediaType, other.Data)
	}
	r.put(tb, http.MethodPut, "/v2/"+repository+"/manifests/"+tag, i.Index.MediaType, i.Index.Data)
}

func (r *Registry) put(tb testing.TB, method, path, contentType string, body []byte) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, r.URL+path, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := r.Client().Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		tb.Fatalf("%s %s: %s", method, path, response.Status)
	}
}

func fileEntry(name string, data []byte) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, Data: data}
}

func hexOf(b Blob) string { return strings.TrimPrefix(b.Digest, "sha256:") }

// mustTar writes entries that this package made.
func mustTar(entries []Entry) []byte {
	data, err := Tar(entries)
	if err != nil {
		panic(err)
	}
	return data
}
