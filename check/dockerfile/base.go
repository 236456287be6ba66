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
	// Programs are programs in it that everybody may execute, each by its path or,
	// where that is not certain, by its name alone, which its PATH leads to.
	Programs []string
	// Distribution is the family of its tools: "debian", "alpine", "redhat",
	// "suse", "busybox" …; "" when unknown or where there are none.
	Distribution string
	// RootFS is the image's file tree. A question that it cannot answer is an
	// error, an [check.UnavailableError] unless reading failed.
	RootFS fs.FS
}

// at returns the base with every location replaced by that of the FROM line.
func (b *Base) at(from check.Location) *Base {
	out, c := *b, b.Config
	var vars []check.Variable
	for _, v := range c.Env.All() {
		v.At = from
		vars = append(vars, v)
	}
	c.Env = check.NewEnv(vars, c.Env.Rest()).Under(from)
	c.OS, c.Architecture = moved(c.OS, from), moved(c.Architecture, from)
	c.User, c.WorkingDir, c.StopSignal = moved(c.User, from), moved(c.WorkingDir, from), moved(c.StopSignal, from)
	c.Entrypoint, c.Cmd, c.Healthcheck = moved(c.Entrypoint, from), moved(c.Cmd, from), moved(c.Healthcheck, from)
	c.Ports.At, c.Volumes.At = from, from
	c.Faults = nil // They are not the Dockerfile's.
	out.Config, out.Shell = c, moved(b.Shell, from)
	return &out
}

// moved returns the setting as seen at another place.
func moved[T any](s check.Setting[T], at check.Location) check.Setting[T] {
	value, set, err := s.Get()
	switch {
	case err != nil:
		return check.Missing[T](err)
	case set:
		return check.Known(value, at)
	default:
		return check.NotSet[T](at)
	}
}
