// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

// TestManifestShapes decides manifests that no source of the cases serves.
func TestManifestShapes(t *testing.T) {
	for _, tt := range []struct {
		name, rule string
		manifest   check.Manifest
		want       check.Outcome
	}{
		{"schema 1", "FG604", check.Manifest{MediaType: "application/vnd.docker.distribution.manifest.v1+json"}, check.Fail},
		{"signed schema 1", "FG604", check.Manifest{MediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws"}, check.Fail},
		{"unheard of", "FG604", check.Manifest{MediaType: "application/x"}, check.Unknown},
		{"foreign layer", "FG608", check.Manifest{Layers: []check.LayerDescriptor{{MediaType: "application/vnd.oci.image.layer.v1.tar+gzip", Foreign: true}}}, check.Fail},
		{"no layers", "FG608", check.Manifest{}, check.Pass},
		{"empty index", "FG603", check.Manifest{Index: &check.Index{}}, check.Fail},
		{"empty index", "FG605", check.Manifest{Index: &check.Index{}}, check.Pass},
	} {
		t.Run(tt.rule+" "+tt.name, func(t *testing.T) {
			got := decide(t, tt.rule, check.Provider{Manifest: func(context.Context) (*check.Manifest, error) { return &tt.manifest, nil }})
			if got.Outcome != tt.want {
				t.Errorf("got %s (%s), want %s", got.Outcome, got.Message, tt.want)
			}
		})
	}
}

// TestSizeShapes decides sizes of which only a part is known.
func TestSizeShapes(t *testing.T) {
	const (
		unknown = check.UnknownBytes
		mb      = 1_000_000
		gb      = 1_000_000_000
	)
	for _, tt := range []struct {
		name, rule           string
		compressed, unpacked int64
		layers               []check.LayerSize
		want                 check.Outcome
		message              string
	}{
		{"nothing known", "FG606", unknown, unknown, nil, check.Unknown, "neither the compressed nor the unpacked size is known"},
		{"unpacked at the limit", "FG606", unknown, 10 * gb, nil, check.Pass, "the image is 10.0 GB unpacked"},
		{"unpacked above", "FG606", unknown, 10*gb + 1, nil, check.Unknown, "the image is 10.0 GB unpacked, above the limit of 10 GB; compressed it may be less"},
		{"unpacked above, compressed below", "FG606", 4 * gb, 12 * gb, nil, check.Pass, "the image is 4.0 GB compressed, 12.0 GB unpacked"},
		{"compressed above", "FG606", 10*gb + 1, unknown, nil, check.Fail, "the image is 10.0 GB compressed (10000000001 bytes), above the limit of 10 GB"},
		{"nothing known", "FG607", unknown, unknown, nil, check.Unknown, "the compressed size of the layers is not known"},
		{"total at the limit", "FG607", unknown, 10 * gb, nil, check.Pass, "the whole image is 10.0 GB unpacked, so no layer is above 10 GB"},
		{"total above", "FG607", unknown, 10*gb + 1, nil, check.Unknown, "the compressed size of the layers is not known"},
		{"raw layers", "FG607", unknown, 3 * gb, []check.LayerSize{{Compressed: unknown, Unpacked: gb}, {Compressed: unknown, Unpacked: 2 * gb}}, check.Pass, "the largest layer is 2.0 GB"},
		{"raw layer at the limit", "FG607", unknown, 10 * gb, []check.LayerSize{{Compressed: unknown, Unpacked: 10 * gb}}, check.Pass, "the largest layer is 10.0 GB"},
		{"raw layer above", "FG607", unknown, 11 * gb, []check.LayerSize{{Compressed: unknown, Unpacked: 10*gb + 1}}, check.Unknown, "the compressed size of the layers is not known"},
		{"a layer unknown", "FG607", unknown, unknown, []check.LayerSize{{Compressed: 1, Unpacked: 1}, {Compressed: unknown, Unpacked: unknown}}, check.Unknown, "the compressed size of the layers is not known"},
		{"compressed below, unpacked above", "FG607", gb, 11 * gb, []check.LayerSize{{Compressed: gb, Unpacked: 11 * gb}}, check.Pass, "the largest layer is 1.0 GB"},
		{"nothing known", "FG609", unknown, unknown, nil, check.Unknown, "the compressed size is not known"},
		{"unpacked light", "FG609", unknown, 500*mb - 1, nil, check.Pass, "the image is 499 MB unpacked"},
		{"unpacked heavy", "FG609", unknown, 500 * mb, nil, check.Unknown, "the image is 500 MB unpacked; the compressed size is not known"},
		{"compressed light, unpacked heavy", "FG609", 100 * mb, 900 * mb, nil, check.Pass, "the image is 100 MB compressed, 900 MB unpacked"},
		{"bytes", "FG609", 999_999, unknown, nil, check.Pass, "the image is 999999 bytes compressed"},
		{"a megabyte", "FG609", mb, unknown, nil, check.Pass, "the image is 1 MB compressed"},
		{"nearly a gigabyte", "FG606", gb - 1, unknown, nil, check.Pass, "the image is 999 MB compressed"},
		{"a gigabyte", "FG606", gb, unknown, nil, check.Pass, "the image is 1.0 GB compressed"},
	} {
		t.Run(tt.rule+" "+tt.name, func(t *testing.T) {
			size := check.Size{Compressed: tt.compressed, Unpacked: tt.unpacked, Layers: tt.layers}
			got := decide(t, tt.rule, check.Provider{Size: func(context.Context) (*check.Size, error) { return &size, nil }})
			if got.Outcome != tt.want || got.Message != tt.message {
				t.Errorf("got %s: %s\nwant %s: %s", got.Outcome, got.Message, tt.want, tt.message)
			}
		})
	}
}

func decide(t *testing.T, id string, p check.Provider) check.Verdict {
	t.Helper()
	verdict, err := check.Find(rules.All, id).Check(t.Context(), check.NewSubject(check.Info{}, &check.Function{}, p))
	if err != nil {
		t.Fatal(err)
	}
	return verdict
}
