// SPDX-License-Identifier: Apache-2.0

package rules

import "fmt"

// Decimal units, as the limits of FunctionGraph and SWR count them.
const (
	megabyte int64 = 1_000_000
	gigabyte int64 = 1_000_000_000
)

// byteSize returns a number of bytes as people read it: "1.2 GB", "340 MB".
func byteSize(n int64) string {
	switch {
	case n >= gigabyte:
		return fmt.Sprintf("%.1f GB", float64(n)/float64(gigabyte))
	case n >= megabyte:
		return fmt.Sprintf("%d MB", n/megabyte)
	default:
		return counted(n, "byte")
	}
}

// counted returns a number of things: "1 byte", "2 bytes".
func counted[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
