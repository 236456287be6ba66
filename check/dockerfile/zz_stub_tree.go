// SPDX-License-Identifier: Apache-2.0

package dockerfile

// Placeholder until tree.go is there: whoever adds the real types deletes this file.

import (
	"io/fs"

	"github.com/fgpreflight/fgpreflight/check"
)

type owner struct {
	uid, gid int64
	known    bool
}
type copySpec struct{}
type tree struct{ err error }

func newTree(base *Base, unknown error) *tree                                    { return &tree{unknown} }
func (t *tree) clone() *tree                                                     { return t }
func (t *tree) workdir(string, owner, check.Location)                            {}
func (t *tree) run(*check.Command, owner, check.Setting[string], check.Location) {}
func (t *tree) copy(copySpec)                                                    {}
func (t *tree) FS() fs.FS                                                        { return nil }
