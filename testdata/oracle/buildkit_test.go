// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// answer is what buildkit makes of a Dockerfile.
type answer struct {
	image dockerspec.DockerOCIImage
	base  string // the reference that the root of the target's stages was asked for; "" for scratch
	err   error
}

// buildkit converts a Dockerfile for a machine of the platform, with these
// images in the registry.
func buildkit(t *testing.T, q question, images registry, machine string) (out answer) {
	t.Helper()
	defer func() {
		// It panics on comments in ONBUILD triggers that mean its linter.
		if cause := recover(); cause != nil {
			out.err = fmt.Errorf("buildkit panics: %v", cause)
		}
	}()
	caps := pb.Caps.CapSet(pb.Caps.All()) // Without them a tmpfs mount with a size makes it panic.
	options := dockerfile2llb.ConvertOpt{
		Config: dockerui.Config{
			BuildArgs:      maps.Clone(q.buildArgs), // It changes them.
			Target:         q.target,
			BuildPlatforms: []ocispecs.Platform{platforms.MustParse(machine)},
		},
		MetaResolver: &resolver{images: images},
		LLBCaps:      &caps,
	}
	if q.platform != "" {
		p := platforms.MustParse(q.platform)
		options.TargetPlatform = &p
	}
	result, err := dockerfile2llb.Dockerfile2LLB(t.Context(), q.text, options)
	if err != nil {
		return answer{err: err}
	}
	out.image = *result.Image
	if result.BaseImage != nil {
		out.base = result.BaseImage.Author
	}
	return out
}

// registry returns the image of a name.
type registry func(ref string) dockerspec.DockerOCIImage

// resolver answers buildkit from a registry.
type resolver struct {
	images registry
	mu     sync.Mutex
}

var _ llb.ImageMetaResolver = (*resolver)(nil)

// ResolveImageConfig returns the image for the platform that is asked for, with
// its reference as the author.
func (r *resolver) ResolveImageConfig(_ context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	r.mu.Lock() // buildkit asks for several at a time.
	image := r.images(ref)
	r.mu.Unlock()
	image.Author = ref
	image.Platform = *opt.ImageOpt.Platform
	data, err := json.Marshal(image)
	return ref, "", data, err
}
