// SPDX-License-Identifier: Apache-2.0

package rootfs

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
)

var (
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.ReadFileFS = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
	_ fs.StatFS     = (*FS)(nil)
)

// Layer is one layer of an image.
type Layer struct {
	// Name says in messages which layer it is: "layer 2 (sha256:abc…)".
	Name string
	// Open returns the blob as stored: a tar, plain or compressed by gzip or
	// zstd, which are told apart by their first bytes. Reading must end when
	// the context does. It is called again for content that was not captured.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Digest is "sha256:…" or "sha512:…" of the blob, empty if unknown. It is
	// verified when the layer is read to its end.
	Digest string
	// DiffID is the digest of the uncompressed tar, empty if unknown. It is
	// verified when the layer is read to its end.
	DiffID string
	// Origin is where blobs of the same digest are the same: the address of a
	// registry, the path of a folder. It is empty for what no other image has.
	// It matters only with [Options].Shared.
	Origin string
}

// Options says how layers are read.
type Options struct {
	// Complete reads every layer to its end before the first answer, two at a
	// time. A layer that is broken then fails every question.
	Complete bool
	// Limits bounds the cost; the zero value is DefaultLimits.
	Limits Limits
	// Shared has what was read of layers for other images; nil for nothing.
	Shared *Shared
}

// Stats says what was read so far.
type Stats struct {
	// Layers has the layers, lowest first.
	Layers []LayerStats
}

// LayerStats says what was read of one layer, by whatever image if it is shared.
type LayerStats struct {
	// Name is the Layer's.
	Name string
	// Opened counts how often the blob was opened: for the index at most
	// once, and once more for each file whose content was not captured.
	Opened int64
	// Read is the number of bytes of the blob read.
	Read int64
	// Unpacked is the number of bytes that Read decompressed to.
	Unpacked int64
	// Entries is the number of tar entries indexed.
	Entries int64
	// Done says that the layer was read to its end and that its digests, where
	// known, are right.
	Done bool
}

// FS is the root file system of an image. Names are those of [io/fs]:
// "etc/passwd", not "/etc/passwd"; but names that are not UTF-8 are allowed. It
// is safe for concurrent use, one question at a time.
type FS struct {
	ctx      context.Context // The methods of io/fs have no parameter for it.
	limits   Limits
	complete bool

	mu     sync.Mutex // Guards the layers' state, but for their readings.
	layers []*layer
	read   bool // readAll was done, for complete.
	broken error
}

// New returns the file system of layers, lowest first. It reads nothing. When
// ctx ends, reading does, and every question fails with the context's cause.
func New(ctx context.Context, layers []Layer, o Options) *FS {
	f := &FS{ctx: ctx, limits: o.Limits.withDefaults(), complete: o.Complete}
	b := &budget{limits: f.limits}
	for _, l := range layers {
		r, leave := o.Shared.join(l, f.limits)
		f.layers = append(f.layers, &layer{src: l, budget: b, reading: r, leave: leave})
	}
	return f
}

// Open opens a file, following symbolic links. A directory is an
// [fs.ReadDirFile]. Any other file is an [io.ReaderAt] and an [io.Seeker] too:
// the first 1 MiB of etc/passwd and etc/group, and the first KiB of every file
// with an execute bit are at hand, as long as [Limits].CaptureTotal allows;
// reading further opens the layer again and reads it up to that place.
func (f *FS) Open(name string) (fs.File, error) {
	h, err := f.ask("open", name, true)
	if err != nil {
		return nil, err
	}
	info := h.info(name)
	if h.isDir() {
		return &openDir{fs: f, name: name, info: info}, nil
	}
	return &openFile{ctx: f.ctx, name: name, info: info, layer: h.layer}, nil
}

// Stat describes a file, following symbolic links. Its Sys is a *tar.Header
// with the name, type, size, mode, owner and link target.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	h, err := f.ask("stat", name, true)
	if err != nil {
		return nil, err
	}
	return h.info(name), nil
}

// Lstat is Stat, but describes a symbolic link itself.
func (f *FS) Lstat(name string) (fs.FileInfo, error) {
	h, err := f.ask("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return h.info(name), nil
}

// ReadLink returns the target of a symbolic link as it is written.
func (f *FS) ReadLink(name string) (string, error) {
	h, err := f.ask("readlink", name, false)
	if err != nil {
		return "", err
	}
	if h.kind != tar.TypeSymlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return h.link, nil
}

// ReadFile returns the content of a file of at most [Limits].FileSize bytes.
func (f *FS) ReadFile(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // Only read.
	reg, ok := file.(*openFile)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errIsDir}
	}
	size := reg.info.Size()
	if size > f.limits.FileSize {
		err := fmt.Errorf("%w: a file of %d bytes, more than %d", ErrLimit, size, f.limits.FileSize)
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(reg, data); err != nil {
		return nil, err
	}
	return data, nil
}

// ReadDir lists a directory, sorted by name. It needs every layer to its end.
// Hard links without a target are left out.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	h, err := f.ask("readdir", name, true)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	list, err := f.list(h)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return list, nil
}

func (f *FS) list(dir hit) ([]fs.DirEntry, error) {
	if !dir.isDir() {
		return nil, errors.New("not a directory")
	}
	names, err := f.names(dir.path)
	if err != nil {
		return nil, err
	}
	var list []fs.DirEntry
	for _, name := range names {
		h, err := f.newLookup().find(append(dir.path, name), len(f.layers)-1, true)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		default:
			list = append(list, fs.FileInfoToDirEntry(h.info(name)))
		}
	}
	return list, nil
}

// Close closes the layers that are not read to their end, unless others share
// them. A question that needs more fails with [fs.ErrClosed]. Files that are open
// stay open.
func (f *FS) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, l := range f.layers {
		errs = append(errs, l.close())
	}
	return errors.Join(errs...)
}

// Stats says what was read so far.
func (f *FS) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Stats{Layers: make([]LayerStats, len(f.layers))}
	for i, l := range f.layers {
		s.Layers[i] = l.stats()
	}
	return s
}

// ask resolves a name for the operation op.
func (f *FS) ask(op, name string, follow bool) (hit, error) {
	if !validName(name) {
		return hit{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.prepare()
	if err == nil {
		var h hit
		if h, err = f.newLookup().resolve(name, len(f.layers)-1, follow); err == nil {
			return h, nil
		}
	}
	return hit{}, &fs.PathError{Op: op, Path: name, Err: err}
}

// prepare reads everything, once, if that was asked for.
func (f *FS) prepare() error {
	if f.complete && !f.read {
		f.broken = readAll(f.ctx, f.layers)
		f.read = true
	}
	return f.broken
}

func (h *hit) info(name string) *fileInfo {
	return &fileInfo{name: path.Base(name), path: strings.Join(h.path, "/"), entry: h.entry}
}

// validName is [fs.ValidPath] without its demand for UTF-8: images have files
// with older names, and a walk must not stumble over them.
func validName(name string) bool {
	if name == "." {
		return true
	}
	for component := range strings.SplitSeq(name, "/") {
		if component == "" || component == "." || component == ".." {
			return false
		}
	}
	return true
}
