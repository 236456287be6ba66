// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var swrRepository = &check.Rule{
	ID:    "FG703",
	Name:  "swr-repository",
	Title: "The repository in the SWR name keeps SWR's rule",
	Why: `In a name of SWR, Huawei Cloud's registry, the part after the organization names the
repository. It has 1 to 128 characters,
begins and ends with a lower-case letter or digit; between stand lower-case
letters, digits, slashes and single separators (a dot, a hyphen, one or two
underscores). A push to a name that breaks the rule fails.`,
	Fix: `Choose a name in lower case without adjacent separators:

	docker tag app:1.0 swr.sa-brazil-1.myhuaweicloud.com/my-org/my-app:1.0`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/api-swr/swr_02_0026.html",
		"https://support.huaweicloud.com/intl/th-th/swr_faq/swr_faq_0017.html",
	},
	Severity: check.Error,
	Levels:   "U",
	Bad: `-- function.yaml --
function: {swr: swr.sa-brazil-1.myhuaweicloud.com/my-org/My_App:1.0}
`,
	Good: `-- function.yaml --
function: {swr: swr.sa-brazil-1.myhuaweicloud.com/my-org/my_app:1.0}
`,
	Check: checkSwrRepository,
}

// maxRepository is the longest name of a repository in SWR, in characters.
const maxRepository = 128

func checkSwrRepository(_ context.Context, s *check.Subject) (check.Verdict, error) {
	name := s.SWRName()
	ref := name.Or(check.Reference{})
	switch {
	case !name.IsSet():
		return noSWRName(), nil
	case !ref.IsSWR():
		return check.SeeRule("FG701", "swr-host"), nil
	case ref.Repository == "":
		return check.Failf(name.At(), "%q names no repository", ref.Text).
			WithFix("add the repository's name:\n\n%s/%s/REPOSITORY:TAG", ref.Host, ref.Organization), nil
	}
	if problem, mend := nameProblem(ref.Repository, maxRepository, true); problem != "" {
		return check.Failf(name.At(), "the repository %q %s", ref.Repository, problem).
			WithFix("rename the repository: %s", mend), nil
	}
	if strings.ContainsAny(ref.Repository, "./") {
		return check.Passf(name.At(), "the repository %s keeps the rule of SWR's API; SWR's FAQ gives one without dots and slashes", ref.Repository), nil
	}
	return check.Passf(name.At(), "the repository %s keeps SWR's rule", ref.Repository), nil
}
