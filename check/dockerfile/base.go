// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"io/fs"

	"github.com/fgpreflight/fgpreflight/check"
)

// Base is what is known of the image that a stage starts from. Its locations
// are those of the FROM instruction, with the reference as their Base.
type Base struct {
	// Config is the image's configuration; what is not known of it is missing.
	Config check.Config
	// OnBuild are the instructions that the image adds to a build on it.
	// OnBuildErr says why they cannot be known.
	OnBuild    []string
	OnBuildErr error
	// Shell is the shell of RUN and of the shell form of CMD and ENTRYPOINT,
	// /bin/sh -c nearly always.
	Shell check.Setting[[]string]
	// Accounts are the image's users and groups.
	Accounts *check.Accounts
	// Tools are the programs in it that manage accounts, by name: useradd,
	// groupadd, usermod, groupmod, adduser, addgroup, deluser, delgroup,
	// userdel, groupdel.
	Tools check.Set
	// Distribution is the family of its tools: "debian", "alpine", "redhat",
	// "suse", "busybox" …; "" when unknown or where there are none.
	Distribution string
	// RootFS is the image's file tree. A question that it cannot answer is an
	// error, an [check.UnavailableError] unless reading failed.
	RootFS fs.FS
}
