// SPDX-License-Identifier: Apache-2.0

package source

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/fgpreflight/fgpreflight/check"
)

// writeArchive writes the image as docker save does, for an engine to load. The
// layers are written as they are stored: engines undo the compression, and
// compare what comes out with the config. The image gets the config, and the
// name, "" for none.
func (im *image) writeArchive(ctx context.Context, w io.Writer, config []byte, name string) error {
	if im.noFiles != nil {
		return im.noFiles
	}
	size, err := im.size(ctx)
	if err != nil {
		return err
	}
	entry := dockerImage{Config: "config.json"}
	if name != "" {
		entry.RepoTags = []string{name}
	}
	to := tar.NewWriter(w)
	for i, layer := range im.content {
		file := fmt.Sprintf("%d.tar", i)
		entry.Layers = append(entry.Layers, file)
		if err := writeLayer(ctx, to, file, storedSize(size.Layers[i]), layer.Open); err != nil {
			return fmt.Errorf("reading %s: %w", layer.Name, err)
		}
	}
	manifest, err := json.Marshal([]dockerImage{entry})
	if err != nil {
		return err
	}
	if err := writeEntry(to, entry.Config, int64(len(config)), bytes.NewReader(config)); err != nil {
		return err
	}
	if err := writeEntry(to, "manifest.json", int64(len(manifest)), bytes.NewReader(manifest)); err != nil {
		return err
	}
	return to.Close()
}

// ownConfig returns an image config that says the same and that no other run
// has, for it holds a name that is used once. Engines know an image by the
// digest of its config, and may lose one that a run removes while another loads
// it.
func ownConfig(config []byte, name string) ([]byte, error) {
	rest, ok := bytes.CutPrefix(bytes.TrimSpace(config), []byte("{"))
	if !ok {
		return nil, errors.New("the config is no JSON object")
	}
	own := fmt.Appendf(nil, `{"fgpreflight":%q`, name)
	if rest = bytes.TrimSpace(rest); !bytes.HasPrefix(rest, []byte("}")) {
		own = append(own, ',')
	}
	return append(own, rest...), nil
}

// storedSize returns how many bytes a layer has where it is.
func storedSize(l check.LayerSize) int64 {
	if l.Compressed != check.UnknownBytes {
		return l.Compressed
	}
	return l.Unpacked
}

func writeLayer(ctx context.Context, to *tar.Writer, name string, size int64, open func(context.Context) (io.ReadCloser, error)) error {
	content, err := open(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	return writeEntry(to, name, size, content)
}

func writeEntry(to *tar.Writer, name string, size int64, content io.Reader) error {
	if err := to.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size}); err != nil {
		return err
	}
	_, err := io.Copy(to, content)
	return err
}
