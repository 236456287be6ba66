// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"io"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// full is a report of about as many rows as there are rules.
func full() *check.Report {
	r := failing()
	for len(r.Results) < 80 {
		r.Results = append(r.Results, failing().Results...)
	}
	return r
}

func BenchmarkText(b *testing.B) {
	r := full()
	b.ReportAllocs()
	for b.Loop() {
		if err := report.Text(io.Discard, r, report.TextOptions{Gate: onErrors}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	r := []*check.Report{full()}
	b.ReportAllocs()
	for b.Loop() {
		if err := report.JSON(io.Discard, r, onErrors, "1.0"); err != nil {
			b.Fatal(err)
		}
	}
}
