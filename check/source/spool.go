// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// spool copies a stream, decompressed, to a private temporary file, so that it
// can be read at random. Closing the file removes it.
func spool(ctx context.Context, stream io.Reader) (readAtCloser, int64, error) {
	stored := &counter{ctx: ctx, from: stream}
	plainBytes, err := decompress(stored)
	if err != nil {
		return nil, 0, err
	}
	defer plainBytes.Close()
	file, err := os.CreateTemp("", "fgpreflight-*.tar")
	if err != nil {
		return nil, 0, fmt.Errorf("making a temporary file: %w", err)
	}
	spooled := &temporary{File: file}
	if runtime.GOOS != "windows" { // There a file that is open cannot be removed.
		spooled.removed = os.Remove(file.Name()) == nil
	}
	size, err := io.Copy(file, &expansion{from: plainBytes, stored: stored})
	if err != nil {
		_ = spooled.Close() // There is a better error.
		return nil, 0, spoolFault(err)
	}
	return spooled, size, nil
}

// temporary is a file that is removed when it is closed, or was right away.
type temporary struct {
	*os.File
	removed bool
}

// Close closes the file and removes it.
func (t *temporary) Close() error {
	err := t.File.Close()
	if t.removed {
		return err
	}
	return errors.Join(err, os.Remove(t.Name()))
}

// decompress undoes the compression that the first bytes tell.
func decompress(stream io.Reader) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(stream, 64*kib)
	magic, err := buffered.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the archive: %w", err)
	}
	if len(magic) == 0 {
		return nil, &Error{Err: errors.New("the archive is empty"), WayOut: wayOutNoArchive}
	}
	switch compressionOf(magic) {
	case gzipped:
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, spoolFault(err)
		}
		return z, nil
	case zstandard:
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64*mib))
		if err != nil {
			return nil, spoolFault(err)
		}
		return z.IOReadCloser(), nil
	case unsupported:
		return nil, &Error{
			Err:    errors.New("archives in xz or bzip2 are not read"),
			WayOut: "decompress it and pipe it in: xz -dc FILE | fgpreflight -",
		}
	case plain:
	}
	return io.NopCloser(buffered), nil
}

func spoolFault(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Err: newShortError("the archive is cut off", err), WayOut: wayOutCutOff}
	}
	return fmt.Errorf("reading the archive: %w", err)
}

// counter counts what is read, and stops when the context ends.
type counter struct {
	ctx  context.Context // Read has no parameter for it.
	from io.Reader
	n    int64
}

// Read reads on while the context lasts.
func (c *counter) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

// expansion bounds what comes out of an archive, in all and by what went in.
type expansion struct {
	from   io.Reader
	stored *counter
	n      int64
}

// Read reads on within the bounds.
func (e *expansion) Read(p []byte) (int, error) {
	n, err := e.from.Read(p)
	e.n += int64(n)
	if e.n > maxSpool {
		return 0, fmt.Errorf("it has more than %d bytes", int64(maxSpool))
	}
	if e.n > spoolRatioFree && e.n/spoolRatio > e.stored.n {
		return 0, fmt.Errorf("it decompresses to more than %d times its size", spoolRatio)
	}
	return n, err
}
