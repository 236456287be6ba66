// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"runtime"
)

// sidecarProgram is the path of the program in the sidecars' image.
const sidecarProgram = "fgpreflight"

// writeSidecarImage writes a docker archive with an image that holds nothing
// but the program. Its name is part of its config, so that no other client has
// an image of the same ID: Docker may lose an image that one of them removes
// while another loads it.
func writeSidecarImage(w io.Writer, program Binary, name string) error {
	archive := tar.NewWriter(w)
	diffID, err := writeSidecarLayer(archive, program)
	if err != nil {
		return err
	}
	config, err := sidecarConfig(diffID, name)
	if err != nil {
		return err
	}
	manifest, err := json.Marshal([]map[string]any{{
		"Config": "config.json", "RepoTags": []string{name}, "Layers": []string{"layer.tar"},
	}})
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{"config.json", config}, {"manifest.json", manifest}} {
		if err := archive.WriteHeader(&tar.Header{Name: file.name, Mode: 0o644, Size: int64(len(file.content))}); err != nil {
			return err
		}
		if _, err := archive.Write(file.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

// writeSidecarLayer writes the layer and returns its diff ID.
func writeSidecarLayer(archive *tar.Writer, program Binary) (string, error) {
	content, size, err := program()
	if err != nil {
		return "", err
	}
	defer content.Close()
	const block = 512 // a tar is a header, the content in whole blocks, and two empty blocks
	total := block + (size+block-1)/block*block + 2*block
	if err := archive.WriteHeader(&tar.Header{Name: "layer.tar", Mode: 0o644, Size: total}); err != nil {
		return "", err
	}
	sum := sha256.New()
	layer := tar.NewWriter(io.MultiWriter(archive, sum))
	if err := layer.WriteHeader(&tar.Header{Name: sidecarProgram, Mode: 0o555, Size: size, Format: tar.FormatUSTAR}); err != nil {
		return "", err
	}
	if _, err := io.Copy(layer, content); err != nil {
		return "", err
	}
	if err := layer.Close(); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}

func sidecarConfig(diffID, name string) ([]byte, error) {
	return json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config": map[string]any{
			"Entrypoint": []string{"/" + sidecarProgram},
			"Labels":     map[string]string{Label: "1", Label + ".image": name},
		},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{diffID}},
	})
}
