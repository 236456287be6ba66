// SPDX-License-Identifier: Apache-2.0

package source

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// openArchiveFile opens an archive by its path.
func openArchiveFile(ctx context.Context, t Target, want platform) (*image, error) {
	file, err := os.Open(t.Name)
	if err != nil {
		return nil, fileFault(err)
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() && sniff(file) == plain {
		return archiveImage(ctx, t, file, info.Size(), want)
	}
	defer file.Close() //nolint:errcheck // It was only read.
	if err != nil {
		return nil, fileFault(err)
	}
	return openStream(ctx, t, file, want)
}

// openStream opens an archive that can be read only once, or is compressed as
// a whole. It is copied to a temporary file first.
func openStream(ctx context.Context, t Target, stream io.Reader, want platform) (*image, error) {
	if stream == nil {
		return nil, &Error{Err: errors.New("there is no standard input"), WayOut: "name a file", Usage: true}
	}
	spooled, size, err := spool(ctx, stream)
	if err != nil {
		return nil, err
	}
	return archiveImage(ctx, t, spooled, size, want)
}

// readAtCloser is a file of an archive.
type readAtCloser interface {
	io.ReaderAt
	io.Closer
}

// archiveImage returns the image of an archive of either kind. It takes over
// the file.
func archiveImage(ctx context.Context, t Target, file readAtCloser, size int64, want platform) (*image, error) {
	im, err := readArchive(ctx, t, file, size, want)
	if err != nil {
		_ = file.Close() // There is a better error.
		return nil, err
	}
	im.closeLater(file)
	return im, nil
}

func readArchive(ctx context.Context, t Target, file io.ReaderAt, size int64, want platform) (*image, error) {
	a, err := indexArchive(ctx, file, size)
	if err != nil {
		return nil, err
	}
	oci, docker := a.has("index.json"), a.has("manifest.json")
	switch {
	case oci && t.Kind != DockerArchive: // Docker 25 and later writes both; the digests of OCI are the true ones.
		im, err := layoutImage(ctx, layout{files: a}, t.Selector, want)
		if err != nil {
			return nil, err
		}
		im.info.Source = "oci-archive"
		return im, nil
	case docker && t.Kind != OCIArchive:
		return dockerArchiveImage(ctx, a, t.Selector)
	}
	missing := map[Kind]string{DockerArchive: "manifest.json", OCIArchive: "index.json"}[t.Kind]
	if missing == "" {
		missing = "manifest.json or index.json"
	}
	return nil, &Error{Err: fmt.Errorf("the archive has no %s in it, so it is not an image", missing), WayOut: wayOutNoArchive}
}

// fileFault says what the system has against a path.
func fileFault(err error) error {
	e := &Error{WayOut: "check the path"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Err = newShortError("no such file", err)
	case errors.Is(err, fs.ErrPermission):
		e.Err, e.WayOut = newShortError("no permission to read it", err), "change its mode or owner, or run as its owner"
	default:
		e.Err = newShortError(err.Error(), err)
	}
	return e
}

// compression is how a file is compressed, as its first bytes tell.
type compression int

const (
	plain compression = iota
	gzipped
	zstandard
	unsupported // xz or bzip2
)

func compressionOf(magic []byte) compression {
	skippable := len(magic) >= 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:4], []byte{0x2a, 0x4d, 0x18})
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzipped
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}), skippable:
		return zstandard
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")), bytes.HasPrefix(magic, []byte("BZh")):
		return unsupported
	}
	return plain
}

// sniff tells the compression of a file.
func sniff(file io.ReaderAt) compression {
	magic := make([]byte, 6)
	n, err := file.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return plain // Whoever reads on meets the error.
	}
	return compressionOf(magic[:n])
}

// look tells what there is at a path.
func look(name string) Sight {
	info, err := os.Stat(name)
	switch {
	case err != nil && errors.Is(err, fs.ErrPermission):
		return ArchiveFile // Whoever opens it meets the error.
	case err != nil:
		return Nothing
	case info.IsDir():
		return lookDir(name)
	case !info.Mode().IsRegular():
		return ArchiveFile
	}
	file, err := os.Open(name)
	if err != nil {
		return ArchiveFile
	}
	defer file.Close() //nolint:errcheck // It was only read.
	head := make([]byte, 4*kib)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return ArchiveFile
	}
	return sightOf(filepath.Base(name), head[:n])
}

func lookDir(name string) Sight {
	switch {
	case exists(filepath.Join(name, "oci-layout")):
		return LayoutDir
	case exists(filepath.Join(name, "Dockerfile")), exists(filepath.Join(name, "Containerfile")):
		return DockerfileDir
	}
	return OtherDir
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// sightOf tells a file by its name and first bytes.
func sightOf(base string, head []byte) Sight {
	_, err := tar.NewReader(bytes.NewReader(head)).Next()
	switch {
	case err == nil, compressionOf(head) != plain:
		return ArchiveFile
	case isDockerfile(base, head):
		return DockerfileFile
	}
	return OtherFile
}

// firstInstruction is a Dockerfile's first line that is not a comment.
var firstInstruction = regexp.MustCompile(`^(?i:\s*(#[^\n]*)?\n)*\s*(?i:FROM|ARG)\s+\S`)

func isDockerfile(base string, head []byte) bool {
	for _, word := range []string{"dockerfile", "containerfile"} {
		lower := strings.ToLower(base)
		if lower == word || strings.HasPrefix(lower, word+".") || strings.HasSuffix(lower, "."+word) {
			return true
		}
	}
	return firstInstruction.Match(head)
}
