// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var swrTag = &check.Rule{
	ID:    "FG704",
	Name:  "swr-tag",
	Title: "The SWR name has a tag of its own",
	Why: `Pushing again under a tag replaces the image in SWR, Huawei Cloud's registry, but
reserved instances keep
running the one they pulled before. With a new tag for each version, what runs
is what the function's settings say.`,
	Fix: `Tag by version or commit, and set the new name in the function:

	docker tag app swr.sa-brazil-1.myhuaweicloud.com/my-org/app:1.0.1`,
	Source: []string{
		"https://github.com/opentelekomcloud-docs/function-graph",
		"https://support.huaweicloud.com/eu/swr_faq/swr_faq_1012.html",
	},
	Severity: check.Warning,
	Levels:   "U",
	Bad: `-- function.yaml --
function: {swr: swr.sa-brazil-1.myhuaweicloud.com/my-org/app:latest}
`,
	Good: `-- function.yaml --
function: {swr: swr.sa-brazil-1.myhuaweicloud.com/my-org/app:1.0}
`,
	Check: checkSwrTag,
}

func checkSwrTag(_ context.Context, s *check.Subject) (check.Verdict, error) {
	name := s.SWRName()
	ref := name.Or(check.Reference{})
	switch {
	case !name.IsSet():
		return noSWRName(), nil
	case !ref.IsSWR():
		return check.SeeRule("FG701", "swr-host"), nil
	case ref.Tag == "" && ref.Digest != "":
		return check.Unknownf("name the image by a tag", "the name has a digest and no tag; whether a function takes one is not documented"), nil
	case ref.Tag == "":
		return check.Failf(name.At(), "%s has no tag, so it means latest", ref.Text).
			WithFix("add one:\n\n%s:1.0", ref.Text), nil
	case ref.Tag == "latest":
		return check.Failf(name.At(), "the tag is latest, which every push replaces").
			WithFix("tag the version:\n\n%s:1.0", strings.TrimSuffix(ref.Text, ":latest")), nil
	default:
		return check.Passf(name.At(), "the tag is %s", ref.Tag), nil
	}
}
