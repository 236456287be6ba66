// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"debug/elf"
	"io"
	"os"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// Program returns the program at a path, which is to run beside the container.
// There it finds no file but itself, so that it has to be static. The error is
// a [check.UnavailableError] for one that is not.
func Program(path string) (engine.Binary, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, notStatic("is no program for Linux")
	}
	defer file.Close() //nolint:errcheck // It was only read.
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			return nil, notStatic("is linked dynamically")
		}
	}
	return func() (io.ReadCloser, int64, error) { return open(path) }, nil
}

func open(path string) (io.ReadCloser, int64, error) {
	file, err := os.Open(path) //nolint:gosec // G304: the path is that of this program.
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close() // There is a better error.
		return nil, 0, err
	}
	return file, info.Size(), nil
}

func notStatic(what string) error {
	return &check.UnavailableError{
		Fact: "running container",
		Why:  "fgpreflight is to run itself there, and this copy of it " + what,
		Hint: "on Linux, install it with CGO_ENABLED=0 go install github.com/fgpreflight/fgpreflight/cmd/fgpreflight@latest",
	}
}
