// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var imageSize = &check.Rule{
	ID:    "FG606",
	Name:  "image-size",
	Title: "The image is at most 10 GB",
	Why: `FunctionGraph takes images of at most 10 GB. Whether that means the compressed
or the unpacked size no page says; the compressed one is judged here, and the
unpacked one is shown where it is known.`,
	Fix: `Leave build tools and caches in an earlier stage, and move models and other
large data to a file system mount or to object storage.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://support.huaweicloud.com/intl/en-us/productdesc-functiongraph/functiongraph_01_0150.html",
	},
	Severity: check.Error,
	Levels:   "CR",
	Bad: `-- image.json --
{"layerSizes": [10000000001]}
`,
	Good: `-- image.json --
{"layerSizes": [400000000]}
`,
	Check: checkImageSize,
}

// maxImageBytes is the limit of FunctionGraph for an image (contract 2.5).
const maxImageBytes = 10 * gigabyte

func checkImageSize(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	size, err := s.Size(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	switch {
	case size.Compressed == check.UnknownBytes && size.Unpacked == check.UnknownBytes:
		return check.Unknownf("check the image in its registry", "neither the compressed nor the unpacked size is known"), nil
	case size.Compressed == check.UnknownBytes && size.Unpacked > maxImageBytes:
		return check.Unknownf("check the image in its registry",
			"the image is %s unpacked, above the limit of 10 GB; compressed it may be less", byteSize(size.Unpacked)), nil
	case size.Compressed > maxImageBytes:
		return check.Failf(size.At, "the image is %s compressed (%d bytes), above the limit of 10 GB", byteSize(size.Compressed), size.Compressed).
			WithFix("take at least %s out of it: move large data to a file system mount, build tools to an earlier stage",
				counted(size.Compressed-maxImageBytes, "byte")), nil
	default:
		return check.Passf(size.At, "the image is %s", sizeText(size)), nil
	}
}

// sizeText tells the known figures of a size: "70 MB compressed, 200 MB
// unpacked".
func sizeText(size *check.Size) string {
	var parts []string
	if size.Compressed != check.UnknownBytes {
		parts = append(parts, byteSize(size.Compressed)+" compressed")
	}
	if size.Unpacked != check.UnknownBytes {
		parts = append(parts, byteSize(size.Unpacked)+" unpacked")
	}
	return strings.Join(parts, ", ")
}
