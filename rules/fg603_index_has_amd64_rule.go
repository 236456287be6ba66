// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var indexHasAmd64 = &check.Rule{
	ID:    "FG603",
	Name:  "index-has-amd64",
	Title: "An index holds an image for linux/amd64",
	Why: `A reference may name an index of images for several platforms. FunctionGraph
needs the one for linux/amd64; where there is none, the pull fails or brings
an image that ends in CrashLoopBackOff: the container is started over and over.`,
	Fix: `Build the platform of the service too:

	docker buildx build --platform linux/amd64,linux/arm64 --push .`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://cloud.google.com/run/docs/container-contract",
	},
	Severity: check.Error,
	Levels:   "C",
	Bad: `-- image.json --
{"architecture": "arm64", "index": ["linux/arm64"], "indexType": "docker"}
`,
	Good: `-- image.json --
{"index": ["linux/arm64", "linux/amd64"], "indexType": "docker"}
`,
	Check: checkIndexHasAmd64,
}

func checkIndexHasAmd64(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	manifest, err := s.Manifest(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	if manifest.Index == nil {
		return check.NotApplicablef("the image is a single manifest, not an index"), nil
	}
	var platforms []string
	for _, entry := range manifest.Index.Manifests {
		if entry.OS == "linux" && entry.Arch == "amd64" {
			return check.Passf(check.At(check.ArtifactIndex, "manifests"), "the index has linux/amd64"), nil
		}
		if !entry.Attestation {
			platforms = append(platforms, entry.Platform())
		}
	}
	return check.Failf(check.At(check.ArtifactIndex, "manifests"), "the index has no linux/amd64, only %s", listed(platforms)).
		WithFix("add the platform to the build:\n\ndocker buildx build --platform linux/amd64 --push ."), nil
}

// listed joins names for a message, at most eight of them; it says "nothing"
// for none.
func listed(names []string) string {
	const most = 8
	switch {
	case len(names) == 0:
		return "nothing"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	default:
		return strings.Join(names, ", ")
	}
}
