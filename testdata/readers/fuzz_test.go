// SPDX-License-Identifier: Apache-2.0

package readers_test

import (
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

// FuzzReaders checks that no text from outside leaves the syntax of a format:
// others read as many rows as there are.
func FuzzReaders(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	schema := sarifSchema(f)
	f.Fuzz(func(t *testing.T, text string) {
		reports := []*check.Report{planted(text), image(text)}
		want := want{2 * plantedRows, 2 * plantedFailed, 2 * plantedOthers, 2 * plantedTrouble, 2 * plantedPassed, 2}
		checkSARIF(t, schema, reports, want, report.Options{})
		checkJUnit(t, reports, want)
		checkCheckstyle(t, reports, want)
		checkMarkdown(t, reports, want)
	})
}
