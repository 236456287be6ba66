// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/dockerfile"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
)

// FuzzOracle compares the evaluator with buildkit on texts that nobody wrote.
func FuzzOracle(f *testing.F) {
	for i, q := range tables(f) {
		if len(q.text) < 1_000 {
			f.Add(q.text, q.target, uint8(i))
		}
	}
	f.Fuzz(checkEverywhere)
}

// firstLine is what a mixture begins with.
const firstLine = "FROM base AS a\n"

// FuzzMixed compares the evaluator with buildkit on mixtures of the lines of
// all cases, two bytes a line.
func FuzzMixed(f *testing.F) {
	lines := goodLines(f)
	for i := range 40 {
		f.Add([]byte{1, byte(i), 0, byte(3 * i), 0, byte(5 * i), 1, byte(7 * i), 0, byte(11 * i)}, uint8(i))
	}
	f.Fuzz(func(t *testing.T, choices []byte, choice uint8) {
		text := []byte(firstLine)
		for ; len(choices) >= 2 && len(text) < 2_000; choices = choices[2:] {
			text = append(text, lines[(int(choices[0])<<8|int(choices[1]))%len(lines)]...)
		}
		checkEverywhere(t, text, "", choice)
	})
}

// goodLines returns the lines of all cases that are an instruction without a
// mistake: one mistake would hide what comes behind it.
func goodLines(f *testing.F) [][]byte {
	f.Helper()
	var out [][]byte
	for _, q := range tables(f) {
		for line := range bytes.Lines(q.text) {
			text := append([]byte(firstLine), line...)
			image, err := dockerfile.Evaluate(f.Context(), text, dockerfile.Options{Resolve: resolve(always(emptyImage()))})
			if err == nil && len(image.Config.Faults) == 0 && bytes.HasSuffix(line, []byte("\n")) {
				out = append(out, line)
			}
		}
	}
	slices.SortFunc(out, bytes.Compare)
	return slices.CompactFunc(out, bytes.Equal)
}

// checkEverywhere compares the evaluator with buildkit on one of several base
// images, read and unknown.
func checkEverywhere(t *testing.T, text []byte, target string, choice uint8) {
	t.Helper()
	for _, word := range []string{
		"check=",  // buildkit's linter may refuse to build, or panic.
		"windows", // Nothing is claimed of it.
		"-65535",  // All ports take long.
	} {
		if bytes.Contains(text, []byte(word)) {
			return
		}
	}
	images := []dockerspec.DockerOCIImage{richImage(), triggerImage(), commandTriggerImage(), emptyImage()}
	image, unknown := images[int(choice)%len(images)], images[int(choice)%2]
	unknown.Config.Shell = nil // Taken for /bin/sh on purpose.
	q := question{text: text, target: target, buildArgs: map[string]string{"GIVEN": "given", "A": "given a"}}
	checkAnswer(t, q, withKnown(t, unknown), nil, "linux/arm/v7")
	q.platform = "linux/amd64"
	checkAnswer(t, q, always(image), resolve(always(image)), "linux/ppc64le")
}
