// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
)

func TestLocationPlace(t *testing.T) {
	for want, l := range map[string]check.Location{
		"":                 {},
		"config.User":      check.At("config", "User"),
		"Dockerfile:7":     {Artifact: "Dockerfile", Line: 7},
		"Dockerfile:7:6":   {Artifact: "Dockerfile", Line: 7, Column: 6, Width: 4},
		"Dockerfile.Env.A": {Artifact: "Dockerfile", Key: "Env.A", Column: 6},
		"Dockerfile:1:6 (inherited from python:3.12-slim)": {Artifact: "Dockerfile", Line: 1, Column: 6, Width: 16, Base: "python:3.12-slim"},
		"Dockerfile:1 (inherited from scratch)":            {Artifact: "Dockerfile", Line: 1, Base: "scratch"},
	} {
		if got := l.Place(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestInfoInText(t *testing.T) {
	line := check.Location{Artifact: "a/Dockerfile", Line: 1}
	file := check.Info{Text: "FROM scratch\n", Artifact: "a/Dockerfile"}
	for _, c := range []struct {
		name string
		info check.Info
		at   check.Location
		want bool
	}{
		{"a line", file, line, true},
		{"a line beyond the end", file, check.Location{Artifact: "a/Dockerfile", Line: 9}, true},
		{"the whole file", file, check.AtFile("a/Dockerfile"), false},
		{"another file", file, check.Location{Artifact: "/etc/passwd", Line: 1}, false},
		{"nothing", file, check.Location{}, false},
		{"an image", check.Info{Artifact: "a/Dockerfile"}, line, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.info.InText(c.at); got != c.want {
				t.Errorf("InText = %t, want %t", got, c.want)
			}
		})
	}
}
