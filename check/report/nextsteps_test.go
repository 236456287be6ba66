// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
)

func TestPushCommands(t *testing.T) {
	const tag, push = "docker tag ", "docker push " + swrImage
	for _, c := range []struct {
		name string
		info check.Info
		swr  string // in the settings; "" for none
		want []string
	}{
		{
			"archive",
			check.Info{Target: "dir/app.tar", Source: "docker-archive", Name: "app:1.0"},
			swrImage,
			[]string{"docker load --input dir/app.tar", tag + "app:1.0 " + swrImage, push},
		},
		{
			"archive by its whole target",
			check.Info{Target: "docker-archive:my app's.tar:app:1.0", Source: "docker-archive", Name: "app:1.0"},
			swrImage,
			[]string{`docker load --input 'my app'\''s.tar'`, tag + "app:1.0 " + swrImage, push},
		},
		{
			"archive by another of its names",
			check.Info{Target: "docker-archive:app.tar:app:2.0", Source: "docker-archive", Name: "app:1.0"},
			swrImage,
			[]string{tag + "app:1.0 " + swrImage, push},
		},
		{
			"archive in a file that cannot be typed",
			check.Info{Target: "a\x1b.tar", Source: "docker-archive", Name: "app:1.0"},
			swrImage,
			[]string{tag + "app:1.0 " + swrImage, push},
		},
		{
			"archive without a name",
			check.Info{Target: "app.tar", Source: "docker-archive"},
			swrImage,
			[]string{"docker load --input app.tar", tag + "IMAGE " + swrImage, push},
		},
		{
			"archive on standard input",
			check.Info{Target: "-", Source: "docker-archive", Name: "app:1.0"},
			swrImage,
			[]string{tag + "app:1.0 " + swrImage, push},
		},
		{
			"archive whose name is a trap",
			check.Info{Target: "-", Source: "docker-archive", Name: "$(rm -rf ~):1"},
			swrImage,
			[]string{tag + "IMAGE " + swrImage, push},
		},
		{
			"archive whose name is too long",
			check.Info{Target: "-", Source: "docker-archive", Name: strings.Repeat("a", 513)},
			swrImage,
			[]string{tag + "IMAGE " + swrImage, push},
		},
		{
			"archive whose name is as long as may be",
			check.Info{Target: "-", Source: "docker-archive", Name: strings.Repeat("a", 512)},
			swrImage,
			[]string{tag + strings.Repeat("a", 512) + " " + swrImage, push},
		},
		{
			"archive whose name is an option",
			check.Info{Target: "-", Source: "docker-archive", Name: "--help"},
			swrImage,
			[]string{tag + "IMAGE " + swrImage, push},
		},
		{
			"layout",
			check.Info{Target: "oci:app", Source: "oci", Name: "1.0"},
			swrImage,
			[]string{tag + "IMAGE " + swrImage, push},
		},
		{
			"engine image",
			check.Info{Target: "app", Source: "docker", Name: "docker.io/library/app:latest", Reference: "app"},
			swrImage,
			[]string{tag + "app " + swrImage, push},
		},
		{
			"engine image without a name",
			check.Info{Target: "sha256:1f0c", Source: "docker", Digest: "sha256:1f0c4b"},
			swrImage,
			[]string{tag + "sha256:1f0c4b " + swrImage, push},
		},
		{
			"engine image that has the name already",
			check.Info{Target: swrImage, Source: "docker", Reference: swrImage},
			"",
			[]string{push},
		},
		{
			"podman image",
			check.Info{Target: "app", Source: "podman", Reference: "app"},
			swrImage,
			[]string{"podman tag app " + swrImage, "podman push " + swrImage},
		},
		{
			"other registry",
			check.Info{Target: "ghcr.io/o/app:1", Source: "registry", Reference: "ghcr.io/o/app:1", Platform: "linux/amd64"},
			swrImage,
			[]string{"docker pull --platform linux/amd64 ghcr.io/o/app:1", tag + "ghcr.io/o/app:1 " + swrImage, push},
		},
		{
			"other registry, platform unknown",
			check.Info{Target: "ghcr.io/o/app:1", Source: "registry", Reference: "ghcr.io/o/app:1"},
			swrImage,
			[]string{"docker pull ghcr.io/o/app:1", tag + "ghcr.io/o/app:1 " + swrImage, push},
		},
		{"in SWR already", check.Info{Target: swrImage, Source: "registry", Reference: swrImage}, "", nil},
		{
			"Dockerfile",
			check.Info{Target: "Dockerfile", Artifact: "Dockerfile", Source: "dockerfile", Platform: "linux/amd64"},
			swrImage,
			[]string{"docker build --platform linux/amd64 --file Dockerfile --tag " + swrImage + " .", push},
		},
		{
			"stage of the Dockerfile in a folder",
			check.Info{Target: "my app", Artifact: "my app/Dockerfile", Source: "dockerfile", Name: "server"},
			swrImage,
			[]string{"docker build --file 'my app/Dockerfile' --target server --tag " + swrImage + " .", push},
		},
		{
			"Dockerfile on standard input",
			check.Info{Target: "-", Artifact: "Dockerfile", Source: "dockerfile"},
			swrImage,
			[]string{"docker build --tag " + swrImage + " .", push},
		},
		{
			"Dockerfile in a file that cannot be typed",
			check.Info{Target: "a\x1b", Artifact: "a\x1b", Source: "dockerfile"},
			swrImage,
			[]string{"docker build --tag " + swrImage + " .", push},
		},
		{
			"Dockerfile without a name",
			check.Info{Source: "dockerfile"},
			swrImage,
			[]string{"docker build --tag " + swrImage + " .", push},
		},
		{
			"a digest cannot be pushed",
			check.Info{Target: "app", Source: "docker", Reference: "app"},
			swrImage + "@sha256:1f0c4b",
			[]string{tag + "app " + swrImage, push},
		},
		{
			"a name in SWR that is a trap",
			check.Info{Target: "app", Source: "docker", Reference: "app"},
			"swr.x.y/o/app:$(id)",
			[]string{tag + "app 'swr.x.y/o/app:$(id)'", "docker push 'swr.x.y/o/app:$(id)'"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := passing()
			r.Info = c.info
			if c.swr != "" {
				r.Function.SWRName = check.Known(c.swr, check.Location{Artifact: "--swr-name"})
			}
			got := text(t, r, report.TextOptions{Gate: onErrors})
			if diff := cmp.Diff(c.want, commands(got)); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
			if login := strings.Contains(got, "log in to SWR"); login != (len(c.want) > 0) {
				t.Errorf("it asks for a login: %t", login)
			}
		})
	}
}

// commands returns the lines to type of the next steps.
func commands(text string) []string {
	_, steps, _ := strings.Cut(text, "\nnext steps\n")
	var out []string
	for line := range strings.Lines(steps) {
		if command, ok := strings.CutPrefix(line, "       "); ok {
			out = append(out, strings.TrimSpace(command))
		}
	}
	return out
}

// An engine must have the image before it can push it.
func TestPushText(t *testing.T) {
	for _, c := range []struct {
		name string
		info check.Info
		want string
	}{
		{"registry", check.Info{Source: "registry", Reference: "app"}, "  2. push the image\n"},
		{"docker", check.Info{Source: "docker", Reference: "app"}, "  2. push the image\n"},
		{"podman", check.Info{Source: "podman", Reference: "app"}, "  2. push the image\n"},
		{"Dockerfile", check.Info{Source: "dockerfile"}, "  2. build the image, with the build arguments that were given here, and push it\n"},
		{"archive", check.Info{Source: "docker-archive", Name: "app"}, "  2. load the image into the engine, and push it\n"},
		{"layout", check.Info{Source: "oci", Name: "app"}, "  2. load the image into the engine, and push it; IMAGE is the name that it gets\n     there\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := withSWR()
			r.Info = c.info
			if got := text(t, r, report.TextOptions{Gate: onErrors}); !strings.Contains(got, c.want) {
				t.Errorf("%q is missing in:\n%s", c.want, got)
			}
		})
	}
}

func TestNoNextStepsForFailures(t *testing.T) {
	r := failing()
	r.Function.SWRName = check.Known(swrImage, check.Location{Artifact: "--swr-name"})
	for _, gate := range []check.Gate{onErrors, {}} {
		if got := text(t, r, report.TextOptions{Gate: gate}); strings.Contains(got, "next steps") {
			t.Errorf("gate %v: an image with errors is sent to the registry:\n%s", gate, got)
		}
	}
	warned := withSWR()
	warned.Results = append(warned.Results, row(exposes, check.Failf(check.Location{}, "nothing is declared")))
	for failOn, want := range map[check.Severity]bool{check.Error: true, check.Warning: false} {
		got := text(t, warned, report.TextOptions{Gate: check.Gate{FailOn: failOn}})
		if strings.Contains(got, "next steps") != want {
			t.Errorf("--fail-on %s: an image with a warning is sent to the registry: %t", failOn, !want)
		}
	}
	broken := incomplete()
	broken.Function.SWRName = r.Function.SWRName
	if got := text(t, broken, report.TextOptions{Gate: check.Gate{}}); strings.Contains(got, "next steps") {
		t.Error("an image that was not checked completely is sent to the registry")
	}
}
