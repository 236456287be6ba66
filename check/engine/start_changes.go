// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

const maxChanges = 1000

// engineMade are what engines and runtimes themselves make in a container: the
// places of their mounts and a file that marks it.
var engineMade = []string{
	"/.dockerenv", "/dev", "/etc/hostname", "/etc/hosts", "/etc/mtab", "/etc/resolv.conf",
	"/proc", "/run/.containerenv", "/run/secrets", "/sys", "/tmp",
}

// podmanMade are the files to which Podman adds the user that it runs as.
var podmanMade = []string{"/etc/group", "/etc/passwd"}

// Changes returns the sorted paths that the container wrote or removed outside
// of /tmp and of mounts, at most 1,000 of them. A directory in which only
// something else changed is not named.
func (c *Container) Changes(ctx context.Context) ([]string, error) {
	result, err := c.client.api.ContainerDiff(ctx, c.name, client.ContainerDiffOptions{})
	if err != nil {
		return nil, fmt.Errorf("asking for the container's changes: %w", cause(ctx, err))
	}
	c.mu.Lock()
	mounts := c.mounts
	c.mu.Unlock()
	without := slices.Concat(engineMade, mounts)
	if c.client.kind == Podman {
		without = append(without, podmanMade...)
	}
	return ownChanges(result.Changes, without), nil
}

// ownChanges leaves out what lies at or below the given places, and the
// directories above other changes that are changed, or made, for them.
func ownChanges(all []container.FilesystemChange, without []string) []string {
	slices.SortFunc(all, func(a, b container.FilesystemChange) int { return strings.Compare(a.Path, b.Path) })
	parents := map[string]bool{} // of any change; true for the program's own
	var own []string
	for _, change := range slices.Backward(all) { // what is in a directory before it
		hasOwn, isParent := parents[change.Path]
		isOwn := change.Path != "/" && !slices.ContainsFunc(without, func(place string) bool { return isBelow(change.Path, place) }) &&
			(!isParent || hasOwn && change.Kind != container.ChangeModify)
		if isOwn {
			own = append(own, change.Path)
		}
		for dir := path.Dir(change.Path); len(dir) > 1; dir = path.Dir(dir) {
			if had, known := parents[dir]; known && (had || !isOwn) {
				break // and so have those above it
			}
			parents[dir] = isOwn
		}
	}
	slices.Reverse(own)
	return own[:min(len(own), maxChanges)]
}

// isBelow reports whether a path is a place or lies below it.
func isBelow(name, place string) bool {
	rest, ok := strings.CutPrefix(name, place)
	return ok && (rest == "" || rest[0] == '/')
}
