// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// BenchmarkConfig reads the config of an image behind an index from a registry
// on this machine, and the same from an archive and a layout.
func BenchmarkConfig(b *testing.B) {
	image := newImage(b, `{"index": ["linux/arm64", "linux/amd64"]}`)
	var requests, sent atomic.Int64
	reg := checktest.NewRegistry(b, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			next.ServeHTTP(&countingWriter{ResponseWriter: w, n: &sent}, r)
		})
	})
	reg.Push(b, image, "app", "1")
	archive, layout := filepath.Join(b.TempDir(), "a.tar"), b.TempDir()
	image.WriteLayout(b, layout)
	if err := os.WriteFile(archive, image.DockerArchive(""), 0o600); err != nil {
		b.Fatal(err)
	}
	for name, target := range map[string]string{"registry": "registry:" + reg.Host + "/app:1", "docker-archive": archive, "oci": layout} {
		b.Run(name, func(b *testing.B) {
			requests.Store(0)
			sent.Store(0)
			b.ReportAllocs()
			for b.Loop() {
				config(b, target)
			}
			b.ReportMetric(float64(requests.Load())/float64(b.N), "requests/op")
			b.ReportMetric(float64(sent.Load())/float64(b.N), "body-B/op")
		})
	}
}

func config(b *testing.B, target string) *check.Config {
	b.Helper()
	s, closer, err := source.Open(b.Context(), target, source.Options{})
	if err != nil {
		b.Fatal(err)
	}
	c, err := s.Config(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if err := closer.Close(); err != nil {
		b.Error(err)
	}
	return c
}

type countingWriter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.n.Add(int64(len(p)))
	return w.ResponseWriter.Write(p)
}
