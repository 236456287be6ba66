// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
)

// TestKnownBase checks that with base images that were read, everything is
// known and as buildkit makes it.
func TestKnownBase(t *testing.T) {
	images := map[string]dockerspec.DockerOCIImage{
		"rich": richImage(), "with triggers": triggerImage(), "with odd triggers": commandTriggerImage(), "empty": emptyImage(),
	}
	for _, q := range everything(t) {
		if q.platform == "" {
			q.platform = "linux/amd64"
		}
		for name, image := range images {
			t.Run(q.name+" on an image "+name, func(t *testing.T) {
				checkAnswer(t, q, always(image), resolve(always(image)), "linux/ppc64le")
			})
		}
	}
}

// TestUnknownBase checks that nothing is claimed that a base image, or the
// machine that builds, decides: what is claimed must hold on several.
func TestUnknownBase(t *testing.T) {
	images := map[string]dockerspec.DockerOCIImage{"rich": richImage(), "with triggers": triggerImage(), "empty": emptyImage()}
	machines := map[string]string{"rich": "linux/amd64", "with triggers": "linux/arm/v7", "empty": "linux/arm64"}
	for _, q := range everything(t) {
		for name, image := range images {
			image.Config.Shell = nil // Taken for /bin/sh on purpose.
			t.Run(q.name+" on an image "+name, func(t *testing.T) {
				checkAnswer(t, q, withKnown(t, image), nil, machines[name])
			})
		}
	}
}

// everything returns all Dockerfiles there are, the cases written for this test
// in lines of Windows too.
func everything(t *testing.T) []question {
	t.Helper()
	list := tables(t)
	for _, q := range slices.Clone(list) {
		q.name, q.text = q.name+" in lines of Windows", inWindowsLines(q.text)
		list = append(list, q)
	}
	return slices.Concat(list, ours(t), corpus(t), fromModules(t))
}

// undecided matches a Dockerfile that may ask for the machine that builds it or be
// for Windows, both of which remain unknown.
var undecided = regexp.MustCompile(`BUILD(PLATFORM|OS|OSVERSION|ARCH|VARIANT)|=windows`)

// notOfConfig matches mistakes that buildkit alone reports. They are about what
// it copies and how it runs commands and not about the image's configuration,
// and whoever builds the image meets them at once.
var notOfConfig = regexp.MustCompile(strings.Join([]string{
	`^invalid chmod parameter: `,
	`^invalid checksum digest `,
	`^checksum requires HTTP\(S\) or Git sources`,
	`^source can't be a URL for COPY`,
	`^invalid mount target "/"`,
	`SOURCE_DATE_EPOCH`,
}, "|"))

// needsBuildArg matches what buildkit says of an ARG without a value that names
// the base image. The evaluator takes it for a question that --build-arg
// answers.
var needsBuildArg = regexp.MustCompile(`^base name \(.*\) should not be blank|^failed to parse stage name `)

// numbersImages matches what the evaluator says of COPY --from=1 where there is
// one stage. buildkit counts the images of COPY --from before it as stages.
var numbersImages = regexp.MustCompile(`^invalid stage index`)

// checkAnswer compares the evaluator with buildkit. With a resolver and a
// platform, no value may be unknown.
func checkAnswer(t *testing.T, q question, images registry, resolver resolveFunc, machine string) {
	t.Helper()
	image, err := dockerfile.Evaluate(t.Context(), q.text, dockerfile.Options{
		Name: "Dockerfile", Target: q.target, BuildArgs: q.buildArgs, Platform: q.platform, Resolve: resolver,
	})
	var none *dockerfile.NoStageError
	if err != nil && !errors.As(err, &none) {
		t.Logf("not evaluated: %v", err)
		return
	}
	theirs := buildkit(t, q, images, machine)
	switch {
	case err != nil:
		if theirs.err == nil {
			t.Errorf("%v, but buildkit finds no fault\n%s", err, q.text)
		}
	case theirs.err != nil:
		checkFault(t, q, image.Config, resolver == nil, theirs.err)
	case len(image.Config.Faults) > 0:
		if fault := image.Config.Faults[0]; !numbersImages.MatchString(fault.Message) {
			t.Errorf("%v: %s, but buildkit finds no fault\n%s", fault.At, fault.Message, q.text)
		}
	default:
		c := compare(image, theirs)
		if len(c.wrong) > 0 {
			t.Errorf("%s\n%s", strings.Join(c.wrong, "\n"), q.text)
		}
		complete := resolver != nil && q.platform != "" && !undecided.Match(q.text)
		if complete && len(c.unknown) > 0 {
			t.Errorf("unknown: %s\n%s", strings.Join(c.unknown, "\n"), q.text)
		}
	}
}

// ofVariables matches mistakes in what variables expand to, which the base image
// may set.
var ofVariables = regexp.MustCompile(`^failed to process |^VOLUME specified can not be an empty string|^invalid (signal|port|containerPort|hostPort|IP|ranges)|^unsupported mount type|^unexpected key|^invalid value`)

// checkFault checks that the evaluator finds fault too, or has a reason not to.
func checkFault(t *testing.T, q question, config *check.Config, unknownBase bool, err error) {
	t.Helper()
	switch {
	case len(config.Faults) > 0 || notOfConfig.MatchString(err.Error()):
	case needsBuildArg.MatchString(err.Error()) && config.Env.Rest() != nil:
	case unknownBase && bytes.ContainsRune(q.text, '$') && ofVariables.MatchString(err.Error()):
	default:
		t.Errorf("no fault, but buildkit says: %v\n%s", err, q.text)
	}
}
