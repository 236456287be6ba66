// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// readSize is the size of a read from a blob.
	readSize = 64 * kib
	// maxWindow is the most memory that a zstd frame may ask for. The standard
	// asks decoders to support 8 MiB; `zstd --ultra -22` uses 128 MiB.
	maxWindow = 64 * mib
)

// stream is the uncompressed content of one blob. It is bounded by limits and
// ends with the context; both sides are hashed on the way.
type stream struct {
	meter // The uncompressed side.

	blob       io.Closer
	stored     *meter // The compressed side.
	decompress io.ReadCloser
	// outside says that what ended the stream is nothing of its bytes: the blob
	// could not be read, or whoever reads it may not go on.
	outside bool
}

// meter counts and hashes what is read, and stops when the context ends or
// check says so.
type meter struct {
	ctx   context.Context // Read has no parameter for it.
	from  io.Reader
	sum   *digester
	total *atomic.Int64 // Shared by all streams of a layer.
	n     int64
	check func(n int) error
	// outside is the stream's.
	outside *bool
}

func (m *meter) Read(p []byte) (int, error) {
	if m.ctx.Err() != nil {
		*m.outside = true
		return 0, context.Cause(m.ctx)
	}
	n, err := m.from.Read(p)
	m.n += int64(n)
	m.total.Add(int64(n))
	m.sum.write(p[:n])
	if err := m.check(n); err != nil {
		return 0, err
	}
	return n, err
}

// blobReader notes the trouble that a blob has with being read.
type blobReader struct {
	io.Reader

	outside *bool
}

func (b blobReader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		*b.outside = true
	}
	return n, err
}

// openStream opens the blob of a layer. Bytes that come out are taken from
// take; the other limits are those of one layer.
func openStream(ctx context.Context, l *Layer, c *counters, limits Limits, take func(int) error) (*stream, error) {
	stored, err := newDigester(l.Digest)
	if err != nil {
		return nil, err
	}
	plain, err := newDigester(l.DiffID)
	if err != nil {
		return nil, err
	}
	blob, err := l.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the blob: %w", err)
	}
	c.opened.Add(1)
	s := &stream{blob: blob}
	from := blobReader{Reader: blob, outside: &s.outside}
	s.stored = &meter{ctx: ctx, from: from, sum: stored, total: &c.read, outside: &s.outside, check: func(int) error {
		return checkTotal(s.stored.n, limits.Bytes, "bytes in the blob")
	}}
	if s.decompress, err = newDecompressor(s.stored); err != nil {
		return nil, closeAfter(blob, err)
	}
	s.meter = meter{ctx: ctx, from: s.decompress, sum: plain, total: &c.unpacked, outside: &s.outside, check: func(n int) error {
		if s.n > limits.RatioFree && s.n/limits.Ratio > s.stored.n {
			return fmt.Errorf("%w: decompresses to more than %d times its size", ErrLimit, limits.Ratio)
		}
		return take(n)
	}}
	return s, nil
}

func checkTotal(n, limit int64, what string) error {
	if n > limit {
		return fmt.Errorf("%w: more than %d %s", ErrLimit, limit, what)
	}
	return nil
}

// verify reads what is left and compares both digests.
func (s *stream) verify() error {
	if _, err := io.Copy(io.Discard, s); err != nil {
		return fmt.Errorf("reading behind the end of the tar: %w", err)
	}
	if err := s.stored.sum.verify(); err != nil {
		return err
	}
	if err := s.sum.verify(); err != nil {
		return fmt.Errorf("uncompressed: %w", err)
	}
	return nil
}

func (s *stream) Close() error {
	_ = s.decompress.Close() // It has nothing to say: what it reads was read.
	if err := s.blob.Close(); err != nil {
		return fmt.Errorf("closing the blob: %w", err)
	}
	return nil
}

// newDecompressor tells the compression by its magic, since media types lie.
func newDecompressor(r io.Reader) (io.ReadCloser, error) {
	buf := bufio.NewReaderSize(r, readSize)
	magic, err := buf.Peek(4)
	switch {
	case len(magic) == 0 && err == io.EOF:
		return nil, io.ErrUnexpectedEOF // No tar is empty, it has a trailer.
	case err != nil && err != io.EOF:
		return nil, err
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(buf)
		if err != nil {
			return nil, fmt.Errorf("reading gzip: %w", err)
		}
		return z, nil
	case isZstd(magic):
		return newZstd(buf)
	}
	return io.NopCloser(buf), nil
}

// isZstd tells a zstd frame or, as zstd:chunked may begin with, a skippable
// frame.
func isZstd(magic []byte) bool {
	if bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		return true
	}
	return len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18})
}

// newZstd makes a decoder without goroutines, which is also the fastest one on
// a machine with few cores.
func newZstd(r io.Reader) (io.ReadCloser, error) {
	z, err := zstd.NewReader(r,
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, fmt.Errorf("reading zstd: %w", err)
	}
	return z.IOReadCloser(), nil
}

// digester computes the digest of a stream, if there is one to compare with.
// A nil digester has nothing to compare.
type digester struct {
	hash hash.Hash
	want string
}

func newDigester(want string) (*digester, error) {
	algorithm, _, _ := strings.Cut(want, ":")
	switch algorithm {
	case "":
		return nil, nil
	case "sha256":
		return &digester{hash: sha256.New(), want: want}, nil
	case "sha512":
		return &digester{hash: sha512.New(), want: want}, nil
	}
	return nil, fmt.Errorf("digest %q has an unknown algorithm", want)
}

func (d *digester) write(p []byte) {
	if d != nil {
		d.hash.Write(p)
	}
}

func (d *digester) verify() error {
	if d == nil {
		return nil
	}
	algorithm, _, _ := strings.Cut(d.want, ":")
	if got := algorithm + ":" + hex.EncodeToString(d.hash.Sum(nil)); got != d.want {
		return fmt.Errorf("digest mismatch: got %s, want %s", got, d.want)
	}
	return nil
}

// closeAfter closes c because of err, which is the one to report.
func closeAfter(c io.Closer, err error) error {
	_ = c.Close()
	return err
}
