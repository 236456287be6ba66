// SPDX-License-Identifier: Apache-2.0

package main

// What tests call beside the program itself.
var (
	Run  = run
	Open = open
)
