// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check/checktest"
)

// BenchmarkTrial times --run beside the least that a person would do by hand:
// docker run, and curl until the first answer. Both start the same image, whose
// program listens half a second after its start. For --run it also gives the
// time to listening as the tool reports it, and as the program itself does. Of
// the tool's time two seconds are those for which a server has to stay alive.
func BenchmarkTrial(b *testing.B) {
	program := buildStatic(b, "./cmd/fgpreflight")
	image := buildListener(b)
	var byHand time.Duration
	b.Run("docker-run-and-curl", func(b *testing.B) {
		for b.Loop() {
			id := output(b, "docker", "run", "--detach", "--publish", "127.0.0.1::8000", image)
			address := output(b, "docker", "port", id, "8000/tcp")
			for exec.CommandContext(b.Context(), "curl", "--silent", "--fail", "http://"+address).Run() != nil {
				time.Sleep(10 * time.Millisecond)
			}
			b.StopTimer()
			output(b, "docker", "rm", "--force", id)
			b.StartTimer()
		}
		byHand = b.Elapsed() / time.Duration(b.N)
	})
	b.Run("run", func(b *testing.B) {
		log := filepath.Join(b.TempDir(), "log")
		var reported, truth, answered time.Duration
		for b.Loop() {
			seen := reportedRun(b, output(b, program, "--run", "--fail-on", "never", "--format", "json", "--logs", log, "docker:"+image))
			reported += time.Duration(seen.ListeningMS) * time.Millisecond
			answered += time.Duration(seen.AnsweringMS) * time.Millisecond
			truth += printedTime(b, log)
		}
		perStart := func(sum time.Duration) float64 { return float64(sum.Milliseconds()) / float64(b.N) }
		b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(byHand), "times-by-hand")
		b.ReportMetric(perStart(reported), "listening-ms")
		b.ReportMetric(perStart(truth), "truth-ms")
		b.ReportMetric(perStart(answered), "answering-ms")
	})
}

// buildStatic builds a program of this module and returns its path.
func buildStatic(b *testing.B, folder string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "program")
	cmd := exec.CommandContext(b.Context(), "go", "build", "-o", path, folder)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

// buildListener builds an image of the program that prints when it listens, and
// returns its ID.
func buildListener(b *testing.B) string {
	b.Helper()
	listener := buildStatic(b, "./testdata/listener")
	dir := filepath.Dir(listener)
	checktest.WriteFile(b, filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nCOPY program /app\nUSER 1003:1003\nENTRYPOINT [\"/app\"]\n"))
	id := output(b, "docker", "build", "--quiet", dir)
	b.Cleanup(func() { _ = exec.Command("docker", "rmi", id).Run() })
	return id
}

// output runs a program and returns what it prints.
func output(b *testing.B, program string, args ...string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), program, args...)
	var trouble strings.Builder
	cmd.Stderr = &trouble
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s %v: %v\n%s", program, args, err, trouble.String())
	}
	return strings.TrimSpace(string(out))
}

type runTimes struct {
	ListeningMS int64 `json:"listeningMs"`
	AnsweringMS int64 `json:"answeringMs"`
}

func reportedRun(b *testing.B, report string) runTimes {
	b.Helper()
	var parsed struct {
		Targets []struct {
			Run *runTimes `json:"run"`
		} `json:"targets"`
	}
	if err := json.Unmarshal([]byte(report), &parsed); err != nil || len(parsed.Targets) != 1 || parsed.Targets[0].Run == nil {
		b.Fatalf("no times of a start in the report: %v\n%s", err, report)
	}
	return *parsed.Targets[0].Run
}

var printed = regexp.MustCompile(`listening after (\S+) `)

// printedTime returns the time that the program printed into its log.
func printedTime(b *testing.B, log string) time.Duration {
	b.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		b.Fatal(err)
	}
	m := printed.FindSubmatch(text)
	if m == nil {
		b.Fatalf("the program did not print when it listened: %q", text)
	}
	took, err := time.ParseDuration(string(m[1]))
	if err != nil {
		b.Fatal(err)
	}
	return took
}
