// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"os"
	"regexp"
	"testing"

	"go.yaml.in/yaml/v3"
)

// hook is what pre-commit reads in .pre-commit-hooks.yaml:
// https://pre-commit.com/#creating-new-hooks
type hook struct {
	ID            string   `yaml:"id"`
	Entry         string   `yaml:"entry"`
	Language      string   `yaml:"language"`
	Files         string   `yaml:"files"`
	Exclude       string   `yaml:"exclude"`
	Types         []string `yaml:"types"`
	RequireSerial bool     `yaml:"require_serial"`
}

func readHook(t *testing.T) hook {
	t.Helper()
	data, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hooks []hook
	if err := yaml.Unmarshal(data, &hooks); err != nil || len(hooks) != 1 {
		t.Fatalf("%d hooks, %v; want one", len(hooks), err)
	}
	return hooks[0]
}

// TestHook shows which files the hook is called with. That it can be installed
// and called is shown in .ci/run.
func TestHook(t *testing.T) {
	h := readHook(t)
	if h.Entry != "fgpreflight" || h.Language != "golang" || !h.RequireSerial {
		t.Errorf("hook %+v; want the program, once for all files", h)
	}
	files, exclude := regexp.MustCompile(h.Files), regexp.MustCompile(h.Exclude)
	for name, want := range map[string]bool{
		"Dockerfile":                   true,
		"docker/Dockerfile":            true,
		"Dockerfile.prod":              true,
		"Dockerfile-gpu":               true,
		"docker/Dockerfile_test":       true,
		"Containerfile":                true,
		"Containerfile.prod":           true,
		"api.Dockerfile":               true,
		"services/web.dockerfile":      true,
		"api.containerfile":            true,
		"Dockerfile.dockerignore":      false,
		"docker/Dockerfile.md":         false,
		"Dockerfile.j2":                false,
		"Dockerfile.in":                false,
		"Dockerfiles/README":           false,
		"DockerfileParser.java":        false,
		"dockerfile.go":                false,
		"check/dockerfile/evaluate.go": false,
		"my-Dockerfile.txt":            false,
	} {
		if got := files.MatchString(name) && !exclude.MatchString(name); got != want {
			t.Errorf("%s: the hook is called: %v, want %v", name, got, want)
		}
	}
}
