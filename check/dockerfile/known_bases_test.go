// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

var fromLine = check.Location{Artifact: "Dockerfile", Line: 3, Column: 6, Width: 11}

// concrete returns a repository that a pattern of the table matches.
func concrete(pattern string) string {
	return strings.NewReplacer("[89]", "9", "[0-9]", "1", "[12]", "1", "*", "1").Replace(pattern)
}

func TestKnownRows(t *testing.T) {
	variable := regexp.MustCompile(`^[A-Za-z][A-Z0-9_a-z]*$`)
	account := regexp.MustCompile(`^\??[a-z_][a-z0-9_-]*:\d+(:\d+:/[a-z0-9/._-]*)?$`)
	for row := range dockerfile.KnownRows() {
		where := row.Names[0] + ":" + row.Example
		if !strings.HasPrefix(row.Source, "https://") {
			t.Errorf("%s: no source: %q", where, row.Source)
		}
		for _, pattern := range row.Names {
			if ok, err := path.Match(pattern, concrete(pattern)); !ok || err != nil {
				t.Errorf("%s: name %q: %v, %v", where, pattern, ok, err)
			}
			if !row.Covers(row.Example) {
				t.Errorf("%s: %s:%s is not covered", where, pattern, row.Example)
			}
		}
		if source, ok := row.System(); !ok || !strings.HasPrefix(source, "https://") {
			t.Errorf("%s: no system, or none with a source: %q", where, source)
		}
		for _, entry := range row.Env {
			if name, _, _ := strings.Cut(entry, "="); !variable.MatchString(name) {
				t.Errorf("%s: variable %q", where, entry)
			}
		}
		for _, line := range row.Lines {
			if !account.MatchString(line) {
				t.Errorf("%s: account %q", where, line)
			}
		}
	}
}

// sampleTags returns tags as the repositories of the table have them, and more.
func sampleTags() []string {
	versions := []string{
		"", "latest", "stable", "edge", "lts", "1", "2", "3", "8", "9", "10", "11", "12", "17", "20", "21", "22", "1.1", "1.22", "1.27", "2.4", "3.3", "3.9", "3.12",
		"3.20", "5.10", "5.40", "7.4", "8.0", "8.2", "9.0", "10.0", "10.1", "22.04", "24.04", "11.8.0", "12.4.1", "17.0.9_9", "8u392", "3.12.1", "3.14-rc", "2.0.0", "9.4",
		"jdk17", "8.5-jdk17", "nonroot", "debug", "debug-nonroot", "jammy-20240111", "bookworm-20240110",
	}
	variants := []string{
		"", "slim", "alpine", "alpine3.20", "stretch", "bullseye", "bookworm", "trixie", "slim-bookworm", "bookworm-slim", "jammy", "noble", "jammy-chiseled",
		"noble-chiseled-extra", "cli", "fpm", "apache", "zts", "fpm-alpine", "cli-bookworm", "apache-bookworm", "zts-alpine3.23", "jdk", "jre", "jdk-jammy", "jre-alpine", "jdk-slim", "jre-slim-buster",
		"eclipse-temurin-17", "eclipse-temurin-21-alpine", "amazoncorretto-21", "openjdk-11-slim", "al2", "al2023", "base-ubuntu22.04", "cudnn8-runtime-ubuntu22.04", "cuda12.1-cudnn8-runtime",
		"ubuntu", "ubuntu2204", "scm", "curl", "bookworm-scm", "alpine-slim", "perl", "python3.12-bookworm", "python3.12-bookworm-slim", "minimal", "amd64", "nonroot", "oracle", "jdk17", "jdk17-alpine",
	}
	var tags []string
	for _, v := range versions {
		for _, x := range variants {
			tags = append(tags, strings.Trim(v+"-"+x, "-"))
		}
	}
	for row := range dockerfile.KnownRows() {
		tags = append(tags, row.Example)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// TestKnownRowsDoNotOverlap shows that it never matters which row comes first.
func TestKnownRowsDoNotOverlap(t *testing.T) {
	rows := map[string][]dockerfile.KnownRow{}
	for row := range dockerfile.KnownRows() {
		for _, pattern := range row.Names {
			rows[concrete(pattern)] = append(rows[concrete(pattern)], row)
		}
	}
	tags, covered := sampleTags(), 0
	for name, rows := range rows {
		for _, tag := range tags {
			var by []string
			for _, row := range rows {
				if row.Covers(tag) {
					by = append(by, row.Example)
				}
			}
			if len(by) > 1 {
				t.Errorf("%s:%s is covered by the rows of %v", name, tag, by)
			}
			covered += len(by)
		}
	}
	if covered < 1000 {
		t.Errorf("only %d of the sample are covered", covered)
	}
}

var _ = errors.New
var _ = fmt.Sprint
var _ = maps.Keys[map[string]string]

func BenchmarkKnownBase(b *testing.B) {
	for b.Loop() {
		dockerfile.KnownBase("ruby:3.3-alpine", fromLine)
	}
}
