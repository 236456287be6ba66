// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// completeTargets completes the names of images in local engines: behind the
// prefix of an engine, and where no file begins like the word. Otherwise the
// shell completes files.
func (f *checkFlags) completeTargets(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	for prefix, kind := range map[string]engine.Kind{"docker:": engine.Docker, "podman:": engine.Podman} {
		if name, ok := strings.CutPrefix(word, prefix); ok {
			return f.imageNames(cmd.Context(), prefix, name, kind), cobra.ShellCompDirectiveNoFileComp
		}
	}
	if word == "" || beginsFile(word) {
		return nil, cobra.ShellCompDirectiveDefault
	}
	if names := f.imageNames(cmd.Context(), "", word, engine.Docker, engine.Podman); len(names) > 0 {
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	if prefixes := beginningWith(word, source.Prefixes()); len(prefixes) > 0 {
		return prefixes, cobra.ShellCompDirectiveNoSpace
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// beginsFile reports whether the name of a file or folder begins like that.
func beginsFile(word string) bool {
	folder, name := filepath.Split(word)
	entries, err := os.ReadDir(cmp.Or(folder, "."))
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), name) })
}

func beginningWith(word string, all []string) []string {
	var out []string
	for _, s := range all {
		if strings.HasPrefix(s, word) {
			out = append(out, s)
		}
	}
	return out
}

// The user waits for what an engine answers, and a list can be only so long to
// be of use.
const (
	completionWait = 2 * time.Second
	maxCompletions = 500
)

// imageNames returns the images of engines whose names begin like that, with
// the prefix before them. Where no engine answers in time there are none.
func (f *checkFlags) imageNames(ctx context.Context, prefix, begin string, kinds ...engine.Kind) []string {
	ctx, cancel := context.WithTimeoutCause(ctx, completionWait, errors.New("the user waits"))
	defer cancel()
	var out []string
	for _, kind := range kinds {
		client, err := engine.Connect(ctx, engine.Options{Kind: kind, Host: f.engine, Env: os.Getenv, Home: homeDir(), Timeout: completionWait / 2})
		if err != nil {
			continue
		}
		names, err := client.ImageNames(ctx)
		if err == nil {
			out = append(out, beginningWith(begin, names)...)
		}
		_ = client.Close() // The names are there.
	}
	slices.Sort(out)
	out = slices.Compact(out)
	out = out[:min(maxCompletions, len(out))]
	for i := range out {
		out[i] = prefix + out[i]
	}
	return out
}
