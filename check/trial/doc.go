// SPDX-License-Identifier: Apache-2.0

// Package trial starts an image as FunctionGraph would, calls it as
// FunctionGraph would, and tells what happened.
//
// [Run] starts the image in an engine, with a container beside it that holds
// this very program and sees the server from inside its network namespace. A
// start that fails is tried again with one condition changed at a time.
// Nothing is left behind, whatever happens.
package trial
