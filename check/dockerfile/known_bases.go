// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// knownImage is a row of the table of well-known base images: what is true of
// every tag that it covers.
//
// A tag is a version and a variant with a hyphen between them, or one of the
// two. A row covers a tag whose version and variant match its expressions. The
// variant names the system that the image is built on, or on does.
type knownImage struct {
	names    string // patterns for repositories as familiarName returns them, separated by spaces
	versions string // expression for the whole version
	variants string // expression for the whole variant, which is empty in a bare version
	example  string // a tag that the row covers
	source   string // where its facts can be read
	on       string // the system of a variant that names none

	user string // as USER writes it; "" for an image that does not set it
	// env are the variables as "NAME=value", or "NAME" for one whose value, or
	// presence, differs between the builds.
	env             []string
	entrypoint, cmd []string // an image without either has its system's command
	workdir         string
	ports, volumes  []string
	stopSignal      string
	varies          []imageFact // what differs between the builds, whatever the fields say

	// users and groups are those that the image adds to its system's; see
	// baseSystem for how they are written.
	users, groups []string
	without       []string // accounts and groups of its system that it removes
	tools         []string // account tools that it adds to its system's
}

// imageFact is a fact of an image, as messages call it.
type imageFact string

const (
	userFact       imageFact = "user"
	entrypointFact imageFact = "entrypoint"
	commandFact    imageFact = "command"
	workdirFact    imageFact = "working directory"
	portsFact      imageFact = "ports"
	volumesFact    imageFact = "volumes"
	stopSignalFact imageFact = "stop signal"
	variablesFact  imageFact = "variables"
	accountsFact   imageFact = "accounts"
)

// knownBase returns what is known of the image that ref names without looking
// at it, or nil. At is the place of the FROM instruction.
func knownBase(ref string, at check.Location) *Base {
	at.Base = ref
	if ref == scratch {
		return emptyBase(at)
	}
	name, tag := familiarName(ref)
	if tag == "" {
		return nil
	}
	for _, table := range knownImages() {
		for i := range table {
			if variant, ok := table[i].covers(name, tag); ok {
				return table[i].base(variant, ref, at)
			}
		}
	}
	return nil
}

// knownImages returns the parts of the table.
func knownImages() [][]knownImage {
	return [][]knownImage{systemImages, languageImages, jvmImages, serverImages, vendorImages}
}

// covers reports whether the row is about this tag, and the tag's variant.
func (k *knownImage) covers(name, tag string) (variant string, ok bool) {
	for pattern := range strings.FieldsSeq(k.names) {
		if ok, _ := path.Match(pattern, name); !ok {
			continue
		}
		for _, way := range splitTag(tag) {
			if matches(k.versions, way.version) && matches(k.variants, way.variant) {
				return way.variant, true
			}
		}
	}
	return "", false
}

// tagParts is a way to read a tag.
type tagParts struct{ version, variant string }

// splitTag returns the ways to read a tag as a version and a variant. A variant
// alone is one of the latest version.
func splitTag(tag string) []tagParts {
	ways := []tagParts{{tag, ""}, {latest, tag}}
	for i, c := range tag {
		if c == '-' {
			ways = append(ways, tagParts{tag[:i], tag[i+1:]})
		}
	}
	return ways
}

// latest is the tag of a reference without one.
const latest = "latest"

// matches reports whether the expression matches the whole text.
func matches(expression, text string) bool {
	return regexp.MustCompile(`^(?:` + expression + `)$`).MatchString(text)
}

// hubHosts are the names of Docker Hub, and hubCopies the registries that hold
// its official images under the same names.
var (
	hubHosts  = []string{"docker.io", "index.docker.io"}
	hubCopies = []string{"public.ecr.aws/docker/library/", "mirror.gcr.io/library/"}
)

// familiarName splits a reference into its repository, as people write it
// (without host and "library" for the official images of Docker Hub), and its
// tag. The tag is empty for a digest alone, which may be any build.
func familiarName(ref string) (name, tag string) {
	name, _, digested := strings.Cut(ref, "@")
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		name, tag = name[:colon], name[colon+1:]
	} else if !digested {
		tag = latest
	}
	for _, prefix := range hubCopies {
		if official, ok := strings.CutPrefix(name, prefix); ok {
			return official, tag
		}
	}
	if host, rest, ok := strings.Cut(name, "/"); ok && slices.Contains(hubHosts, host) && !strings.Contains(rest, ".") {
		name = rest
	}
	return strings.TrimPrefix(name, "library/"), tag
}
