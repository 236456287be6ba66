// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/fgpreflight/fgpreflight/check/checktest"
)

// BenchmarkStart times the whole process where it has nothing to do.
func BenchmarkStart(b *testing.B) {
	program := buildProgram(b) + "/fgpreflight"
	for b.Loop() {
		run(b, program, "version")
	}
}

// BenchmarkRegistry times whole checks of an image of about 200 MB in six
// layers in a registry on a loopback port: the process, its peak memory, its
// requests and the bytes it makes the registry send. The last two read the
// same image whole, for comparison.
func BenchmarkRegistry(b *testing.B) {
	program := buildProgram(b) + "/fgpreflight"
	var sent traffic
	registry := checktest.NewRegistry(b, sent.count)
	registry.Push(b, largeImage(b), "large", "1.0")
	target := "registry:" + registry.Host + "/large:1.0"
	for _, bench := range []struct {
		name string
		args []string
	}{
		{"config", []string{"--only", "FG001,FG103,FG401,FG402,FG501,FG601,FG602", target}},
		{"user", []string{"--only", "FG202,FG203,FG206,FG207", target}},
		{"command", []string{"--only", "FG301,FG302,FG303,FG304", target}},
		{"all", []string{target}},
		{"full", []string{"--full", target}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			sent.reset()
			var peak int64
			for b.Loop() {
				peak = max(peak, run(b, program, append([]string{"--fail-on", "never"}, bench.args...)...))
			}
			sent.report(b)
			b.ReportMetric(float64(peak)/1024, "peak-MB")
		})
	}
	b.Run("crane-export", func(b *testing.B) {
		sent.reset()
		for b.Loop() {
			readWhole(b, registry.Host+"/large:1.0")
		}
		sent.report(b)
	})
}

// run runs the program and returns its peak memory in KiB, 0 where the system
// does not tell.
func run(b *testing.B, program string, args ...string) int64 {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), program, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	peak := make(chan int64)
	go func() { peak <- peakMemory(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	close(ended)
	if err != nil {
		b.Fatalf("%v: %v\n%s", args, err, out.String())
	}
	return <-peak
}

var highWater = regexp.MustCompile(`VmHWM:\s+([0-9]+) kB`)

// peakMemory watches a process until it has ended, and returns the last
// high-water mark of its resident memory in KiB. (What wait tells counts the
// memory of this process too, from before the program was started.)
func peakMemory(pid int, ended <-chan struct{}) int64 {
	var peak int64
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if m := highWater.FindSubmatch(status); err == nil && m != nil {
			peak, _ = strconv.ParseInt(string(m[1]), 10, 64)
		}
		select {
		case <-ended:
			return peak
		case <-time.After(time.Millisecond):
		}
	}
}

// readWhole reads every byte of the image's file tree, as crane export does.
func readWhole(b *testing.B, reference string) {
	b.Helper()
	ref, err := name.ParseReference(reference)
	if err != nil {
		b.Fatal(err)
	}
	image, err := remote.Image(ref, remote.WithContext(b.Context()))
	if err != nil {
		b.Fatal(err)
	}
	tree := mutate.Extract(image)
	defer tree.Close()
	if _, err := io.Copy(io.Discard, tree); err != nil {
		b.Fatal(err)
	}
}

// traffic counts what a registry is asked and what it sends.
type traffic struct{ requests, bytes atomic.Int64 }

func (t *traffic) reset() { t.requests.Store(0); t.bytes.Store(0) }

// report gives the figures of one operation.
func (t *traffic) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(t.requests.Load())/float64(b.N), "requests/op")
	b.ReportMetric(float64(t.bytes.Load())/float64(b.N), "sent-B/op")
}

func (t *traffic) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.requests.Add(1)
		next.ServeHTTP(&countingWriter{w, &t.bytes}, r)
	})
}

type countingWriter struct {
	http.ResponseWriter

	bytes *atomic.Int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes.Add(int64(n))
	return n, err
}

var large struct {
	sync.Once
	image *checktest.Image
}

// largeImage returns an image of about 200 MB in six layers: a base of 12,000
// files like a distribution's, a runtime, and four small layers above.
func largeImage(b *testing.B) *checktest.Image {
	b.Helper()
	large.Do(func() {
		c, err := checktest.Parse("large", []byte("-- config.json --\n"+
			`{"User":"app","Entrypoint":["/usr/bin/node","/app/main.js"],"ExposedPorts":{"8000/tcp":{}}}`))
		if err != nil {
			b.Fatal(err)
		}
		image, err := c.Build()
		if err != nil {
			b.Fatal(err)
		}
		image.Layers, large.image = nil, image
		var diffIDs []string
		for i, files := range largeLayers(b) {
			layer, diffID := largeLayer(b, uint64(i), files)
			image.Layers, diffIDs = append(image.Layers, layer), append(diffIDs, diffID)
		}
		large.image = withLayers(b, image, diffIDs)
	})
	return large.image
}

// file is a file of the large image: random bytes of that size, or the text.
type file struct {
	name, text string
	size       int
	mode       int64
}

func largeLayers(b *testing.B) [][]file {
	b.Helper()
	program, err := checktest.ELF("amd64", "/lib64/ld-linux-x86-64.so.2")
	if err != nil {
		b.Fatal(err)
	}
	base := append(folders("app/", "etc/", "lib64/", "usr/", "usr/bin/", "usr/lib/"),
		file{name: "lib64/ld-linux-x86-64.so.2", text: string(program), mode: 0o755})
	for i := range 12_000 {
		if i == 240 {
			base = append(base, file{name: "etc/passwd", text: "root:x:0:0::/root:/bin/sh\napp:x:1003:1003::/home/app:/bin/sh\n", mode: 0o644},
				file{name: "etc/group", text: "root:x:0:\napp:x:1003:\n", mode: 0o644})
		}
		base = append(base, file{name: fmt.Sprintf("usr/share/d%d/f%d", i/100, i), size: 13_000, mode: 0o644})
	}
	runtime := append(folders("usr/", "usr/bin/", "usr/lib/"), []file{{name: "usr/bin/node", text: string(program), mode: 0o755}, {name: "usr/lib/libnode.so", size: 38_000_000, mode: 0o644}}...)
	layers := [][]file{base, runtime}
	for i := range 3 {
		layers = append(layers, []file{{name: "srv/part" + strconv.Itoa(i), size: 1_500_000, mode: 0o644}})
	}
	return append(layers, append(folders("app/"), file{name: "app/main.js", text: "require('http')\n", mode: 0o644}))
}

func folders(names ...string) []file {
	var out []file
	for _, name := range names {
		out = append(out, file{name: name, mode: 0o755})
	}
	return out
}

func largeLayer(b *testing.B, seed uint64, files []file) (layer checktest.Blob, diffID string) {
	b.Helper()
	random := rand.NewChaCha8([32]byte{byte(seed)})
	var raw, packed bytes.Buffer
	w := tar.NewWriter(&raw)
	for _, f := range files {
		data := []byte(f.text)
		if f.size > 0 {
			data = make([]byte, f.size)
			_, _ = random.Read(data) // never fails
		}
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(data))}); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		b.Fatal(err)
	}
	_, _ = zip.Write(raw.Bytes()) // a bytes.Buffer takes everything
	_ = zip.Close()
	return checktest.NewBlob("application/vnd.docker.image.rootfs.diff.tar.gzip", packed.Bytes()), checktest.NewBlob("", raw.Bytes()).Digest
}

// withLayers returns the image with a config and a manifest that fit its
// layers.
func withLayers(b *testing.B, image *checktest.Image, diffIDs []string) *checktest.Image {
	b.Helper()
	var config, manifest map[string]any
	if err := json.Unmarshal(image.Config.Data, &config); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(image.Manifest.Data, &manifest); err != nil {
		b.Fatal(err)
	}
	config["rootfs"] = map[string]any{"type": "layers", "diff_ids": diffIDs}
	image.Config = checktest.NewBlob(image.Config.MediaType, encode(b, config))
	var layers []any
	for _, layer := range image.Layers {
		layers = append(layers, map[string]any{"mediaType": layer.MediaType, "digest": layer.Digest, "size": len(layer.Data)})
	}
	manifest["layers"] = layers
	manifest["config"] = map[string]any{"mediaType": image.Config.MediaType, "digest": image.Config.Digest, "size": len(image.Config.Data)}
	image.Manifest = checktest.NewBlob(image.Manifest.MediaType, encode(b, manifest))
	return image
}

func encode(b *testing.B, v any) []byte {
	b.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	return data
}
