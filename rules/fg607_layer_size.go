// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var layerSize = &check.Rule{
	ID:    "FG607",
	Name:  "layer-size",
	Title: "No layer is larger than 10 GB",
	Why: `SWR, Huawei Cloud's registry, takes layers of at most 10 GB; the push of a larger
one breaks off after it has been sent.`,
	Fix: `Spread what one instruction adds over several, or keep large data out of the
image.`,
	Source: []string{
		"https://support.huaweicloud.com/eu/swr_faq/swr_faq_1012.html",
	},
	Severity: check.Error,
	Levels:   "CR",
	Bad: `-- image.json --
{"layerSizes": [10000000001]}
`,
	Good: `-- image.json --
{"layerSizes": [10000000000]}
`,
	Check: checkLayerSize,
}

// maxLayerBytes is the limit of SWR for one layer (contract 2.5).
const maxLayerBytes = 10 * gigabyte

func checkLayerSize(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	size, err := s.Size(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	largest, unsure := int64(0), len(size.Layers) == 0 && (size.Unpacked == check.UnknownBytes || size.Unpacked > maxLayerBytes)
	for i, layer := range size.Layers {
		if layer.Compressed > maxLayerBytes {
			return check.Failf(size.At, "layer %d is %s (%d bytes), above the limit of 10 GB", i+1, byteSize(layer.Compressed), layer.Compressed).
				WithFix("split the instruction that makes layer %d into several, or keep its data out of the image", i+1), nil
		}
		known := layer.Compressed
		if known == check.UnknownBytes {
			known = layer.Unpacked
		}
		unsure = unsure || known == check.UnknownBytes || known > maxLayerBytes
		largest = max(largest, known)
	}
	switch {
	case unsure:
		return check.Unknownf("check the image in its registry", "the compressed size of the layers is not known"), nil
	case len(size.Layers) == 0:
		return check.Passf(size.At, "the whole image is %s, so no layer is above 10 GB", sizeText(size)), nil
	default:
		return check.Passf(size.At, "the largest layer is %s", byteSize(largest)), nil
	}
}
