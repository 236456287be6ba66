// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var manifestType = &check.Rule{
	ID:    "FG604",
	Name:  "manifest-type",
	Title: "The manifest has a type that SWR accepts",
	Why: `SWR, Huawei Cloud's registry, refuses a push of an OCI image index: Invalid image,
fail to parse 'manifest.json'. It takes Docker manifests, Docker manifest lists, and as far
as is known single OCI manifests. BuildKit 0.31 and later write OCI types by
default, and an attestation turns even a single image into an index.`,
	Fix: `Ask the builder for Docker types and no attestations:

	docker buildx build --provenance=false --sbom=false --output type=image,oci-mediatypes=false,push=true .

or convert what is built:

	skopeo copy --format v2s2 docker://SOURCE docker://TARGET`,
	Source: []string{
		"https://github.com/vllm-project/vllm-ascend/pull/16117",
		"https://github.com/openbkn-ai/bkn-foundry/pull/244",
	},
	Severity: check.Error,
	Levels:   "C",
	Bad: `-- image.json --
{"mediaTypes": "oci", "index": ["linux/amd64"]}
`,
	Good: `-- image.json --
{"mediaTypes": "docker", "index": ["linux/amd64"]}
`,
	Check: checkManifestType,
}

// Media types of manifests that the rules tell apart.
const (
	typeDockerSchema1       = "application/vnd.docker.distribution.manifest.v1+json"
	typeDockerSchema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws"
	typeDockerManifest      = "application/vnd.docker.distribution.manifest.v2+json"
	typeDockerList          = "application/vnd.docker.distribution.manifest.list.v2+json"
	typeOCIManifest         = "application/vnd.oci.image.manifest.v1+json"
	typeOCIIndex            = "application/vnd.oci.image.index.v1+json"
)

func checkManifestType(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	manifest, err := s.Manifest(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	at, mediaType := check.At(check.ArtifactManifest, "mediaType"), manifest.MediaType
	if manifest.Index != nil {
		at, mediaType = check.At(check.ArtifactIndex, "mediaType"), manifest.Index.MediaType
	}
	switch mediaType {
	case typeDockerManifest, typeDockerList, typeOCIManifest:
		return check.Passf(at, "the type is %s", mediaType), nil
	case typeOCIIndex:
		return check.Failf(at, "the image is an OCI index (%s), which SWR refuses", mediaType).
			WithFix("build with Docker types and without attestations:\n\n" +
				"docker buildx build --provenance=false --sbom=false --output type=image,oci-mediatypes=false,push=true ."), nil
	case typeDockerSchema1, typeDockerSchema1Signed:
		return check.Failf(at, "the manifest is of the outdated schema 1 (%s)", mediaType).
			WithFix("convert it to schema 2:\n\nskopeo copy --format v2s2 docker://SOURCE docker://TARGET"), nil
	default:
		return check.Unknownf("push it once and see", "nobody reported whether SWR takes the type %q", mediaType), nil
	}
}
