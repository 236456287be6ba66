// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check/source"
)

// Limits on a list of targets.
const (
	maxList       = 16 << 20 // bytes
	maxListed     = 100_000  // targets
	maxListedLine = 4 << 10  // bytes, a path's limit
)

// stdinName is how targets and flags name standard input.
const stdinName = "-"

// listed returns the targets in the file of --targets-from, none without that
// flag.
func (p *program) listed(f *checkFlags) ([]string, error) {
	if f.targetsFrom == "" {
		return nil, nil
	}
	raw, err := p.readList(f.targetsFrom)
	if err != nil {
		return nil, fmt.Errorf("--targets-from: %w", err)
	}
	name := f.targetsFrom
	if name == stdinName {
		name = "standard input"
	}
	targets, err := parseList(raw, name)
	if err == nil && len(targets) == 0 {
		err = fmt.Errorf("--targets-from: %s names no target; write one a line", name)
	}
	return targets, err
}

func (p *program) readList(path string) (raw []byte, err error) {
	var whole bool
	switch {
	case path != stdinName:
		raw, whole, err = readFile(path, maxList)
	case isTerminal(p.stdin):
		return nil, errors.New("standard input is a terminal; redirect it, as in: fgpreflight --targets-from - <images.txt")
	default:
		raw, whole, err = readAtMost(p.stdin, maxList)
	}
	if err == nil && !whole {
		err = fmt.Errorf("%s has more than %d bytes", path, maxList)
	}
	return raw, err
}

// parseList returns the targets in a list called name: one a line, but for
// empty lines and those that begin with a hash.
func parseList(raw []byte, name string) ([]string, error) {
	var out []string
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	lines.Buffer(nil, maxListedLine)
	n := 0
	for lines.Scan() {
		n++
		target := strings.TrimSpace(lines.Text())
		if target == "" || strings.HasPrefix(target, "#") {
			continue
		}
		if err := checkListed(target); err != nil {
			return nil, fmt.Errorf("%s:%d: %s: %w", name, n, target, err)
		}
		if out = append(out, target); len(out) > maxListed {
			return nil, fmt.Errorf("%s: more than %d targets; split the list", name, maxListed)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: a line of more than %d bytes", name, n+1, maxListedLine)
	}
	return out, nil
}

// checkListed says why text cannot be a target. A line that nobody can mean
// spoils a list, which is then the wrong file, maybe.
func checkListed(text string) error {
	_, err := source.Detect(text, sight)
	if e, ok := errors.AsType[*source.Error](err); ok && e.Usage {
		return e
	}
	return nil
}

// expanded returns the targets with those in the place of patterns that they
// stand for. A pattern that this is not known of stays, and lost has the reason.
func (p *program) expanded(ctx context.Context, f *checkFlags, targets []string) (out []string, lost map[string]error) {
	lost = map[string]error{}
	options := p.registryOptions(f)
	for _, target := range targets {
		within, cancel := f.limited(ctx)
		found, err := source.Expand(within, target, options)
		cancel()
		if err != nil {
			lost[target] = named(within, target, err)
			found = []string{target}
		}
		out = append(out, found...)
	}
	return out, lost
}

// maxShards is how many shards a list may be split into.
const maxShards = 1000

// shard is one of several parts of a list; the zero value is the whole.
type shard struct{ number, of int }

func parseShard(text string) (shard, error) {
	number, of, _ := strings.Cut(text, "/")
	i, err := strconv.Atoi(number)
	n, errOf := strconv.Atoi(of)
	if err != nil || errOf != nil || n < 1 || n > maxShards || i < 1 || i > n {
		return shard{}, fmt.Errorf("want I/N, as in 1/4 for the first of four parts, and at most %d parts", maxShards)
	}
	return shard{i, n}, nil
}

// part returns the targets of the shard. Neighbours go to different shards, as
// they often cost alike.
func (s shard) part(targets []string) []string {
	if s.of == 0 {
		return targets
	}
	var out []string
	for i := s.number - 1; i < len(targets); i += s.of {
		out = append(out, targets[i])
	}
	return out
}
