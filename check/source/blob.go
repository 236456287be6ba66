// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// blobReader reads a blob in parts that double in length, as most readers stop
// soon: a body that is closed early has already been sent in good part. A
// download that breaks off goes on where it was.
type blobReader struct {
	ctx      context.Context // Read has no parameter for it.
	registry *registry
	digest   string
	size     int64 // as the descriptor says; only a hint
	window   int64 // bytes of the next part; 0 for all the rest

	body    io.ReadCloser
	offset  int64 // of the next byte
	end     int64 // of the part; -1 when only the body tells
	total   int64 // of the blob; -1 when only the body tells
	resumes int   // without progress
	broken  error // why the last part broke off
}

// open asks for the next part.
func (b *blobReader) open() error {
	header := http.Header{}
	if b.window > 0 || b.offset > 0 {
		header.Set("Range", b.byteRange())
	}
	response, err := b.registry.get(b.ctx, "blobs/"+b.digest, header) //nolint:bodyclose // The body is kept in b; Close and next close it.
	switch {
	case err == nil:
	case isOutOfRange(err) && b.offset > 0 && b.total < 0:
		b.total = b.offset // It ended with the last part.
		return nil
	case isOutOfRange(err) && b.offset == 0 && b.window > 0:
		b.window = 0 // The size in the descriptor is wrong.
		return b.open()
	default:
		return err
	}
	b.body = response.Body
	if err := b.place(response); err != nil {
		_ = b.Close() // There is a better error.
		return b.registry.explain(b.ctx, err)
	}
	b.window *= 2
	return nil
}

func isOutOfRange(err error) bool {
	answer, ok := errors.AsType[*transport.Error](err)
	return ok && answer.StatusCode == http.StatusRequestedRangeNotSatisfiable
}

func (b *blobReader) byteRange() string {
	if b.window == 0 {
		return fmt.Sprintf("bytes=%d-", b.offset)
	}
	last := b.offset + b.window - 1
	if b.size > b.offset {
		last = min(last, b.size-1)
	}
	return fmt.Sprintf("bytes=%d-%d", b.offset, last)
}

// place finds out which part of the blob an answer is.
func (b *blobReader) place(response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		if b.offset > 0 {
			return fmt.Errorf("the download broke off (%w), and the registry does not send the rest alone", b.broken)
		}
		b.end, b.total, b.window = response.ContentLength, response.ContentLength, 0
		return nil
	}
	var first, last int64
	given := response.Header.Get("Content-Range")
	b.total = -1
	if n, _ := fmt.Sscanf(given, "bytes %d-%d/%d", &first, &last, &b.total); n < 2 || first != b.offset || last < first {
		return fmt.Errorf("the registry sent the part %q in place of %s", oneLine(given), b.byteRange())
	}
	b.end = last + 1
	return nil
}

// Read reads on, part after part.
func (b *blobReader) Read(p []byte) (int, error) {
	for {
		if b.body == nil {
			if b.total >= 0 && b.offset >= b.total {
				return 0, io.EOF
			}
			if err := b.open(); err != nil {
				return 0, err
			}
			continue
		}
		n, err := b.body.Read(p)
		b.offset += int64(n)
		if n > 0 {
			b.resumes = 0
		}
		if err == nil {
			return n, nil
		}
		if err := b.next(err); err != nil {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

// next decides what follows the end of a body: the next part, the rest of this
// one, or the end.
func (b *blobReader) next(err error) error {
	_ = b.body.Close() // It was read to its end or is broken.
	b.body = nil
	switch {
	case err == io.EOF && b.end < 0: //nolint:errorlint // A wrapped EOF is trouble.
		b.total = b.offset
		return io.EOF
	case err == io.EOF && b.offset == b.end: //nolint:errorlint // A wrapped EOF is trouble.
		if b.total < 0 && b.window == 0 {
			b.total = b.end
		}
		return nil
	case b.ctx.Err() != nil || b.resumes >= maxResumes:
		return b.registry.explain(b.ctx, err)
	}
	b.resumes++
	b.broken = err
	return nil
}

// Close ends the download.
func (b *blobReader) Close() error {
	if b.body == nil {
		return nil
	}
	err := b.body.Close()
	b.body = nil
	return err
}
