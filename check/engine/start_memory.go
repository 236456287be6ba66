// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/fgpreflight/fgpreflight/check"
)

// Memory returns the most memory that the container has taken, as far as it is
// told: by the kernel where the engine is on this machine, else by the engine.
// An engine that tells only the present use makes it the highest of what was
// seen: then ask often. It must be asked while the container runs; afterwards
// the last answer stays, [check.UnknownBytes] where there was none.
func (c *Container) Memory(ctx context.Context) (check.MemoryUse, error) {
	c.mu.Lock()
	pid := c.pid
	c.mu.Unlock()
	peak, killed, ok := peakOf(os.DirFS("/"), pid, c.ID)
	var err error
	switch {
	case ok:
	case pid == 0:
		peak = check.UnknownBytes
	default:
		peak, err = c.statsPeak(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peak, c.killed = max(c.peak, peak), c.killed || killed
	return check.MemoryUse{Limit: c.limit, Peak: c.peak, Killed: c.killed}, err
}

// statsPeak asks the engine, which knows the peak with cgroup v1 only. What
// Podman gives for it is no peak.
func (c *Container) statsPeak(ctx context.Context) (int64, error) {
	result, err := c.client.api.ContainerStats(ctx, c.name, client.ContainerStatsOptions{})
	if err != nil {
		return check.UnknownBytes, fmt.Errorf("asking for the container's memory: %w", cause(ctx, err))
	}
	defer result.Body.Close()
	var stats container.StatsResponse
	err = json.NewDecoder(result.Body).Decode(&stats)
	if errors.Is(err, io.EOF) {
		return check.UnknownBytes, nil // Podman, when the container has ended
	}
	if err != nil {
		return check.UnknownBytes, fmt.Errorf("asking for the container's memory: %w", cause(ctx, err))
	}
	use := stats.MemoryStats.Usage
	if c.client.kind != Podman {
		use = max(use, stats.MemoryStats.MaxUsage)
	}
	if use == 0 || use > 1<<62 {
		return check.UnknownBytes, nil // it has ended
	}
	return int64(use), nil
}

// peakOf reads from the kernel's files how much memory a container has taken
// at most, and whether one of its processes was killed for it. It answers only
// where the process ID is surely the container's: the engine may be elsewhere.
// Sources: https://docs.kernel.org/admin-guide/cgroup-v1/memory.html,
// https://docs.kernel.org/admin-guide/cgroup-v2.html
func peakOf(root fs.FS, pid int, id string) (peak int64, killed, ok bool) {
	groups, err := fs.ReadFile(root, fmt.Sprintf("proc/%d/cgroup", pid))
	if err != nil || pid == 0 || id == "" {
		return 0, false, false
	}
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 || !strings.Contains(fields[2], id) {
			continue
		}
		dir, files := path.Join("sys/fs/cgroup", fields[2]), [2]string{"memory.peak", "memory.events"}
		switch fields[1] {
		case "":
		case "memory":
			dir, files = path.Join("sys/fs/cgroup/memory", fields[2]), [2]string{"memory.max_usage_in_bytes", "memory.oom_control"}
		default:
			continue
		}
		if peak, err := readNumber(root, path.Join(dir, files[0])); err == nil {
			return peak, wasKilled(root, path.Join(dir, files[1])), true
		}
	}
	return 0, false, false
}

var errNoNumber = errors.New("not a number of bytes")

func readNumber(root fs.FS, name string) (int64, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil || n < 0 {
		return 0, errNoNumber
	}
	return n, nil
}

// wasKilled looks for a line "oom_kill 1".
func wasKilled(root fs.FS, name string) bool {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			return count != "0"
		}
	}
	return false
}
