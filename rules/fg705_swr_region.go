// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var swrRegion = &check.Rule{
	ID:    "FG705",
	Name:  "swr-region",
	Title: "The image lies in the function's region",
	Why: `Regions of Huawei Cloud are isolated from each other, and so is what its registry,
SWR, holds in them. A function whose
image lies in another region fails to pull it: 1401 or 1402, image information
or pull failed.`,
	Fix: `Push the image to SWR in the function's region, or create the function where the
image is.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
	},
	Severity: check.Warning,
	Levels:   "UF",
	Bad: `-- function.yaml --
function: {region: la-south-2, swr: swr.sa-brazil-1.myhuaweicloud.com/my-org/app:1.0}
`,
	Good: `-- function.yaml --
function: {region: sa-brazil-1, swr: swr.sa-brazil-1.myhuaweicloud.com/my-org/app:1.0}
`,
	Check: checkSwrRegion,
}

func checkSwrRegion(_ context.Context, s *check.Subject) (check.Verdict, error) {
	name, region := s.SWRName(), s.Function().Region
	ref := name.Or(check.Reference{})
	switch {
	case !name.IsSet():
		return noSWRName(), nil
	case !region.IsSet():
		return check.NotApplicablef("the function's region is not given; --region tells it"), nil
	case ref.SWRRegion() == "":
		return check.SeeRule("FG701", "swr-host"), nil
	}
	want := region.Or("")
	if ref.SWRRegion() != want {
		return check.Failf(name.At(), "the image lies in %s, the function in %s", ref.SWRRegion(), want).Also(region.At()).
			WithFix("push the image to the function's region:\n\n%s", strings.Replace(ref.Text, "."+ref.SWRRegion()+".", "."+want+".", 1)), nil
	}
	return check.Passf(name.At(), "image and function lie in %s", want), nil
}
