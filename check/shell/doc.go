// SPDX-License-Identifier: Apache-2.0

// Package shell takes a command apart: the wrappers around a program, the
// shell and its script, and the programs that the script starts.
//
// Nothing is run. What only the running shell can know is marked as such, and
// the text is hostile: length, depth and expansion are bounded.
package shell
