// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/shell"
)

// command takes the effective command apart: ENTRYPOINT and CMD under the
// overrides of the function.
func command(ctx context.Context, s *check.Subject) (*check.Command, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return nil, err
	}
	f := s.Function()
	entrypoint, cmd := config.Entrypoint, config.Cmd
	if len(f.Command.Or(nil)) > 0 {
		entrypoint, cmd = f.Command, check.NotSet[[]string](f.Args.At())
	}
	if len(f.Args.Or(nil)) > 0 {
		cmd = f.Args
	}
	env, err := s.Env(ctx)
	if err != nil {
		return nil, err
	}
	var words []shell.Word
	var at []check.Location
	for _, part := range []check.Setting[[]string]{entrypoint, cmd} {
		args, set, err := part.Get()
		if err != nil {
			return nil, err
		}
		if !set {
			continue
		}
		at = append(at, part.At())
		for _, arg := range args {
			words = append(words, shell.Word{Text: arg, At: part.At()})
		}
	}
	if len(words) == 0 {
		return &check.Command{At: []check.Location{entrypoint.At(), cmd.At()}}, nil
	}
	out := shell.Analyse(words, env)
	out.At = at
	return out, nil
}
