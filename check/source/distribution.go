// SPDX-License-Identifier: Apache-2.0

package source

import (
	"io/fs"

	"github.com/fgpreflight/fgpreflight/check"
)

func distributionOf(fsys fs.FS) (string, check.Set) {
	return "", check.Set{Rest: &check.UnavailableError{Fact: "tools", Why: "the base image was not searched for tools"}}
}
