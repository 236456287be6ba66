// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"testing"

	"github.com/fgpreflight/fgpreflight/check/report"
)

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{
		"":          0,
		"USER root": 9,
		"✗ error…":  8,
		"äöü":       3,
		"日本語":       6,
		"ｗｉｄｅ":      8,
		"한글":        4,
		"🐳":         2,
		"e\u0301":   1,
		"\u0301":    0,
		"〿":         1,
		"𠀀":         2,
		"\xff":      1,
	} {
		if got := report.Columns(s); got != want {
			t.Errorf("Columns(%q) = %d, want %d", s, got, want)
		}
	}
}
