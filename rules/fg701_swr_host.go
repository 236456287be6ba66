// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

var swrHost = &check.Rule{
	ID:    "FG701",
	Name:  "swr-host",
	Title: "The image's name lies in SWR",
	Why: `A function takes its image from SWR alone, Huawei Cloud's own registry, by a name
of the form swr.REGION.DOMAIN/ORGANIZATION/REPOSITORY:TAG. Any other name is
refused: FSS.1034, invalid image URL.`,
	Fix: `Tag and push the image under its name in SWR:

	docker tag app:1.0 swr.sa-brazil-1.myhuaweicloud.com/my-org/app:1.0
	docker push swr.sa-brazil-1.myhuaweicloud.com/my-org/app:1.0`,
	Source: []string{
		"https://github.com/huaweicloud/terraform-provider-huaweicloud/blob/master/docs/resources/fgs_function.md",
		"https://github.com/Hatz-D/Huawei-Cloud-FunctionGraph-Container-Image",
	},
	Severity: check.Error,
	Levels:   "U",
	Bad: `-- function.yaml --
function: {swr: docker.io/my-org/app:1.0}
`,
	Good: `-- function.yaml --
function: {swr: swr.sa-brazil-1.myhuaweicloud.com/my-org/app:1.0}
`,
	Check: checkSwrHost,
}

func checkSwrHost(_ context.Context, s *check.Subject) (check.Verdict, error) {
	name := s.SWRName()
	ref := name.Or(check.Reference{})
	switch {
	case !name.IsSet():
		return noSWRName(), nil
	case ref.Host == "":
		return check.Failf(name.At(), "%q names no registry, so docker takes it for Docker Hub", ref.Text).
			WithFix("put SWR's address in front of it:\n\nswr.REGION.myhuaweicloud.com/%s", ref.Text), nil
	case !ref.IsSWR():
		return check.Failf(name.At(), "the registry %s is not SWR, whose addresses begin with swr.", ref.Host).
			WithFix("push the image to SWR as well and name it there:\n\nswr.REGION.myhuaweicloud.com/ORGANIZATION/%s", ref.Repository), nil
	case ref.SWRRegion() == "":
		return check.Failf(name.At(), "the address %s lacks a region or a domain", ref.Host).
			WithFix("copy the address from the login command that SWR's console generates; it has the form swr.REGION.myhuaweicloud.com"), nil
	default:
		return check.Passf(name.At(), "%s is an address of SWR in the region %s", ref.Host, ref.SWRRegion()), nil
	}
}

// noSWRName is the verdict of every rule on the SWR name where none is given.
func noSWRName() check.Verdict {
	return check.NotApplicablef("no SWR name is given; --swr-name tells the one you will push to")
}
