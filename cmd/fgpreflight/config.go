// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/fgpreflight/fgpreflight/check/settings"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// settingsOf returns the settings of every target: those in the file that the
// user named or else in the one that the target leads to, under the flags. When
// the call fails must be the same for all, since a call has one exit code. Without
// a target there are the settings of the working folder alone.
func (f *checkFlags) settingsOf(targets []string) ([]*settings.Settings, error) {
	if len(targets) == 0 {
		targets = []string{"."}
	}
	var out []*settings.Settings
	var paths []string
	read := map[string]*settings.Settings{}
	for _, target := range targets {
		path, err := f.configFile(target)
		if err != nil {
			return nil, err
		}
		if read[path] == nil {
			if read[path], err = f.settings(path); err != nil {
				return nil, err
			}
		}
		out, paths = append(out, read[path]), append(paths, path)
	}
	for i := range out {
		if out[i].Gate != out[0].Gate {
			return nil, fmt.Errorf("the targets %s and %s have different fail-on or strict (%s, %s); pass --fail-on and --strict, or name one file with --config",
				targets[0], targets[i], orNone(paths[0]), orNone(paths[i]))
		}
	}
	return out, nil
}

func orNone(path string) string {
	if path == "" {
		return "no configuration file"
	}
	return path
}

// configFile returns the path of the configuration file for a target, "" for
// none.
func (f *checkFlags) configFile(target string) (string, error) {
	if f.config != "" {
		return f.config, nil
	}
	return findConfig(target)
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
	case source.Archive, source.DockerArchive, source.OCIArchive, source.Layout, source.Dockerfile:
		return true
	case source.Reference, source.RegistryImage, source.Tags, source.DockerImage, source.PodmanImage, source.Stream, source.DockerfileStream:
	}
	return false
}

// sight tells files and folders that can be a target from others, without
// looking into files.
func sight(path string) source.Sight {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return source.Nothing
	case !info.IsDir():
		return source.ArchiveFile
	case isThere(path, "oci-layout"):
		return source.LayoutDir
	case isThere(path, "Dockerfile"), isThere(path, "Containerfile"):
		return source.DockerfileDir
	}
	return source.OtherDir
}

func isThere(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}
