// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"context"
	"io"
	"io/fs"
)

// OpenBytes opens an archive in memory, for fuzzing.
func OpenBytes(ctx context.Context, data []byte, selector string) error {
	t := Target{Kind: Archive, Selector: selector}
	im, err := readArchive(ctx, t, bytes.NewReader(data), int64(len(data)), platform{OS: "linux", Architecture: "amd64"})
	if err != nil {
		return err
	}
	return im.Close()
}

// memory is the files of a layout in memory.
type memory map[string][]byte

func (m memory) open(name string) (io.ReadCloser, error) {
	data, ok := m[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// OpenLayoutBytes opens a layout in memory, for fuzzing. The blobs are filed
// under their digests.
func OpenLayoutBytes(ctx context.Context, index []byte, selector, want string, blobs ...[]byte) (chosen string, err error) {
	files := memory{"index.json": index}
	for _, blob := range blobs {
		files["blobs/sha256/"+digestOf(blob)[len("sha256:"):]] = blob
	}
	p, err := parsePlatform(want)
	if err != nil {
		return "", err
	}
	im, err := layoutImage(ctx, layout{files: files}, selector, p)
	if err != nil {
		return "", err
	}
	return im.info.Digest, nil
}

// Decompress reads size bytes as if they came out of a compressed stream of which
// stored bytes were read.
func Decompress(stored, size int64) error {
	_, err := io.Copy(io.Discard, &expansion{from: io.LimitReader(zeros{}, size), stored: &counter{n: stored}})
	return err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
