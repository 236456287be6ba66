// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/checktest"
)

// BenchmarkDockerfile times whole checks of Dockerfiles, beside the start of
// crane, which is as large a program: one small file, a hundred in one call as
// hooks pass them, one of 2,000 lines, and a thousand in the formats that keep
// all reports, or none, in memory.
func BenchmarkDockerfile(b *testing.B) {
	program, crane := buildProgram(b)+"/fgpreflight", buildCrane(b)
	b.Run("crane-version", func(b *testing.B) {
		for b.Loop() {
			run(b, crane, "version")
		}
	})
	for _, bench := range []struct {
		name    string
		targets []string
		format  string
	}{
		{"one", smallDockerfiles(b, 1), "text"},
		{"hundred", smallDockerfiles(b, 100), "text"},
		{"2000-lines", []string{longDockerfile(b)}, "text"},
		{"thousand-json", smallDockerfiles(b, 1000), "json"},
		{"thousand-jsonl", smallDockerfiles(b, 1000), "jsonl"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var peak int64
			for b.Loop() {
				peak = max(peak, run(b, program, append([]string{"--fail-on", "never", "--format", bench.format}, bench.targets...)...))
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N)/float64(len(bench.targets)), "ms/file")
			b.ReportMetric(float64(peak)/1024, "peak-MB")
		})
	}
}

// buildCrane builds the command line of the library that reads images here.
func buildCrane(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "crane")
	cmd := exec.CommandContext(b.Context(), "go", "build", "-o", path, "github.com/google/go-containerregistry/cmd/crane")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

// smallDockerfiles writes Dockerfiles of two stages, each in a folder of its own.
func smallDockerfiles(b *testing.B, count int) []string {
	b.Helper()
	dir := b.TempDir()
	var paths []string
	for i := range count {
		path := filepath.Join(dir, fmt.Sprintf("service%d", i), "Dockerfile")
		checktest.WriteFile(b, path, fmt.Appendf(nil, `FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN go build -o /server ./service%d

FROM alpine:3.22
RUN addgroup -g 1003 app && adduser -D -u 1003 -G app app
ENV HOME=/home/app USER_ID=1003 USER_NAME=app GROUP_ID=1003 GROUP_NAME=app
COPY --from=build --chown=app:app /server /home/app/server
USER 1003:1003
EXPOSE 8000
CMD ["/home/app/server"]
`, i))
		paths = append(paths, path)
	}
	return paths
}

// longDockerfile writes a Dockerfile of 2,000 lines of all kinds.
func longDockerfile(b *testing.B) string {
	b.Helper()
	var text strings.Builder
	text.WriteString("FROM python:3.12-slim\n")
	for i := 1; i < 2000; i += 5 {
		fmt.Fprintf(&text, `ARG VERSION_%[1]d=1.%[1]d
ENV PART_%[1]d=$VERSION_%[1]d
COPY --chown=1003:1003 part%[1]d /home/app/part%[1]d
RUN mkdir -p /var/lib/part%[1]d && chown 1003:1003 /var/lib/part%[1]d \
    && chmod 0750 /var/lib/part%[1]d
`, i)
	}
	path := filepath.Join(b.TempDir(), "Dockerfile")
	checktest.WriteFile(b, path, []byte(text.String()))
	return path
}
