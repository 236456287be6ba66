// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var layerType = &check.Rule{
	ID:    "FG608",
	Name:  "layer-type",
	Title: "Every layer is a plain or gzipped tar",
	Why: `Docker clients write layers as gzipped tar, and that is what FunctionGraph and SWR,
Huawei Cloud's registry, are known to take. Whether they take zstd is not documented;
foreign layers are fetched from addresses outside the registry, encrypted ones
need a key that the platform does not have.`,
	Fix: `Build with gzip:

	docker buildx build --output type=image,compression=gzip,force-compression=true,push=true .`,
	Source: []string{
		"https://github.com/opencontainers/image-spec/blob/main/layer.md",
		"https://cloud.google.com/run/docs/container-contract",
	},
	Severity: check.Warning,
	Levels:   "C",
	Bad: `-- image.json --
{"mediaTypes": "oci", "layerMediaType": "application/vnd.oci.image.layer.v1.tar+zstd"}
`,
	Good: `-- image.json --
{"layerMediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip"}
`,
	Check: checkLayerType,
}

// plainLayerTypes are the layer types that every registry and runtime takes.
var plainLayerTypes = []string{
	"application/vnd.docker.image.rootfs.diff.tar.gzip",
	"application/vnd.docker.image.rootfs.diff.tar",
	"application/vnd.oci.image.layer.v1.tar+gzip",
	"application/vnd.oci.image.layer.v1.tar",
}

func checkLayerType(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	manifest, err := s.Manifest(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	at := check.At(check.ArtifactManifest, "layers")
	for i, layer := range manifest.Layers {
		switch {
		case layer.Foreign:
			return check.Failf(at, "layer %d is foreign: its bytes are to come from outside the registry", i+1).
				WithFix("build on a base image that may be distributed, so that layer %d is pushed too", i+1), nil
		case strings.HasSuffix(layer.MediaType, "+zstd") || strings.HasSuffix(layer.MediaType, ".zstd"):
			return check.Failf(at, "layer %d is compressed with zstd (%s)", i+1, layer.MediaType).
				WithFix("compress with gzip:\n\ndocker buildx build --output type=image,compression=gzip,force-compression=true,push=true ."), nil
		case strings.HasSuffix(layer.MediaType, "+encrypted"):
			return check.Failf(at, "layer %d is encrypted (%s)", i+1, layer.MediaType).
				WithFix("push the image without encryption; SWR's access rights protect it"), nil
		case !slices.Contains(plainLayerTypes, layer.MediaType):
			return check.Failf(at, "layer %d has the unusual type %q", i+1, layer.MediaType).
				WithFix("build the image with docker build, which writes gzipped tar layers"), nil
		}
	}
	return check.Passf(at, "every layer is a plain or gzipped tar"), nil
}
