// SPDX-License-Identifier: Apache-2.0

package source

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// archive is a tar whose files can be read at random.
type archive struct {
	file    io.ReaderAt
	entries map[string]entry // by cleaned name; the last one of a name wins
}

// entry is a file or a link in an archive.
type entry struct {
	offset, size int64
	link         string // cleaned name of the target; "" for a file
}

// indexArchive reads the headers of a tar of size bytes. Content is skipped, so
// that an archive of any size costs little; but one that is cut off is noticed.
func indexArchive(ctx context.Context, file io.ReaderAt, size int64) (*archive, error) {
	a := &archive{file: file, entries: map[string]entry{}}
	section := io.NewSectionReader(file, 0, size)
	headers := tar.NewReader(section)
	names := 0
	for n := 0; ; n++ {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		header, err := headers.Next()
		switch {
		case err == io.EOF: //nolint:errorlint // A wrapped EOF is trouble.
			return a, nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // Names are cleaned here.
			return nil, archiveFault(err, n)
		}
		names += len(header.Name) + len(header.Linkname)
		if n >= maxEntries || names > maxEntryNames {
			return nil, fmt.Errorf("the archive has more than %d entries or %d bytes of names", maxEntries, maxEntryNames)
		}
		offset, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		a.add(header, offset)
	}
}

// archiveFault says what is wrong with a tar after n good entries.
func archiveFault(err error, n int) error {
	switch {
	case n == 0:
		return &Error{Err: errNoArchive, WayOut: wayOutNoArchive}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Err: fmt.Errorf("the archive is cut off in entry %d", n+1), WayOut: wayOutCutOff}
	}
	return fmt.Errorf("reading the archive: %w", err)
}

// add notes an entry. What lies scattered, as a sparse file does, is not noted.
func (a *archive) add(header *tar.Header, offset int64) {
	name := cleanName(header.Name)
	switch header.Typeflag {
	case tar.TypeReg:
		if !isSparse(header) {
			a.entries[name] = entry{offset: offset, size: header.Size}
		}
	case tar.TypeSymlink: // An old docker save links layers that are the same.
		target := header.Linkname
		if !path.IsAbs(target) {
			target = path.Join("/"+path.Dir(name), target) //nolint:gosec // It is a name in the archive, never one on disk.
		}
		a.entries[name] = entry{link: cleanName(target)}
	case tar.TypeLink:
		a.entries[name] = entry{link: cleanName(header.Linkname)}
	}
}

func isSparse(header *tar.Header) bool {
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// cleanName returns a name as the archive's files are filed: without "./", and
// with ".." ending at the top.
func cleanName(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// section returns a file of the archive, following links.
func (a *archive) section(name string) (*io.SectionReader, error) {
	at := cleanName(name)
	for range maxEntryLinks {
		e, ok := a.entries[at]
		if !ok {
			return nil, fmt.Errorf("the archive has no file %s: %w", oneLine(name), fs.ErrNotExist)
		}
		if e.link == "" {
			return io.NewSectionReader(a.file, e.offset, e.size), nil
		}
		at = e.link
	}
	return nil, fmt.Errorf("the file %s in the archive links in circles", oneLine(name))
}

// open returns a file of the archive, following links.
func (a *archive) open(name string) (io.ReadCloser, error) {
	section, err := a.section(name)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(section), nil
}

// has reports whether the archive has an entry of that name.
func (a *archive) has(name string) bool {
	_, ok := a.entries[name]
	return ok
}

// readJSON returns a file of at most maxJSON bytes.
func readJSON(files opener, name string) ([]byte, error) {
	file, err := files.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	raw, err := readAll(file)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", oneLine(name), err)
	}
	return raw, nil
}
