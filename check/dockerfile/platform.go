// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"fmt"
	"strings"

	"github.com/containerd/platforms"

	"github.com/fgpreflight/fgpreflight/check"
)

// platformArgs returns the variables that the builder sets for FROM. Those of
// the machine that builds are unknown, and those of the image unless its
// platform was given.
func (e *evaluator) platformArgs(target *stage) *variables {
	unknown := &check.UnavailableError{
		Fact: "platform",
		Why:  "the machine that builds decides the platform, as neither FROM nor the command line names one",
		Hint: "pass --platform linux/amd64",
	}
	building := &check.UnavailableError{Fact: "platform", Why: "the platform of the machine that builds is not known", Hint: hintBuilt}
	vars := newVariables(nil, nil)
	set := func(name, value string, err error) {
		if given, ok := e.options.BuildArgs[name]; ok {
			value, err = given, nil
		}
		vars.set(check.Variable{Name: name, Value: value, Err: err})
	}
	for _, part := range []string{"PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT"} {
		set("BUILD"+part, "", building)
	}
	want, err := platforms.Parse(e.options.Platform)
	if e.options.Platform == "" || err != nil {
		for _, part := range []string{"PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT"} {
			set("TARGET"+part, "", unknown)
		}
	} else {
		set("TARGETPLATFORM", platforms.FormatAll(want), nil)
		set("TARGETOS", want.OS, nil)
		set("TARGETOSVERSION", want.OSVersion, nil)
		set("TARGETARCH", want.Architecture, nil)
		set("TARGETVARIANT", want.Variant, nil)
	}
	name := e.options.Target
	if name == "" {
		name = strings.ToLower(target.from.Name)
	}
	if name == "" {
		name = "default"
	}
	set("TARGETSTAGE", name, nil)
	return vars
}

// linkPlatform expands the --platform of a FROM line.
func (e *evaluator) linkPlatform(s *stage) {
	if s.from.Platform == "" {
		return
	}
	x, fault := e.expand(s.from.Platform, e.globals)
	s.platErr = x.err
	switch {
	case fault != nil:
		e.fault(s.first, fault)
	case x.err != nil:
		return
	case x.text == "":
		fault = fmt.Errorf("empty platform value from expression %s", s.from.Platform)
		e.fault(s.first, fault)
	default:
		var p platforms.Platform
		if p, fault = platforms.Parse(x.text); fault == nil {
			s.platform = platforms.FormatAll(p)
			return
		}
		e.fault(s.first, fmt.Errorf("failed to parse platform %s: %w", s.from.Platform, fault))
	}
	s.platErr = seeFG001(s.first)
}

// setPlatform sets what the image says of its platform: that of the command
// line, else the one that FROM at the root of the target's stages names. An
// image from scratch is for the machine that builds, whatever FROM says.
func (e *evaluator) setPlatform(st *state, root *stage) {
	named, err := root.platform, root.platErr
	if root.ref == scratch {
		named, err = "", nil
	}
	platform, at := named, e.file.find(root.instruction).word(func(word string) bool { return strings.HasPrefix(word, "--platform") })
	if e.options.Platform != "" {
		platform, err, at = e.options.Platform, nil, check.Location{Artifact: "--platform"}
	}
	if platform == "" && err == nil {
		err = &check.UnavailableError{Fact: "platform", Why: "the machine that builds decides the platform", Hint: "pass --platform linux/amd64"}
	}
	if isWindows(named) || isWindows(platform) {
		st.lose(errWindows)
	}
	if err != nil {
		st.config.OS, st.config.Architecture = check.Missing[string](err), check.Missing[string](err)
		return
	}
	p, _ := platforms.Parse(platform) // It was parsed before.
	p = platforms.Normalize(p)
	st.config.OS, st.config.Architecture = check.Known(p.OS, at), check.Known(p.Architecture, at)
}

func isWindows(platform string) bool { return strings.HasPrefix(platform, "windows") }

// errWindows is why nothing is known of an image for Windows, whose paths and
// variables follow rules of their own.
var errWindows = &check.UnavailableError{
	Fact: "image",
	Why:  "it is an image for Windows, which this program cannot judge",
	Hint: "build it for linux/amd64",
}
