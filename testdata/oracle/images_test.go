// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/containerd/platforms"
	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// always returns a registry that has one image under every name.
func always(image dockerspec.DockerOCIImage) registry {
	return func(string) dockerspec.DockerOCIImage { return image }
}

// richImage sets everything, with variables that the cases use too.
func richImage() dockerspec.DockerOCIImage {
	return dockerspec.DockerOCIImage{Config: dockerspec.DockerOCIImageConfig{
		ImageConfig: ocispecs.ImageConfig{
			User:         "base:staff",
			Env:          []string{"PATH=/base/bin:/bin", "A=base a", "B=base b", "HOME=/home/base", "VERSION=base", "PORT=8000", "EMPTY="},
			Entrypoint:   []string{"/base-entrypoint", "--base"},
			Cmd:          []string{"base", "command"},
			WorkingDir:   "/srv/base/",
			ExposedPorts: map[string]struct{}{"9999/tcp": {}, "53/udp": {}},
			Volumes:      map[string]struct{}{"/base-data": {}},
			Labels:       map[string]string{"a": "base label", "of": "base"},
			StopSignal:   "SIGQUIT",
		},
		DockerOCIImageConfigExt: dockerspec.DockerOCIImageConfigExt{
			Healthcheck: &dockerspec.HealthcheckConfig{Test: []string{"CMD", "base-health"}},
			Shell:       []string{"/bin/bash", "-o", "pipefail", "-c"},
		},
	}}
}

// triggerImage sets other things, and acts on the images on top of it.
func triggerImage() dockerspec.DockerOCIImage {
	return dockerspec.DockerOCIImage{Config: dockerspec.DockerOCIImageConfig{
		ImageConfig: ocispecs.ImageConfig{
			User:         "4711",
			Env:          []string{"A=trigger a", "NODE_ENV=production"},
			Cmd:          []string{"node"},
			WorkingDir:   "/trigger",
			ExposedPorts: map[string]struct{}{"7000/tcp": {}},
		},
		DockerOCIImageConfigExt: dockerspec.DockerOCIImageConfigExt{
			OnBuild: []string{
				"ARG A", "ARG TRIGGER=trigger", "ENV ONBUILD_A=$A ONBUILD_TRIGGER=${TRIGGER}",
				"WORKDIR ${A}/from-trigger", "COPY . .", "EXPOSE 7001", "USER ${NOBODY:-trigger}",
				"LABEL trigger=$TRIGGER", "VOLUME /trigger", "STOPSIGNAL 3", "RUN true",
			},
		},
	}}
}

// commandTriggerImage has triggers that no base image has in practice: they
// leave a command and a shell to the stages on top.
func commandTriggerImage() dockerspec.DockerOCIImage {
	image := triggerImage()
	image.Config.OnBuild = []string{"SHELL [\"/bin/ash\", \"-c\"]", "CMD trigger $A", "HEALTHCHECK CMD trigger", "ENTRYPOINT trigger"}
	return image
}

// emptyImage sets nothing.
func emptyImage() dockerspec.DockerOCIImage { return dockerspec.DockerOCIImage{} }

// resolveFunc reads a base image.
type resolveFunc = func(ctx context.Context, ref, platform string) (*dockerfile.Base, error)

// resolve returns what [dockerfile.Options] ask for a base image, from a
// registry.
func resolve(images registry) resolveFunc {
	return func(_ context.Context, ref, platform string) (*dockerfile.Base, error) {
		image := images(ref)
		if platform != "" {
			p, err := platforms.Parse(platform)
			if err != nil {
				return nil, err
			}
			image.Platform = p
		}
		return baseOf(image), nil
	}
}

// baseOf returns an image as the evaluator takes it.
func baseOf(image dockerspec.DockerOCIImage) *dockerfile.Base {
	var at check.Location
	c := image.Config
	var env []check.Variable
	for _, pair := range c.Env {
		name, value, _ := strings.Cut(pair, "=")
		env = append(env, check.Variable{Name: name, Value: value})
	}
	base := &dockerfile.Base{
		Config: check.Config{
			User: text(c.User), WorkingDir: text(c.WorkingDir), StopSignal: text(c.StopSignal),
			Entrypoint: list(c.Entrypoint), Cmd: list(c.Cmd), Env: check.NewEnv(env, nil),
			Ports: check.Set{Have: keys(c.ExposedPorts)}, Volumes: check.Set{Have: keys(c.Volumes)},
			Labels: c.Labels, OS: text(image.OS), Architecture: text(image.Architecture),
			Healthcheck: check.NotSet[[]string](at),
		},
		OnBuild: c.OnBuild, Shell: list(c.Shell),
		Accounts: &check.Accounts{}, RootFS: fstest.MapFS{},
	}
	if c.Healthcheck != nil && !slices.Equal(c.Healthcheck.Test, []string{"NONE"}) {
		base.Config.Healthcheck = list(c.Healthcheck.Test)
	}
	return base
}

func text(value string) check.Setting[string] {
	if value == "" {
		return check.NotSet[string](check.Location{})
	}
	return check.Known(value, check.Location{})
}

func list(value []string) check.Setting[[]string] {
	if len(value) == 0 {
		return check.NotSet[[]string](check.Location{})
	}
	return check.Known(value, check.Location{})
}

func keys(set map[string]struct{}) []string {
	var out []string
	for key := range set {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// withKnown returns a registry whose images agree with what the evaluator knows
// by itself of images with well-known names: the table behind that is not what
// is tested here.
func withKnown(t *testing.T, image dockerspec.DockerOCIImage) registry {
	t.Helper()
	return func(ref string) dockerspec.DockerOCIImage {
		known, err := dockerfile.Evaluate(t.Context(), []byte("FROM "+ref+"\n"), dockerfile.Options{})
		if err != nil {
			t.Errorf("FROM %s: %v", ref, err)
			return image
		}
		return overlaid(image, known.Config)
	}
}

// overlaid returns the image with all that config knows.
func overlaid(image dockerspec.DockerOCIImage, config *check.Config) dockerspec.DockerOCIImage {
	c := &image.Config
	over(&c.User, config.User)
	over(&c.WorkingDir, config.WorkingDir)
	over(&c.StopSignal, config.StopSignal)
	over(&c.Entrypoint, config.Entrypoint)
	over(&c.Cmd, config.Cmd)
	c.Env = overlaidEnv(c.Env, config.Env)
	c.ExposedPorts = overlaidSet(c.ExposedPorts, config.Ports)
	c.Volumes = overlaidSet(c.Volumes, config.Volumes)
	test, set, err := config.Healthcheck.Get()
	switch {
	case err != nil:
	case set:
		c.Healthcheck = &dockerspec.HealthcheckConfig{Test: test}
	default:
		c.Healthcheck = nil
	}
	if isKnown(config.User) || isKnown(config.WorkingDir) || isKnown(config.Cmd) {
		c.Shell, c.OnBuild = nil, nil // The table has no image with either.
	}
	return image
}

func isKnown[T any](setting check.Setting[T]) bool {
	_, _, err := setting.Get()
	return err == nil
}

func over[T any](value *T, setting check.Setting[T]) {
	if known, _, err := setting.Get(); err == nil {
		*value = known
	}
}

func overlaidEnv(env []string, over check.Env) []string {
	var out []string
	for _, v := range over.All() {
		if v.Err == nil {
			out = append(out, v.Name+"="+v.Value)
		}
	}
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		if _, _, err := over.Lookup(name).Get(); err != nil {
			out = append(out, pair)
		}
	}
	return out
}

func overlaidSet(set map[string]struct{}, over check.Set) map[string]struct{} {
	out := map[string]struct{}{}
	for _, name := range over.Have {
		out[name] = struct{}{}
	}
	for name := range set {
		if over.Rest != nil {
			out[name] = struct{}{}
		}
	}
	return out
}
