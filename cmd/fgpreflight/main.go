// SPDX-License-Identifier: Apache-2.0

// Command fgpreflight tells, before the push, whether a container image will
// work as a Huawei Cloud FunctionGraph function, why not, and what to change.
package main

import (
	"context"
	"os"
	"time"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// now is the clock of the program.
func now() time.Time { return time.Now() }
