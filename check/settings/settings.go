// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fgpreflight/fgpreflight/check"
)

// FileName is the name of the configuration file.
const FileName = ".fgpreflight.yaml"

// maxFile is how many bytes a configuration file may have.
const maxFile = 1 << 20

// Settings is what the user decided, in a file or by flags over it.
type Settings struct {
	Function check.Function
	Policy   check.Policy
	Gate     check.Gate
}

// Default returns the settings of a user who has decided nothing: rules of
// severity error fail the build.
func Default() *Settings {
	return &Settings{
		Policy: check.Policy{
			Severity: map[string]check.Severity{},
			Skip:     map[string]string{},
			Only:     map[string]bool{},
		},
		Gate: check.Gate{FailOn: check.Error},
	}
}

// Find returns the absolute path of the configuration file that holds for the
// folder: the one in it or in the nearest folder above it, up to the root. It
// is "" when there is none.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("looking for %s: %w", FileName, err)
	}
	for {
		path := filepath.Join(dir, FileName)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", nil
		}
		dir = parent
	}
}

// Load reads the configuration file at path. The errors are those of [Parse],
// and those of reading.
func Load(path string, rules []*check.Rule) (*Settings, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration file: %w", err)
	}
	defer func() { _ = file.Close() }() // It was only read.
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the configuration file: %w", err)
	}
	return Parse(path, data, rules)
}
