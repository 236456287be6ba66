// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/fgpreflight/fgpreflight/check/settings"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// configFile returns the path of the configuration file for the call: the one
// that the user named, else the one that all targets lead to, else "". A call
// has one, since it has one exit code.
func configFile(named string, targets []string) (string, error) {
	if named != "" {
		return named, nil
	}
	path := ""
	for i, target := range targets {
		found, err := findConfig(target)
		if err != nil {
			return "", err
		}
		if i > 0 && found != path {
			return "", fmt.Errorf("the targets %s and %s have different configuration files (%s, %s); check them one by one, or name one with --config",
				targets[i-1], target, orNone(path), orNone(found))
		}
		path = found
	}
	return path, nil
}

func orNone(path string) string {
	if path == "" {
		return "none"
	}
	return path
}

// findConfig looks for a configuration file upwards from the folder that the
// target's file is in, and then from the working directory.
func findConfig(target string) (string, error) {
	if t, err := source.Detect(target, sight); err == nil && isFile(t.Kind) {
		path, err := settings.Find(filepath.Dir(t.Name))
		if path != "" || err != nil {
			return path, err
		}
	}
	return settings.Find(".")
}

func isFile(kind source.Kind) bool {
	switch kind {
	case source.Archive, source.DockerArchive, source.OCIArchive, source.Layout:
		return true
	case source.Reference, source.RegistryImage, source.DockerImage, source.PodmanImage, source.Stream:
	}
	return false
}

// sight tells files and layouts from what cannot be a target, without looking
// into files.
func sight(path string) source.Sight {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return source.Nothing
	case !info.IsDir():
		return source.ArchiveFile
	}
	if _, err := os.Stat(filepath.Join(path, "oci-layout")); err != nil {
		return source.OtherDir
	}
	return source.LayoutDir
}
