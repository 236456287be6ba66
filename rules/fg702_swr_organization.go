// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var swrOrganization = &check.Rule{
	ID:    "FG702",
	Name:  "swr-organization",
	Title: "The organization in the SWR name keeps SWR's rule",
	Why: `The part after the address of SWR (Huawei Cloud's registry) names the organization.
It has 1 to 64 characters,
begins with a lower-case letter and ends with a letter or digit; between stand
lower-case letters, digits and single separators (a dot, a hyphen, one or two
underscores). A name that breaks the rule cannot be created, and a push to it
fails.`,
	Fix: `Use the organization's name as SWR's console shows it.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/api-swr/swr_02_0026.html",
		"https://support.huaweicloud.com/intl/th-th/swr_faq/swr_faq_0017.html",
	},
	Severity: check.Error,
	Levels:   "U",
	Bad: `-- function.yaml --
function: {swr: swr.sa-brazil-1.myhuaweicloud.com/My-Org/app:1.0}
`,
	Good: `-- function.yaml --
function: {swr: swr.sa-brazil-1.myhuaweicloud.com/my-org/app:1.0}
`,
	Check: checkSwrOrganization,
}

// maxOrganization is the longest name of an organization in SWR, in
// characters.
const maxOrganization = 64

func checkSwrOrganization(_ context.Context, s *check.Subject) (check.Verdict, error) {
	name := s.SWRName()
	ref := name.Or(check.Reference{})
	switch {
	case !name.IsSet():
		return noSWRName(), nil
	case !ref.IsSWR():
		return check.SeeRule("FG701", "swr-host"), nil
	case ref.Organization == "":
		return check.Failf(name.At(), "the name has no organization between %s and %q", ref.Host, ref.Repository).
			WithFix("write it in:\n\n%s/ORGANIZATION/%s", ref.Host, ref.Repository), nil
	case ref.Organization[0] < 'a' || ref.Organization[0] > 'z':
		return check.Failf(name.At(), "the organization %q does not begin with a lower-case letter", ref.Organization).
			WithFix("choose an organization whose name begins with one of a to z"), nil
	}
	if problem, mend := nameProblem(ref.Organization, maxOrganization, false); problem != "" {
		return check.Failf(name.At(), "the organization %q %s", ref.Organization, problem).
			WithFix("rename the organization: %s", mend), nil
	}
	if strings.Contains(ref.Organization, ".") {
		return check.Passf(name.At(), "the organization %s keeps the rule of SWR's API; SWR's FAQ gives one without dots", ref.Organization), nil
	}
	return check.Passf(name.At(), "the organization %s keeps SWR's rule", ref.Organization), nil
}
