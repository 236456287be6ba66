// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// story is an image of two layers: the upper one hides and adds a file.
const story = `
-- config.json --
{"User": "app", "Cmd": ["/usr/bin/tool"], "Env": ["HOME=/tmp"], "ExposedPorts": {"8000/tcp": {}}}
-- image.json --
TRAITS
-- files --
/usr/bin dir
/usr/bin/tool elf arch=amd64 mode=0755
/bin link usr/bin
/gone file
-- rootfs/etc/passwd --
root:x:0:0::/root:/bin/sh
app:x:1003:1003::/tmp:/bin/sh
-- rootfs/etc/group --
app:x:1003:
-- layer2/files --
/.wh.gone file
/data dir mode=0700 owner=1003:1004
`

// newImage returns the image of the story, with these traits ("{}" for none).
func newImage(tb testing.TB, traits string) *checktest.Image {
	tb.Helper()
	c, err := checktest.Parse("story", []byte(strings.Replace(story, "TRAITS", traits, 1)))
	if err != nil {
		tb.Fatal(err)
	}
	image, err := c.Build()
	if err != nil {
		tb.Fatal(err)
	}
	return image
}

// open opens a target that must open, and closes it with the test.
func open(t *testing.T, target string, o source.Options) *check.Subject {
	t.Helper()
	s, closer, err := source.Open(t.Context(), target, o)
	if err != nil {
		t.Fatalf("Open(%q): %v", target, err)
	}
	t.Cleanup(func() {
		if err := closer.Close(); err != nil {
			t.Errorf("closing %s: %v", target, err)
		}
	})
	return s
}

// openError returns the error of a target that must not open, with the target
// and the folder of the test taken out.
func openError(t *testing.T, target string, o source.Options) (text string, usage bool) {
	t.Helper()
	_, closer, err := source.Open(t.Context(), target, o)
	if err == nil {
		_ = closer.Close()
		t.Fatalf("Open(%q) succeeded", target)
	}
	var known *source.Error
	if !errors.As(err, &known) {
		t.Fatalf("Open(%q): %v is no *source.Error", target, err)
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("Open(%q): more than one line: %q", target, err)
	}
	text, ok := strings.CutPrefix(err.Error(), target+": ")
	if !ok {
		t.Errorf("Open(%q): %q does not begin with the target", target, err)
	}
	return text, known.Usage
}

// info returns what the report says of the subject.
func info(t *testing.T, s *check.Subject) check.Info {
	t.Helper()
	return check.Run(t.Context(), s, nil, check.Policy{}).Info
}

// writeFile writes a file into a folder of the test and returns its path.
func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// file is an entry of an archive; a link has a target in place of data.
type file struct {
	name, link string
	kind       byte
	data       []byte
}

func tarOf(tb testing.TB, files ...file) []byte {
	tb.Helper()
	var entries []checktest.Entry
	for _, f := range files {
		kind := f.kind
		if kind == 0 {
			kind = tar.TypeReg
		}
		entries = append(entries, checktest.Entry{Header: tar.Header{Name: f.name, Linkname: f.link, Typeflag: kind, Mode: 0o644}, Data: f.data})
	}
	data, err := checktest.Tar(entries)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// filesOf returns the files of an archive.
func filesOf(t *testing.T, archive []byte) []file {
	t.Helper()
	var files []file
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file{name: h.Name, kind: h.Typeflag, link: h.Linkname, data: data})
	}
}

func zstandard(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(data, nil)
}

func toJSON(tb testing.TB, v any) []byte {
	tb.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func readFile(t *testing.T, s *check.Subject, name string) string {
	t.Helper()
	files, err := s.RootFS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// requests notes what a registry is asked for.
type requests struct {
	mu  sync.Mutex
	all []string
}

func (r *requests) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		line := request.Method + " " + request.URL.Path
		if part := request.Header.Get("Range"); part != "" {
			line += " " + part
		}
		r.all = append(r.all, line)
		r.mu.Unlock()
		next.ServeHTTP(w, request)
	})
}

// take returns the requests since the last call, without those of a push.
func (r *requests) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.DeleteFunc(r.all, func(line string) bool { return !strings.HasPrefix(line, "GET ") })
	r.all = nil
	return out
}
