// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var attestations = &check.Rule{
	ID:    "FG605",
	Name:  "attestations",
	Title: "The index carries no attestations",
	Why: `Provenance and SBOM documents stand in an index as manifests for the platform
unknown/unknown. They force an index around a single image, which SWR (Huawei
Cloud's registry) refuses when it is an OCI one, and services that look for a platform stumble over
them.`,
	Fix: `Switch them off:

	docker buildx build --provenance=false --sbom=false .`,
	Source: []string{
		"https://github.com/vllm-project/vllm-ascend/pull/16117",
		"https://github.com/docker/buildx/issues/1533",
	},
	Severity: check.Warning,
	Levels:   "C",
	Bad: `-- image.json --
{"mediaTypes": "oci", "index": ["linux/amd64", "unknown/unknown"]}
`,
	Good: `-- image.json --
{"mediaTypes": "oci"}
`,
	Check: checkAttestations,
}

func checkAttestations(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	manifest, err := s.Manifest(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if manifest.Index == nil {
		return check.Passf(check.At(check.ArtifactManifest, "mediaType"), "a single manifest has no room for attestations"), nil
	}
	at, count := check.At(check.ArtifactIndex, "manifests"), 0
	for _, entry := range manifest.Index.Manifests {
		if entry.Attestation {
			count++
		}
	}
	if count == 0 {
		return check.Passf(at, "none of the index's %d manifests is an attestation", len(manifest.Index.Manifests)), nil
	}
	return check.Failf(at, "the index holds %s (unknown/unknown) among its %d manifests", counted(count, "attestation"), len(manifest.Index.Manifests)).
		WithFix("build without them:\n\ndocker buildx build --provenance=false --sbom=false ."), nil
}
