// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// The files that hold the accounts.
const (
	passwdFile = "/etc/passwd"
	groupFile  = "/etc/group"
)

// Limits on what is read of a file of accounts; real ones have some dozens of
// short lines.
const (
	maxAccountFile = 1 << 20
	maxAccounts    = 1 << 15
	// maxPasswdLine is where container runtimes give up: moby/sys/user reads
	// /etc/passwd with the default buffer of bufio.Scanner.
	maxPasswdLine = bufio.MaxScanTokenSize
)

// accounts reads the users and groups from the image's root file system. An
// image without these files has none.
func accounts(ctx context.Context, s *check.Subject) (*check.Accounts, error) {
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return nil, err
	}
	passwd, err := readAccountFile(fsys, passwdFile)
	if err != nil {
		return nil, err
	}
	group, err := readAccountFile(fsys, groupFile)
	if err != nil {
		return nil, err
	}
	return parseAccounts(passwd, group)
}

// readAccountFile returns the content of a file; nothing for one that is
// absent, behind a loop of links or no regular file, as container runtimes do.
func readAccountFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(strings.TrimPrefix(name, "/"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, rootfs.ErrLinkLoop) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil
	}
	text, err := io.ReadAll(io.LimitReader(f, maxAccountFile+1))
	if err == nil && len(text) > maxAccountFile {
		err = fmt.Errorf("it is larger than %d bytes", maxAccountFile)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return text, nil
}

// parseAccounts reads the lines as moby/sys/user does: what is missing or no
// number counts as empty or 0. Unlike /etc/group, /etc/passwd has no comments.
func parseAccounts(passwd, group []byte) (*check.Accounts, error) {
	a := new(check.Accounts)
	err := eachLine(passwd, func(number int, line []byte) error {
		if len(line) >= maxPasswdLine || len(a.Users) == maxAccounts {
			return tooMuch(passwdFile, number)
		}
		f := fields(line, 6)
		a.Users = append(a.Users, check.Account{
			Name: f[0], UID: number64(f[2]), GID: number64(f[3]), Home: f[5],
			At: check.Location{Artifact: passwdFile, Line: number},
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachLine(group, func(number int, line []byte) error {
		if bytes.TrimSpace(line)[0] == '#' {
			return nil
		}
		if len(a.Groups) == maxAccounts {
			return tooMuch(groupFile, number)
		}
		f := fields(line, 3)
		a.Groups = append(a.Groups, check.Group{
			Name: f[0], GID: number64(f[2]),
			At: check.Location{Artifact: groupFile, Line: number},
		})
		return nil
	})
	return a, err
}

func tooMuch(name string, line int) error {
	return fmt.Errorf("reading %s: line %d is beyond what is read, %d bytes a line and %d lines", name, line, maxPasswdLine, maxAccounts)
}

// eachLine calls f for every line that is not blank, with its 1-based number.
func eachLine(text []byte, f func(number int, line []byte) error) error {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := f(number, line); err != nil {
			return err
		}
	}
	return nil
}

// fields returns the first n fields of a line, empty where there are fewer.
func fields(line []byte, n int) []string {
	parts := strings.SplitN(string(bytes.TrimSpace(line)), ":", n+1)
	out := make([]string, n)
	copy(out, parts)
	return out
}

// number64 returns the number in a field: 0 where there is none, the nearest
// representable one where it is too large.
func number64(field string) int64 {
	n, err := strconv.ParseInt(field, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return n
}
