// SPDX-License-Identifier: Apache-2.0

package checktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Case is a parsed test case.
type Case struct {
	Name   string // of the file, without directory and extension
	Story  string
	Config json.RawMessage // the "config" object of the image config
	Traits Traits
	// Dockerfile is the text of a case that is a Dockerfile and no image; nil
	// for an image.
	Dockerfile []byte
	Function   []byte // contents of function.yaml, nil when there is none
	Reference  string
	Base       [][]Entry // layers below Layers, lowest first; no case file fills them
	Layers     []Files   // lowest first; at least one
	Want       string

	archive *txtar.Archive
}

// Traits is what image.json says of an image beside its configuration, or of
// the build of a Dockerfile.
type Traits struct {
	OS             string   `json:"os"`           // "linux" when absent
	Architecture   string   `json:"architecture"` // "amd64" when absent
	Variant        string   `json:"variant"`
	MediaTypes     string   `json:"mediaTypes"`     // "docker" (when absent) or "oci"
	Index          []string `json:"index"`          // platforms of an index around the image; the image's own must be among them unless it is left out on purpose
	IndexType      string   `json:"indexType"`      // as MediaTypes when absent
	LayerMediaType string   `json:"layerMediaType"` // of every layer; gzip by default
	LayerSizes     []int64  `json:"layerSizes"`     // declared in the manifest in place of the true sizes, in bytes
	DiffIDs        *int     `json:"diffIDs"`        // number of diff_ids in the config in place of the true one

	Target    string            `json:"target"`    // build stage of a Dockerfile; the last one when absent
	BuildArgs map[string]string `json:"buildArgs"` // values for its ARG instructions
	Platform  string            `json:"platform"`  // that it is built for; left to the machine when absent
}

// Files is the entries of one layer and the contents of its files.
type Files struct {
	Entries  string
	Contents map[string][]byte // by absolute path
}

// Parse reads a case; name is for messages.
func Parse(name string, data []byte) (*Case, error) {
	c := &Case{Name: name, archive: txtar.Parse(data), Config: json.RawMessage(noConfig), Layers: make([]Files, 1)}
	c.Story = strings.TrimSpace(string(c.archive.Comment))
	for _, f := range c.archive.Files {
		if err := c.add(f.Name, f.Data); err != nil {
			return nil, fmt.Errorf("case %s: %s: %w", name, f.Name, err)
		}
	}
	if err := c.oneKind(); err != nil {
		return nil, fmt.Errorf("case %s: %w", name, err)
	}
	return c, nil
}

// oneKind refuses a case that describes an image and a Dockerfile in one.
func (c *Case) oneKind() error {
	t := c.Traits
	build := t.Target != "" || t.BuildArgs != nil || t.Platform != ""
	if c.Dockerfile == nil {
		if build {
			return errors.New("target, buildArgs and platform are for a Dockerfile")
		}
		return nil
	}
	t.Target, t.BuildArgs, t.Platform = "", nil, ""
	layer := c.Layers[0]
	if !reflect.ValueOf(t).IsZero() || string(c.Config) != noConfig || c.Reference != "" || len(c.Layers) > 1 || layer.Entries != "" || layer.Contents != nil {
		return errors.New("a Dockerfile stands in place of an image's config, layers, traits and reference")
	}
	return nil
}

// noConfig is the configuration of an image that sets nothing.
const noConfig = "{}"

func (c *Case) add(name string, data []byte) error {
	switch name {
	case "config.json":
		c.Config = data
		return json.Unmarshal(data, &struct{}{})
	case "Dockerfile":
		c.Dockerfile = data
		return nil
	case "image.json":
		return strictJSON(data, &c.Traits)
	case "function.yaml":
		c.Function = data
		return nil
	case "reference":
		c.Reference = strings.TrimSpace(string(data))
		return nil
	case "want":
		c.Want = string(data)
		return nil
	}
	return c.addToLayer(name, data)
}

// addToLayer adds "files", "rootfs/…", "layer2/files" or "layer2/rootfs/…".
func (c *Case) addToLayer(name string, data []byte) error {
	layer := 1
	if tail, ok := strings.CutPrefix(name, "layer"); ok {
		if _, err := fmt.Sscanf(tail, "%d/", &layer); err != nil || layer < 1 || layer > 9 {
			return errors.New("want layerN/files or layerN/rootfs/PATH with N from 1 to 9")
		}
		_, name, _ = strings.Cut(name, "/")
	}
	for len(c.Layers) < layer {
		c.Layers = append(c.Layers, Files{})
	}
	l := &c.Layers[layer-1]
	if name == "files" {
		l.Entries = string(data)
		return nil
	}
	file, ok := strings.CutPrefix(name, "rootfs/")
	if !ok {
		return errors.New("not a file of a case")
	}
	if l.Contents == nil {
		l.Contents = map[string][]byte{}
	}
	l.Contents["/"+file] = data
	return nil
}

// WithWant returns the case as text with other expectations.
func (c *Case) WithWant(want string) []byte {
	archive := *c.archive
	archive.Files = append([]txtar.File(nil), c.archive.Files...)
	for i, f := range archive.Files {
		if f.Name == "want" {
			archive.Files[i].Data = []byte(want)
			return txtar.Format(&archive)
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(want)})
	return txtar.Format(&archive)
}

func strictJSON(data []byte, to any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	return d.Decode(to)
}
