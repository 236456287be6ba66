// SPDX-License-Identifier: Apache-2.0

package rootfs_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// bigLayer has 20,000 entries in 2,000 directories, with content that
// compresses about as well as that of a distribution.
func bigLayer(b *testing.B) []byte {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 2000)
	for i := range words {
		words[i] = strconv.FormatUint(random.Uint64()|1<<63, 16)[:3+random.IntN(8)]
	}
	items := []item{dir("etc"), file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")}
	for i := range 2000 {
		parent := fmt.Sprintf("usr/lib/python3/dist-packages/package%d", i)
		items = append(items, dir(parent))
		for j := range 9 {
			var data []byte
			for range 100 + random.IntN(400) {
				data = append(append(data, words[random.IntN(len(words))]...), ' ')
			}
			items = append(items, file(fmt.Sprintf("%s/module%d.py", parent, j), string(data)).mode(0o644+0o111*int64(i%2)))
		}
	}
	return tarOf(b, items...)
}

// BenchmarkIndex reads a layer to its end, as a missing name makes it do.
func BenchmarkIndex(b *testing.B) {
	plain := bigLayer(b)
	for _, c := range []struct {
		name string
		blob []byte
	}{{"plain", plain}, {"gzip", gzipped(b, plain)}, {"zstd", zstded(b, plain)}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			layers := stack(c.blob)
			layers[0].Digest, layers[0].DiffID = digest(c.blob), digest(plain)
			for b.Loop() {
				f := open(b, rootfs.Options{}, layers...)
				if err := missing(f, "no/such")(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkKept reports how much memory the index of 20,000 entries, with the
// heads of 9,000 programs, keeps.
func BenchmarkKept(b *testing.B) {
	layers := stack(bigLayer(b))
	for b.Loop() {
		before := heap()
		f := open(b, rootfs.Options{}, layers...)
		if err := missing(f, "no/such")(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(heap()-before), "B-kept")
		runtime.KeepAlive(f)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkEarlyStop reads /etc/passwd from the front of the same layer.
func BenchmarkEarlyStop(b *testing.B) {
	layers := stack(gzipped(b, bigLayer(b)))
	b.ReportAllocs()
	for b.Loop() {
		f := open(b, rootfs.Options{}, layers...)
		if _, err := f.ReadFile("etc/passwd"); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(f.Stats().Layers[0].Read), "B-read/op")
	}
}
