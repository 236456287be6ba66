// SPDX-License-Identifier: Apache-2.0

package main

// Run is run, for tests.
var Run = run
