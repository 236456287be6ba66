// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
)

const (
	// smallFile is the most bytes of a file that is kept once it was read beside
	// the index of a layer that is shared: a script that starts many images.
	smallFile = 64 * kib
	// smallTotal is the most bytes of such files of one layer.
	smallTotal = mib
)

// contents are the small files of a layer that images have asked for.
type contents struct {
	lock  lock // Whoever has it may read the layer for one of them.
	files map[place]string
	size  atomic.Int64
}

// place is where a file is in a layer, as an index says.
type place struct {
	seq, size int64
}

// content returns an entry's content, read from the layer unless others have
// asked for it.
func (l *layer) content(ctx context.Context, e *entry) (io.ReadCloser, error) {
	if l.reading.shared == nil || e.size > smallFile {
		return l.reread(ctx, e)
	}
	data, err := l.small(ctx, e)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(strings.NewReader(data)), nil
}

func (l *layer) small(ctx context.Context, e *entry) (string, error) {
	c := &l.reading.contents
	if err := c.lock.take(ctx); err != nil {
		return "", err
	}
	defer c.lock.give()
	at := place{seq: e.seq, size: e.size}
	if data, ok := c.files[at]; ok {
		return data, nil
	}
	file, err := l.reread(ctx, e)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // It was only read.
	data := make([]byte, e.size)
	if _, err := io.ReadFull(file, data); err != nil {
		return "", err
	}
	if c.size.Add(e.size) > smallTotal {
		c.size.Add(-e.size)
		return string(data), nil
	}
	if c.files == nil {
		c.files = make(map[place]string)
	}
	c.files[at] = string(data)
	return c.files[at], nil
}

// reread opens the layer again and reads up to an entry's content.
func (l *layer) reread(ctx context.Context, e *entry) (io.ReadCloser, error) {
	var n int64
	limits := l.budget.limits
	s, err := openStream(ctx, &l.src, &l.reading.counters, limits, func(read int) error {
		n += int64(read)
		return checkTotal(n, limits.Bytes, "bytes decompressed")
	})
	if err != nil {
		return nil, err
	}
	r := tar.NewReader(s)
	var hdr *tar.Header
	for range e.seq + 1 {
		if hdr, err = nextHeader(r); err != nil {
			break
		}
	}
	if errors.Is(err, errTarEnd) || (err == nil && hdr.Size != e.size) {
		err = errors.New("the layer has changed since it was indexed")
	}
	if err != nil {
		return nil, closeAfter(s, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{r, s}, nil
}
