// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
	"github.com/google/go-cmp/cmp"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
)

// comparison collects where the evaluator and buildkit disagree.
type comparison struct {
	wrong   []string // values that the evaluator claims and buildkit does not
	unknown []string // values that the evaluator does not know
}

// compare holds all values of the evaluator's image against buildkit's.
func compare(ours *dockerfile.Image, theirs answer) comparison {
	c := compareConfig(ours.Config, theirs.image)
	c.base(ours.Build.Base, theirs.base)
	return c
}

func compareConfig(have *check.Config, image dockerspec.DockerOCIImage) comparison {
	var c comparison
	want := image.Config
	value(&c, "OS", have.OS, image.OS)
	value(&c, "Architecture", have.Architecture, image.Architecture)
	value(&c, "User", have.User, want.User)
	value(&c, "Entrypoint", have.Entrypoint, orNil(want.Entrypoint))
	value(&c, "Cmd", have.Cmd, orNil(want.Cmd))
	value(&c, "StopSignal", have.StopSignal, want.StopSignal)
	if !have.WorkingDir.IsSet() && want.WorkingDir == "/" {
		want.WorkingDir = "" // The same for a container; buildkit writes one of them for scratch.
	}
	value(&c, "WorkingDir", have.WorkingDir, want.WorkingDir)
	var health []string
	if want.Healthcheck != nil && !slices.Equal(want.Healthcheck.Test, []string{"NONE"}) {
		health = orNil(want.Healthcheck.Test)
	}
	value(&c, "Healthcheck", have.Healthcheck, health)
	c.set("ExposedPorts", have.Ports, want.ExposedPorts)
	c.set("Volumes", have.Volumes, want.Volumes)
	c.env(have.Env, want.Env)
	c.labels(have.Labels, want.Labels)
	return c
}

func orNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// value compares a setting; the zero value is that of one that is not set.
func value[T any](c *comparison, name string, have check.Setting[T], want T) {
	got, _, err := have.Get()
	switch diff := cmp.Diff(want, got); {
	case err != nil:
		c.unknown = append(c.unknown, fmt.Sprintf("%s: %v", name, err))
	case diff != "":
		c.wrong = append(c.wrong, fmt.Sprintf("%s at %v: buildkit has %q, not %q", name, have.At(), fmt.Sprint(want), fmt.Sprint(got)))
	}
}

func (c *comparison) set(name string, have check.Set, want map[string]struct{}) {
	ours := map[string]bool{}
	for _, member := range have.Have {
		ours[member] = true
		if _, ok := want[member]; !ok {
			c.wrong = append(c.wrong, fmt.Sprintf("%s at %v: buildkit has no %q", name, have.At, member))
		}
	}
	if have.Rest != nil {
		c.unknown = append(c.unknown, fmt.Sprintf("%s: %v", name, have.Rest))
		return
	}
	for member := range want {
		if !ours[member] {
			c.wrong = append(c.wrong, fmt.Sprintf("%s: buildkit has %q too", name, member))
		}
	}
}

func (c *comparison) env(have check.Env, pairs []string) {
	want := map[string]string{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		want[name] = value
	}
	for _, v := range have.All() {
		theirs, ok := want[v.Name]
		switch {
		case v.Err != nil:
			c.unknown = append(c.unknown, fmt.Sprintf("Env %s: %v", v.Name, v.Err))
		case !ok:
			c.wrong = append(c.wrong, fmt.Sprintf("Env at %v: buildkit has no %s", v.At, v.Name))
		case theirs != v.Value:
			c.wrong = append(c.wrong, fmt.Sprintf("Env %s at %v: buildkit has %q, not %q", v.Name, v.At, theirs, v.Value))
		}
	}
	if err := have.Rest(); err != nil {
		c.unknown = append(c.unknown, fmt.Sprintf("Env: %v", err))
	}
	for name := range want {
		if _, set, err := have.Lookup(name).Get(); !set && err == nil {
			c.wrong = append(c.wrong, fmt.Sprintf("Env: buildkit has %s too", name))
		}
	}
}

// labels compares what is there: nothing says which labels are unknown.
func (c *comparison) labels(have, want map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if theirs, ok := want[name]; !ok || theirs != have[name] {
			c.wrong = append(c.wrong, fmt.Sprintf("Label %s: buildkit has %q, not %q", name, theirs, have[name]))
		}
	}
}

// base compares the image that the target stands on.
func (c *comparison) base(have, want string) {
	if have == "scratch" {
		have = ""
	}
	if have != "" {
		named, err := reference.ParseNormalizedNamed(have)
		if err != nil {
			c.unknown = append(c.unknown, fmt.Sprintf("base: %v", err))
			return
		}
		have = reference.TagNameOnly(named).String()
	}
	if have != want {
		c.wrong = append(c.wrong, fmt.Sprintf("base: buildkit has %q, not %q", want, have))
	}
}
