// SPDX-License-Identifier: Apache-2.0

package report

import (
	"path/filepath"

	"github.com/fgpreflight/fgpreflight/check"
)

// Options is how the formats for programs are written.
type Options struct {
	Gate    check.Gate
	Version string // of this program
	Verbose bool   // SARIF lists every row then, not only those that need attention
	Dir     string // the working folder, absolute; "" leaves paths as they were named
	Root    string // the folder that paths are to be relative to, absolute, as that of the repository
	Above   bool   // paths outside of the root lead there by "..", and are not absolute
}

// path returns the path of a file from the root, with slashes, or the absolute
// one of a file outside of the root, unless Above is set.
func (o Options) path(name string) string {
	if o.Dir == "" {
		return filepath.ToSlash(filepath.Clean(name))
	}
	full := filepath.Clean(name)
	if !filepath.IsAbs(name) {
		full = filepath.Join(o.Dir, name)
	}
	if rel, err := filepath.Rel(o.Root, full); err == nil && (o.Above || filepath.IsLocal(rel)) {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(full)
}
