// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"
)

const (
	// accountsSize is how much of /etc/passwd and of /etc/group is captured.
	accountsSize = mib
	// headSize is how much of a program is captured: enough for a "#!" line,
	// and for an ELF header with its program headers.
	headSize = kib
	// executable are the execute bits of user, group and others.
	executable = 0o111
)

// layer reads one layer, entry by entry, and can stop after each.
type layer struct {
	src    Layer
	budget *budget
	index  *index

	stream *stream // Open from the first step to the end.
	tar    *tar.Reader
	seq    int64 // Number of the next entry.
	done   bool
	err    error // The layer is broken; it stays so.

	opened, read, unpacked atomic.Int64
}

// look finds a path whose parents are directories, reading on only while that
// is undecided. Unless whole is set, a directory that is only implied will do.
func (l *layer) look(ctx context.Context, components []string, whole bool) (n *node, hidden bool, err error) {
	for {
		if l.err != nil {
			return nil, false, l.err
		}
		n, hidden = l.index.find(components)
		if l.done || (n != nil && (n.kind != kindImplied || !whole)) {
			return n, hidden, nil
		}
		l.step(ctx)
	}
}

// finish reads the layer to its end.
func (l *layer) finish(ctx context.Context) error {
	for !l.done && l.err == nil {
		l.step(ctx)
	}
	return l.err
}

// step reads one entry, or the end.
func (l *layer) step(ctx context.Context) {
	err := l.next(ctx)
	if errors.Is(err, errTarEnd) {
		err = l.stream.verify()
		l.done = err == nil
	}
	if err != nil {
		l.err = newLayerError(l.src.Name, err)
	}
	if l.done || l.err != nil {
		_ = l.close() // Everything wanted was read, or there is a better error.
	}
}

// errTarEnd is the end of the tar, apart from an end of file anywhere else.
var errTarEnd = errors.New("end of the tar")

func (l *layer) next(ctx context.Context) error {
	if l.stream == nil {
		s, err := openStream(ctx, l, l.budget.limits, l.budget.takeBytes)
		if err != nil {
			return err
		}
		l.stream, l.tar = s, tar.NewReader(s)
	}
	hdr, err := nextHeader(l.tar)
	if err != nil {
		return err
	}
	seq := l.seq
	l.seq++
	if err := l.add(hdr, seq); err != nil {
		return fmt.Errorf("entry %d: %w", seq, err)
	}
	return nil
}

// nextHeader is tar.Reader.Next, but for its special values.
func nextHeader(r *tar.Reader) (*tar.Header, error) {
	hdr, err := r.Next()
	switch {
	case err == io.EOF:
		return nil, errTarEnd
	case errors.Is(err, tar.ErrInsecurePath):
		return hdr, nil // GODEBUG asked for it; names are cleaned here.
	case err != nil:
		return nil, fmt.Errorf("reading the tar: %w", err)
	}
	return hdr, nil
}

func (l *layer) add(hdr *tar.Header, seq int64) error {
	if err := errors.Join(l.budget.checkName(hdr.Name), l.budget.checkName(hdr.Linkname)); err != nil {
		return err
	}
	e, ok := newEntry(hdr, seq)
	if !ok {
		return nil
	}
	name := cleanName(hdr.Name)
	var err error
	if e.head, err = l.capture(name, e); err != nil {
		return fmt.Errorf("reading the content: %w", err)
	}
	return l.index.add(name, e)
}

// capture reads the beginning of a file that is likely to be asked for.
func (l *layer) capture(name string, e entry) (string, error) {
	var want int64
	switch {
	case e.kind != tar.TypeReg:
	case name == "etc/passwd" || name == "etc/group":
		want = accountsSize
	case e.mode&executable != 0:
		want = headSize
	}
	want = min(want, e.size)
	if want == 0 || !l.budget.takeCapture(want) {
		return "", nil
	}
	head := make([]byte, want)
	if _, err := io.ReadFull(l.tar, head); err != nil {
		return "", err
	}
	return string(head), nil
}

// content opens the layer again and reads up to an entry's content.
func (l *layer) content(ctx context.Context, e *entry) (io.ReadCloser, error) {
	var n int64
	limits := l.budget.limits
	s, err := openStream(ctx, l, limits, func(read int) error {
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

// close ends the reading. What is not read by now will never be.
func (l *layer) close() error {
	if !l.done && l.err == nil {
		l.err = newLayerError(l.src.Name, fs.ErrClosed)
	}
	if l.stream == nil {
		return nil
	}
	err := l.stream.Close()
	l.stream, l.tar = nil, nil
	return err
}

func (l *layer) stats() LayerStats {
	return LayerStats{
		Name:     l.src.Name,
		Opened:   l.opened.Load(),
		Read:     l.read.Load(),
		Unpacked: l.unpacked.Load(),
		Entries:  l.seq,
		Done:     l.done,
	}
}
