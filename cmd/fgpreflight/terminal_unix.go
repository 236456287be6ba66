// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import "golang.org/x/sys/unix"

// terminalRows returns how many lines a terminal shows, 0 where it does not
// tell.
func terminalRows(stream any) int {
	file, ok := stream.(interface{ Fd() uintptr })
	if !ok {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Row)
}
